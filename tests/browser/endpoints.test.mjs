/* A manager makes an address, publishes a version through its gate, calls it with a token, publishes
 * another against the gate with a reason and goes back; and somebody tries it on its own page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, looks, open, setUp, textProject } from "./lib.mjs";

const SECONDS = 1000;
const ITEMS = 40;
const rows = Array.from({ length: ITEMS }, (_, i) => (i % 2 ? `a cup of hot coffee number ${i}` : `green tea leaves in water ${i}`));

test("endpoints", { timeout: 150 * SECONDS }, async (t) => {
  const room = await open();
  const page = await room.page();
  try {
    await setUp(room, page);
    const id = await textProject(page, "Messages", [{ name: "class", type: "choice", multiple: false, classes: ["tea", "coffee"] }],
      `text\n${rows.join("\n")}\n`, ITEMS);
    const { json } = await api(page, "GET", `/projects/${id}/items?limit=${ITEMS}`);
    await Promise.all(json.items.map((x) => api(page, "POST", `/projects/${id}/labels`, {
      id: crypto.randomUUID(), item: x.id, lease: null, answer: "accept", values: { class: x.text.includes("coffee") ? "coffee" : "tea" }, elapsed_ms: 900,
    })));
    room.command("train", "--project", String(id));

    await t.test("an address is made, and a version published there through its gate", async () => {
      await page.goto(`${room.url}/#/p/${id}/endpoints`);
      await page.getByRole("button", { name: "Make an address" }).click();
      await page.getByLabel("Name").fill("hot-drinks");
      await page.getByRole("button", { name: "Make it" }).click();
      await page.getByRole("link", { name: "hot-drinks" }).click();
      await page.getByText("Nothing answers there yet").waitFor();
      await page.getByRole("button", { name: "Publish, if the gate says go" }).click();
      await page.getByText("nothing was live to compare version 1 with", { exact: false }).first().waitFor();
      await page.getByText("Version 1 answers").waitFor();
    });

    await t.test("a second one does not pass untold, but with a reason, and one press goes back", async () => {
      room.command("train", "--project", String(id));
      await page.reload();
      await page.getByRole("button", { name: "Ask the gate" }).click();
      await page.getByText("more random labels to tell", { exact: false }).first().waitFor();
      await page.getByRole("button", { name: "Publish against the gate" }).click();
      await page.getByLabel("Why").fill("it is the same, taught again");
      await page.getByRole("button", { name: "Publish", exact: true }).click();
      await page.getByText("Version 2 answers").waitFor();
      await page.getByLabel("Who asks").fill("the web shop");
      await page.getByRole("button", { name: "Make a token" }).click();
      await page.getByText("The token, shown once").waitFor();
      await looks(page, "endpoint");
      await page.getByRole("button", { name: "Go back to version 1" }).click();
      await page.getByText("Version 1 answers").waitFor();
    });

    await t.test("the token opens it, and its floors are kept", async () => {
      const token = await page.locator("code.fingerprint").first().textContent();
      const answer = await fetch(`${room.url}/api/v1/endpoints/hot-drinks/predict`, {
        method: "POST", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }, body: JSON.stringify({ text: "a cup of coffee" }),
      });
      assert.equal((await answer.json()).predictions[0].class, "coffee");
      await page.getByLabel("Floors").fill("coffee: 80");
      await page.getByRole("button", { name: "Keep the settings" }).click();
      await page.getByText("The settings are kept.").waitFor();
    });

    await t.test("it is tried on a page of its own", async () => {
      await page.goto(`${room.url}/e/hot-drinks`);
      await page.getByLabel("A text").fill("tea leaves in hot water");
      await page.getByRole("button", { name: "What is it?" }).click();
      await page.getByText("tea", { exact: true }).first().waitFor();
      await looks(page, "embed");
    });
  } finally {
    await room.close();
  }
});
