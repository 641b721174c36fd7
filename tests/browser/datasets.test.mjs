/* A manager freezes two versions, compares them, opens the test part with a reason, and follows a label to
 * the data sets it is in and back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, looks, open, setUp, textProject } from "./lib.mjs";

const SECONDS = 1000;
const ITEMS = 40;
const rows = Array.from({ length: ITEMS }, (_, i) => `message ${i} about ${i % 2 ? "coffee" : "tea"}`);

const answer = (page, id, items, said) => page.evaluate(async ({ id, items, said }) => {
  for (const [i, item] of items.entries()) {
    const reply = await fetch(`/api/v1/projects/${id}/labels`, {
      method: "POST", headers: { "X-Exemplar": "1", "Content-Type": "application/json" },
      body: JSON.stringify({ id: crypto.randomUUID(), item, lease: null, answer: "accept", values: { class: said[i] }, elapsed_ms: 900 }),
    });
    if (!reply.ok) throw new Error(await reply.text());
  }
}, { id, items, said });

test("data sets", { timeout: 150 * SECONDS }, async (t) => {
  const room = await open();
  const page = await room.page();
  try {
    await page.goto(room.link);
    await setUp(room, page);
    const id = await textProject(page, "Messages", [{ name: "class", type: "choice", multiple: false, classes: ["tea", "coffee"] }],
      `text\n${rows.join("\n")}\n`, ITEMS);
    const { json } = await api(page, "GET", `/projects/${id}/items?limit=${ITEMS}`);
    const items = json.items.map((x) => x.id);
    await answer(page, id, items, items.map((_, i) => (i % 2 ? "coffee" : "tea")));

    await t.test("a version is frozen by a form, and shows its datasheet", async () => {
      await page.goto(`${room.url}/#/p/${id}/datasets`);
      await page.getByRole("button", { name: "Freeze a data set" }).click();
      await page.getByLabel("Name").fill("the first");
      await looks(page, "datasets-form");
      await page.getByRole("button", { name: "Freeze", exact: true }).click();
      await page.getByRole("link", { name: "1. the first" }).waitFor();
      await page.getByText("40 items").waitFor();
      await looks(page, "datasets");
      await page.getByRole("link", { name: "1. the first" }).click();
      await page.getByRole("heading", { name: "Datasheet" }).waitFor();
      await page.getByText("Nobody's answers were checked").waitFor();
      assert.equal(await page.getByRole("row", { name: /^together/ }).innerText(), "together\t32\t4\t4");
    });

    await t.test("the test part opens with a reason, which stays", async () => {
      assert.equal((await api(page, "GET", `/projects/${id}/datasets/1/export?part=test`)).status, 403);
      await page.getByRole("button", { name: "Open the test part" }).click();
      await page.getByLabel("What for").fill("the figure for the report");
      await page.getByRole("button", { name: "Open", exact: true }).click();
      await page.getByText("The test part was opened 1 time").waitFor();
      await page.getByText("the figure for the report").waitFor();
      const test = await api(page, "GET", `/projects/${id}/datasets/1/export?part=test`);
      assert.equal(test.text.trim().split("\n").length, 4);
    });

    await t.test("a second version keeps the parts, and says what differs", async () => {
      await answer(page, id, items.slice(0, 1), ["coffee"]);
      await page.goto(`${room.url}/#/p/${id}/datasets`);
      await page.getByRole("button", { name: "Freeze a data set" }).click();
      await page.getByRole("button", { name: "Freeze", exact: true }).click();
      await page.getByRole("link", { name: "2. Version 2" }).click();
      await page.getByLabel("With").selectOption("1");
      await page.getByRole("listitem").filter({ hasText: "answered otherwise" }).getByText("1 item").waitFor();
      await page.getByRole("listitem").filter({ hasText: "in another part" }).getByText("0 items").waitFor();
      await looks(page, "dataset");
    });

    await t.test("a label leads to the data sets made of it, and those back to it", async () => {
      await page.goto(`${room.url}/#/p/${id}/datasets/1`);
      await page.getByRole("button", { name: "Show them" }).click();
      await page.getByRole("link", { name: /^no\./ }).first().click();
      await page.getByRole("heading", { name: "What came of it" }).waitFor();
      await page.getByText("replaced it or took it back").waitFor();
      await page.getByRole("link", { name: "1. the first" }).waitFor();
      assert.equal(await page.getByRole("link", { name: "2. Version 2" }).count(), 0);
      await looks(page, "trace");
    });
  } finally {
    await room.close();
  }
});
