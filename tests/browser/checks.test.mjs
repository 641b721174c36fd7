/* Checks, as a manager sets them by hand and an annotator meets them: no word of why an item came, a reason
 * for a skip, and feedback. And who is given what. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, looks, open, setUp, textProject } from "./lib.mjs";
import { labelAll, team } from "./team.mjs";

test("skip with a reason, and feedback after a known answer", async () => {
  const room = await open();
  try {
    const page = await room.page();
    await setUp(room, page);
    const csv = `text\n${Array.from({ length: 12 }, (_, i) => `sentence ${i}`).join("\n")}\n`;
    const id = await textProject(page, "Sentences", [{ name: "class", type: "choice", classes: ["good", "bad"] }], csv, 12);
    const { json: list } = await api(page, "GET", `/projects/${id}/items?limit=50`);
    for (const [i, item] of list.items.entries()) {
      await page.goto(`${room.url}/#/p/${id}/items/${item.id}`);
      await page.getByText("None: nobody is checked by this item.").waitFor();
      await page.getByRole("button", { name: "This is a known answer" }).press("Enter");
      if (i === 0) await looks(page, "item-known-ask");
      await page.getByRole("dialog").getByLabel("class").selectOption("good");
      await page.getByRole("button", { name: "It is known" }).click();
      await page.getByRole("button", { name: "No longer" }).waitFor();
    }
    await looks(page, "item-known");
    await page.getByRole("button", { name: "No longer" }).press("Enter");
    await page.getByText("None: nobody is checked by this item.").waitFor();
    assert.equal((await api(page, "GET", `/projects/${id}/gold`)).json.gold.length, 11);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "This is a known answer", "the focus stays at the button");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("class").selectOption("good");
    await page.keyboard.press("Escape"); // thought better of it
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await api(page, "PUT", `/items/${list.items.at(-1).id}/gold`, { values: { class: "good" } });
    await page.goto(`${room.url}/#/p/${id}/settings`);
    await page.getByLabel("Known answers mixed in, in percent").fill("20");
    await page.getByLabel("Tell people after a known answer").check();
    await looks(page, "settings-checks");
    await page.getByRole("button", { name: "Save" }).first().click();
    await page.getByText("The settings are stored.").waitFor();

    await page.goto(`${room.url}/#/p/${id}/label`);
    await page.getByRole("button", { name: /^bad/ }).click();
    await page.getByText("The item before is known to be: good.").waitFor();
    await looks(page, "label-feedback");
    await page.keyboard.press(".");
    await page.getByLabel("Why you skip it").fill("too short to tell");
    await looks(page, "label-skip-why");
    await page.keyboard.press("Enter");
    await page.getByText("Stored as number").waitFor({ state: "attached" });
    for (let tries = 0; ; tries += 1) {
      const { json } = await api(page, "GET", `/projects/${id}/labels`);
      if (json.labels.some((l) => l.answer === "skip" && l.reason === "too short to tell")) break;
      assert.ok(tries < 50, "the reason is not stored");
      await page.waitForTimeout(100);
    }
    await page.goto(`${room.url}/#/p/${id}/quality`);
    await page.getByRole("cell", { name: "0 of 1 (0 %)" }).waitFor();
    await page.getByText("12 items with a known answer").click();
    assert.equal(await page.getByRole("link", { name: /^Item \d/ }).count(), 12);
    await looks(page, "quality-known");
  } finally {
    await room.close();
  }
});

test("a manager gives one person the items of one site", async () => {
  const room = await open();
  try {
    const [{ page }, { page: bea }] = await team(room, [{ name: "Bea", role: "annotator" }]);
    const csv = `text,site\n${Array.from({ length: 8 }, (_, i) => `sentence ${i},${i < 3 ? "north" : "south"}`).join("\n")}\n`;
    const id = await textProject(page, "Sites", [{ name: "class", type: "choice", classes: ["good", "bad"] }], csv, 8);
    await page.goto(`${room.url}/#/p/${id}/settings`);
    const panel = page.getByRole("region", { name: "Who labels what" });
    await panel.getByLabel("Who").selectOption("Bea");
    await panel.getByRole("button", { name: "Give these items" }).click();
    await panel.getByText("Say which items: a folder, or a metadata key with its value.").waitFor();
    await panel.getByLabel("Metadata key").fill("site");
    await panel.getByLabel("Value of the key").fill("north");
    await panel.getByLabel("Value of the key").press("Enter");
    await panel.getByText("0 of 3 items done.").waitFor();

    const seen = await labelAll(room, bea, id, () => "1");
    assert.deepEqual(seen.map((s) => s.trim()).sort(), ["sentence 0", "sentence 1", "sentence 2"]);
    await panel.getByText("3 of 3 items done.").waitFor();
    await panel.scrollIntoViewIfNeeded();
    await looks(page, "settings-assignments");

    await panel.getByRole("button", { name: "End: Bea: site = north" }).press("Enter");
    await panel.getByText("3 of 3 items done.").waitFor({ state: "detached" });
    await bea.goto(room.url);
    assert.equal((await labelAll(room, bea, id, () => "1")).length, 5);
  } finally {
    await room.close();
  }
});
