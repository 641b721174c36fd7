/* Checks, as an annotator meets them: no word of why an item came, a reason for a skip, and feedback. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, looks, open, setUp, textProject } from "./lib.mjs";

test("skip with a reason, and feedback after a known answer", async () => {
  const room = await open();
  const page = await room.page();
  await setUp(room, page);
  const csv = `text\n${Array.from({ length: 12 }, (_, i) => `sentence ${i}`).join("\n")}\n`;
  const id = await textProject(page, "Sentences", [{ name: "class", type: "choice", classes: ["good", "bad"] }], csv, 12);
  const { json: list } = await api(page, "GET", `/projects/${id}/items?limit=50`);
  for (const item of list.items) {
    const { status } = await api(page, "PUT", `/items/${item.id}/gold`, { values: { class: "good" } });
    assert.equal(status, 204);
  }
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
  await room.close();
});
