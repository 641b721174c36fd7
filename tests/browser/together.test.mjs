/*
 * Three people label at once, two answers for each text; where they differ a reviewer decides, all by
 * keyboard, and every item ends with one answer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, axe, looks, open, shot, textProject } from "./lib.mjs";
import { labelAll, team } from "./team.mjs";

const SECONDS = 1000;
const TEXTS = Array.from({ length: 12 }, (_, n) => `${n % 2 ? "The soup was cold and the bread stale" : "What a lovely evening by the sea"}, day ${n + 1}${n % 2 ? ", or so they say" : ""}.`);
/* The first class where the text is kind; whoever doubts takes hearsay for kindness. */
const plain = (text) => (text.includes("lovely") ? "1" : "2");
const doubting = (text) => (text.includes("so they say") ? "1" : plain(text));

test("three people, two answers, one decision", { timeout: 240 * SECONDS }, async (t) => {
  const room = await open();
  let shown;
  try {
    const [ada, grace, edsger] = await team(room, [{ name: "Grace", role: "annotator" }, { name: "Edsger", role: "annotator" }]);
    shown = ada.page;
    const csv = `text\n${TEXTS.map((text) => `"${text}"`).join("\n")}\n`;
    const project = await textProject(ada.page, "Evenings", [{ name: "mood", type: "choice", classes: ["kind", "unkind"] }], csv, TEXTS.length);
    assert.equal((await api(ada.page, "PATCH", `/projects/${project}`, { overlap: 2 })).status, 200);

    await t.test("all three label at once, and each text has exactly two answers", async () => {
      const seen = await Promise.all([
        labelAll(room, ada.page, project, plain), labelAll(room, grace.page, project, plain), labelAll(room, edsger.page, project, doubting),
      ]);
      for (const mine of seen) assert.equal(new Set(mine).size, mine.length, "nobody is given a text twice");
      await ada.page.waitForFunction(() => !/Storing|waiting/.test(document.querySelector(".outbox")?.textContent ?? ""));
      const times = new Map();
      for (const text of seen.flat()) times.set(text, (times.get(text) ?? 0) + 1);
      assert.equal(times.size, TEXTS.length);
      assert.deepEqual([...new Set(times.values())], [2], "two answers each");
      const { json } = await api(ada.page, "GET", `/projects/${project}`);
      assert.deepEqual([json.counts.open, json.counts.labels, json.counts.to_review], [0, 2 * TEXTS.length, TEXTS.length]);
    });

    await t.test("an annotator sees neither the review nor the answers of others", async () => {
      await grace.page.goto(`${room.url}/#/p/${project}`);
      await grace.page.getByRole("navigation", { name: "Pages of this project" }).waitFor();
      assert.equal(await grace.page.getByRole("link", { name: "Review" }).count(), 0);
      await grace.page.goto(`${room.url}/#/p/${project}/review`);
      await grace.page.getByText("Only a reviewer of this project").waitFor();
      const { json } = await api(grace.page, "GET", "/items/1/history");
      assert.ok(json.answers.every((a) => a.user.name === "Grace"), "only her own answers");
      assert.equal((await api(grace.page, "GET", `/projects/${project}/review`)).status, 403);
    });

    let disputed = 0;
    await t.test("disagreements come first, side by side", async () => {
      ({ json: { disputed } } = await api(ada.page, "GET", `/projects/${project}/review?limit=1`));
      await ada.page.goto(`${room.url}/#/p/${project}`);
      await ada.page.getByRole("link", { name: "Review" }).click();
      await ada.page.getByRole("heading", { name: new RegExp(`^${TEXTS.length} items to review`) }).waitFor();
      assert.equal(await ada.page.locator(".sides .side").count(), 2);
      if (disputed > 0) {
        await ada.page.getByRole("heading", { name: "People disagree", exact: true }).waitFor();
        assert.equal(await ada.page.locator(".side.chosen").count(), 0, "nothing is marked where nobody has a majority");
        await ada.page.keyboard.press("Enter");
        await ada.page.getByRole("alert").filter({ hasText: "No answer has a majority" }).waitFor();
      }
      await looks(ada.page, "60-review-disputed");
    });

    await t.test("every text is decided by keyboard alone", async () => {
      for (let n = TEXTS.length; n > 0; n -= 1) {
        await ada.page.getByRole("heading", { name: new RegExp(`^${n} items? to review`) }).waitFor();
        const text = await ada.page.locator(".marked-text").textContent();
        if (await ada.page.locator(".side.chosen").count()) await ada.page.keyboard.press("Enter");
        else await ada.page.keyboard.press(plain(text)); // adjudicated: the right class by its key
        await ada.page.waitForFunction((before) => document.querySelector(".marked-text")?.textContent !== before, text);
      }
      await ada.page.getByRole("heading", { name: "Nothing to review now" }).waitFor();
      await axe(ada.page, "a finished review");
      const { json } = await api(ada.page, "GET", `/projects/${project}/decisions?limit=100`);
      assert.equal(json.decisions.length, TEXTS.length);
      assert.equal(json.decisions.filter((d) => d.accepts === null).length, disputed, "fixed where people disagreed, taken elsewhere");
    });

    await t.test("an undone decision brings its text back", async () => {
      await ada.page.keyboard.press("u");
      await ada.page.getByRole("heading", { name: "1 item to review" }).waitFor();
      await shot(ada.page, "61-review-undone");
      await ada.page.keyboard.press("Enter");
      await ada.page.getByRole("heading", { name: "Nothing to review now" }).waitFor();
    });

    await t.test("the answer of each text is the right one", async () => {
      const { json } = await api(ada.page, "GET", `/projects/${project}/decisions?limit=100`);
      for (const d of json.decisions) {
        const { json: item } = await api(ada.page, "GET", `/items/${d.item}`);
        const doubt = item.text.includes("so they say");
        if (!doubt) assert.equal(d.values.mood, item.text.includes("lovely") ? "kind" : "unkind", item.text);
      }
    });
  } catch (failure) {
    if (shown) await shot(shown, "failed-together").catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
