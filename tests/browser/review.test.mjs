/*
 * An annotator and two reviewers at once: a label is sent back with a comment and comes first, a place is
 * pointed at, two reviewers decide on one picture, and an earlier answer is restored.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, axe, looks, open, shot } from "./lib.mjs";
import { drawnPictures } from "./pictures.mjs";
import { labelAll, pictureProject, team } from "./team.mjs";

const SECONDS = 1000;
const PICTURES = drawnPictures(6);
/* Grace takes the first picture of bars for a disc. */
const hers = (alt) => (alt.includes("bars-00") || alt.includes("discs") ? "2" : "1");
const right = (alt) => (alt.includes("discs") ? "2" : "1");

test("sent back, pointed at, decided and restored", { timeout: 240 * SECONDS }, async (t) => {
  const room = await open();
  const pages = [];
  try {
    const [ada, grace, rosa] = await team(room, [{ name: "Grace", role: "annotator" }, { name: "Rosa", role: "reviewer" }]);
    pages.push(ada.page, grace.page, rosa.page);
    const project = await pictureProject(ada.page, "Shapes", ["bars", "discs"], PICTURES);
    const at = (page) => `${room.url}/#/p/${project}/${page}`;
    const shown = (page) => page.locator(".marked-picture").getAttribute("alt");
    const stored = (page) => page.waitForFunction(() => !/Storing|waiting/.test(document.querySelector(".outbox")?.textContent ?? ""));

    await t.test("one labels while two are at the review", async () => {
      await Promise.all([rosa.page.goto(at("review")), ada.page.goto(at("review"))]);
      const seen = await labelAll(room, grace.page, project, hers);
      assert.equal(seen.length, PICTURES.length);
      await stored(grace.page);
      for (const { page } of [ada, rosa]) {
        await page.getByRole("button", { name: "Look again" }).click();
        await page.getByRole("heading", { name: "6 items to review" }).waitFor();
      }
    });

    await t.test("a reviewer points at a place and sends the label back, by keyboard", async () => {
      const page = rosa.page;
      while (!(await shown(page)).includes("bars-00")) {
        const before = await shown(page);
        await page.keyboard.press("s");
        await page.waitForFunction((alt) => document.querySelector(".marked-picture")?.alt !== alt, before);
      }
      await page.getByRole("button", { name: "Mark a place" }).press("Enter");
      await page.locator(".marks.marking").focus();
      for (const key of ["ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowDown"]) await page.keyboard.press(key);
      await page.getByText(/^\d+ × \d+ pixels at/).waitFor();
      const box = await page.locator(".marked-picture").boundingBox(); // 96 pixels, shown larger
      await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.up();
      await page.getByText(/^2[345] × 2[345] pixels at 2[345], 2[345]$/).waitFor();
      await page.getByLabel("Say something about this item").fill("These are stripes, not an edge.");
      await looks(page, "70-review-place");
      await page.getByRole("button", { name: "Comment", exact: true }).press("Enter");
      await page.locator(".comment-text").filter({ hasText: "These are stripes" }).waitFor();
      assert.equal(await page.locator(".marks rect").count(), 1);
      await page.locator("#main").focus();
      await page.keyboard.press("f");
      await page.getByLabel("What to look at again").fill("Look at the stripes once more, please.");
      await looks(page, "71-send-back");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("heading", { name: "5 items to review" }).waitFor();
    });

    await t.test("it comes back to the same person, first, with the comment", async () => {
      const page = grace.page;
      await page.goto(at("label"));
      await page.reload();
      await page.getByRole("note", { name: "Sent back by Rosa" }).waitFor();
      assert.match(await page.locator(".stage img").getAttribute("alt"), /bars-00/);
      await page.getByText("You had answered: discs").waitFor();
      await looks(page, "72-sent-back");
      await page.keyboard.press("1");
      await page.getByRole("heading", { name: "That was the last one" }).waitFor();
      await stored(page);
    });

    await t.test("two reviewers decide on one picture: the second is told", async () => {
      await Promise.all([rosa, ada].map(async ({ page }) => {
        await page.goto(at("review"));
        await page.reload();
        await page.getByRole("heading", { name: "6 items to review" }).waitFor();
      }));
      const both = await shown(rosa.page);
      assert.equal(await shown(ada.page), both);
      await rosa.page.keyboard.press("Enter");
      await rosa.page.getByRole("heading", { name: "5 items to review" }).waitFor();
      await rosa.page.waitForTimeout(300);
      await ada.page.keyboard.press(right(both) === "1" ? "2" : "1");
      await ada.page.getByText(/was decided meanwhile/).waitFor();
      await shot(ada.page, "73-decided-meanwhile");
      const { json } = await api(ada.page, "GET", `/projects/${project}/decisions`);
      assert.equal(json.decisions.length, 1);
      assert.equal(json.decisions[0].user.name, "Rosa");
    });

    await t.test("an item's page tells its whole history, and an earlier answer is restored", async () => {
      const { json: list } = await api(ada.page, "GET", `/projects/${project}/items?state=all`);
      const item = list.items.find((i) => i.meta.path.includes("bars-00"));
      await api(rosa.page, "POST", `/projects/${project}/decisions`, { id: crypto.randomUUID(), item: item.id, answer: "reject", note: "Too small to tell." });
      const page = ada.page;
      await page.goto(at(`items/${item.id}`));
      const history = page.getByRole("list", { name: "Newest first" });
      await history.getByText("Rosa decided: Cannot be labelled").waitFor();
      for (const words of ["Grace answered: discs", /Rosa sent answer no\. \d+ back to Grace/, "Look at the stripes once more, please.", "Grace answered: bars"]) {
        await history.getByText(words).waitFor();
      }
      await page.locator(".comment-text").filter({ hasText: "These are stripes" }).waitFor();
      await page.waitForFunction(() => document.querySelector(".marked-picture")?.complete);
      await looks(page, "74-item-history");
      const before = (await api(page, "GET", `/items/${item.id}/history`)).json.events;
      const good = before.findLast((e) => e.kind === "label");
      await page.getByRole("button", { name: `Restore answer no. ${good.seq}` }).press("Enter");
      await page.getByRole("button", { name: "Restore it" }).press("Enter");
      await history.getByText(`Ada decided: bars, restored from no. ${good.seq}`).waitFor();
      const { json } = await api(page, "GET", `/items/${item.id}/history`);
      assert.equal(json.events.length, before.length + 1, "restoring is a new event, nothing is removed");
      assert.deepEqual([json.state, json.decision.values, json.decision.restores], ["labelled", { class: "bars" }, good.seq]);
    });

    await t.test("the comment is settled, and the annotator reads her own part of it all", async () => {
      await ada.page.getByRole("button", { name: "Settled" }).click();
      await ada.page.getByText(/settled by Ada/).waitFor();
      const { json: list } = await api(ada.page, "GET", `/projects/${project}/items?state=all`);
      const item = list.items.find((i) => i.meta.path.includes("bars-00"));
      await grace.page.goto(at(`items/${item.id}`));
      await grace.page.getByRole("list", { name: "Newest first" }).getByText("Look at the stripes once more, please.").waitFor();
      assert.equal(await grace.page.getByText("decided").count(), 0, "what reviewers decided is not told to annotators");
      assert.equal(await grace.page.getByRole("button", { name: /^Restore/ }).count(), 0);
      await axe(grace.page, "an item's page of an annotator");
    });
  } catch (failure) {
    for (const [k, page] of pages.entries()) await shot(page, `failed-review-${k}`).catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
