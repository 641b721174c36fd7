/* A manager finds items among others: by words, by folder, metadata, class and person. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, looks, open, setUp, shot, textProject } from "./lib.mjs";

const SECONDS = 1000;
const SITES = ["north", "south", "west"];
const rows = Array.from({ length: 120 }, (_, i) => `message ${i} about ${i % 10 === 3 ? "a red parcel" : "coffee"},${SITES[i % 3]},${i}`);
const found = (page, n) => page.waitForFunction((n) => document.querySelectorAll(".texts .entry").length === n, n);

test("items", { timeout: 150 * SECONDS }, async (t) => {
  const room = await open();
  const page = await room.page();
  try {
    await page.goto(room.link);
    await setUp(room, page);
    const id = await textProject(page, "Messages", [{ name: "class", type: "choice", multiple: false, classes: ["praise", "complaint"] }],
      `text,site,no\n${rows.join("\n")}\n`, rows.length);
    const { json: me } = await api(page, "GET", "/session");
    const { json: first } = await api(page, "GET", `/projects/${id}/items?limit=4`);
    for (const [i, item] of first.items.entries()) {
      const { status, text } = await api(page, "POST", `/projects/${id}/labels`, { id: crypto.randomUUID(), item: item.id, lease: null,
        answer: i === 3 ? "flag" : "accept", values: i === 3 ? {} : { class: i === 0 ? "praise" : "complaint" }, elapsed_ms: 5 });
      assert.equal(status, 201, text);
    }

    await t.test("words are found while one types, and the address says what is shown", async () => {
      await page.goto(`${room.url}/#/p/${id}/items`);
      await found(page, 48);
      await page.getByRole("searchbox", { name: "Search the items" }).fill("red parcel");
      await page.getByText("12 texts found.").waitFor();
      await found(page, 12);
      assert.match(page.url(), /items\?text=red\+parcel$/);
      await page.reload();
      await page.getByText("12 texts found.").waitFor();
      assert.equal(await page.getByRole("searchbox").inputValue(), "red parcel");
    });

    await t.test("filters add up, and what is flagged, labelled or somebody's is found", async () => {
      await page.getByText("Filters", { exact: true }).click();
      await page.getByLabel("site").selectOption("north");
      await page.getByText("4 texts found.").waitFor();
      await looks(page, "60-items-found");
      await page.getByRole("link", { name: "Show all" }).click();
      await found(page, 48);
      await page.getByRole("button", { name: "Flagged 1" }).click();
      await found(page, 1);
      await page.getByRole("button", { name: "All 120" }).click();
      await page.getByLabel("Somebody says").selectOption("class/complaint");
      await page.getByText("2 texts found.").waitFor();
      await page.getByLabel("Labelled by").selectOption(String(me.user.id));
      await page.getByText("2 texts found.").waitFor();
      await page.getByLabel("no", { exact: true }).selectOption("1");
      await page.getByText("1 text found.").waitFor();
    });

    await t.test("an item is opened, and going back shows what was there", async () => {
      await page.goto(`${room.url}/#/p/${id}/items?text=coffee`);
      await page.getByText("108 texts found.").waitFor();
      await page.getByRole("button", { name: "Show more" }).click();
      await found(page, 96);
      await page.locator(".texts .entry").last().click();
      await page.getByRole("heading", { name: "History" }).waitFor();
      await page.goBack();
      await found(page, 96);
    });

    await t.test("what cannot be searched for is said in a sentence", async () => {
      await page.getByRole("searchbox").fill("?!");
      await page.getByRole("alert").filter({ hasText: "no letter or digit" }).waitFor();
      await page.getByRole("searchbox").fill("nothing of this kind");
      await page.getByText("Nothing found.").waitFor();
    });

    await t.test("a view is kept under a name, and is one click away", async () => {
      await page.goto(`${room.url}/#/p/${id}/items?text=red+parcel&meta.site=north`);
      await page.getByText("4 texts found.").waitFor();
      await page.getByRole("button", { name: "Keep this view" }).click();
      await page.getByLabel("Its name").fill("Northern parcels");
      await page.getByRole("button", { name: "Keep it" }).click();
      await page.getByRole("link", { name: "Northern parcels" }).waitFor();
      await page.goto(`${room.url}/#/p/${id}/items`);
      await found(page, 48);
      await page.getByRole("link", { name: "Northern parcels" }).click();
      await page.getByText("4 texts found.").waitFor();
    });

    await t.test("what was chosen is labelled at once, and undone as a whole", async () => {
      await page.getByRole("button", { name: "Choose several" }).click();
      await page.getByRole("checkbox", { name: /message 33 / }).check();
      await page.getByRole("checkbox", { name: /message 63 / }).check();
      await page.getByText("2 texts chosen").waitFor();
      await looks(page, "62-items-chosen");
      await page.getByRole("button", { name: "Label …" }).click();
      await page.getByRole("dialog").getByLabel("class").selectOption("complaint");
      await looks(page, "63-bulk");
      await page.getByRole("button", { name: "Label them" }).click();
      await page.waitForFunction(() => [...document.querySelectorAll(".texts .tag")].filter((t) => t.textContent === "complaint").length === 2);
      const undo = page.getByRole("button", { name: "Undo: 2 labelled" });
      await undo.waitFor();
      await undo.click();
      await page.waitForFunction(() => [...document.querySelectorAll(".texts .tag")].every((t) => t.textContent !== "complaint"));
      await undo.waitFor({ state: "detached" });
    });

    await t.test("all that a filter finds is rejected, also what is not on the page", async () => {
      await page.goto(`${room.url}/#/p/${id}/items?text=coffee`);
      await page.getByText("108 texts found.").waitFor();
      await page.getByRole("button", { name: "Choose several" }).click();
      await page.getByRole("button", { name: "Choose all that were found" }).click();
      await page.getByText("All 108 texts that were found").waitFor();
      await page.getByRole("button", { name: "Reject …" }).click();
      await page.getByLabel("Note, if there is something to say").fill("not for us");
      await page.getByRole("button", { name: "Reject them" }).click();
      await page.getByRole("button", { name: "Rejected 108" }).waitFor();
      await page.getByRole("button", { name: "Undo: 108 rejected" }).click();
      await page.getByRole("button", { name: "Rejected 108" }).waitFor({ state: "detached" });
      const { json } = await api(page, "GET", `/projects/${id}`);
      assert.deepEqual([json.counts.rejected, json.counts.labelled, json.counts.flagged], [0, 3, 1]);
    });

    await t.test("the overview says what needs attention, who is at work, and how often each class was given", async () => {
      await page.getByRole("link", { name: "Overview" }).click();
      const now = page.getByRole("region", { name: "What is going on" });
      await now.getByText("1 item is flagged.").waitFor();
      await now.getByText("Nobody.", { exact: true }).waitFor();
      await page.getByRole("meter", { name: "complaint" }).waitFor();
      assert.equal(await page.getByRole("meter", { name: "complaint" }).getAttribute("value"), "2");
      await api(page, "POST", `/projects/${id}/leases`, { n: 2 });
      await page.reload();
      await now.getByText("Ada · 2 items in hand").waitFor();
      await looks(page, "64-overview");
      await now.getByRole("link", { name: "1 item" }).click();
      await page.getByRole("button", { name: "Flagged 1", pressed: true }).waitFor();
    });

    await t.test("the settings say what each means, and are kept", async () => {
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByLabel("People for each item").fill("2");
      await page.getByLabel("At most, while they disagree").fill("3");
      await page.getByLabel("Drawn at random, in percent").fill("20");
      await page.getByLabel("Known answers mixed in, in percent").fill("5");
      await page.getByLabel("Tell people after a known answer").check();
      await looks(page, "61-settings");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The settings are stored.").waitFor();
      const { json } = await api(page, "GET", `/projects/${id}`);
      assert.deepEqual([json.overlap, json.overlap_max, json.explore, json.gold_rate, json.feedback, json.quota, json.counts.labelled], [2, 3, 0.2, 0.05, true, 0, 0]);
      await page.getByLabel("People for each item").fill("101");
      await page.getByRole("button", { name: "Save" }).click();
      assert.ok(await page.getByLabel("People for each item").evaluate((e) => !e.validity.valid), "101 people are refused");
    });
  } catch (failure) {
    await shot(page, "failed-items").catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
