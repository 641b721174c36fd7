/* Nothing is lost and nothing is doubled: lost connections, reloads, two tabs, two people. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMIN, api, looks, open, setUp, shot, textProject } from "./lib.mjs";

const SECONDS = 1000;
const shown = (page) => page.locator(".text-item").textContent();
const waits = (page, n) => page.getByText(new RegExp(`${n} labels? waiting for the connection`)).waitFor();

const CLASSES = ["praise", "complaint", "question"];
const sentences = (n) => ["text", ...Array.from({ length: n }, (_, i) => `Sentence number ${i + 1} of this test`)].join("\n");

const newProject = (page, name, n) =>
  textProject(page, name, [{ name: "class", type: "choice", multiple: false, classes: CLASSES }], sentences(n), n);
const labels = async (page, id) => (await api(page, "GET", `/projects/${id}/labels?limit=200`)).json.labels;

test("labels survive", { timeout: 200 * SECONDS }, async (t) => {
  const room = await open();
  const context = await room.context();
  const page = await room.page(context);
  try {
    await page.goto(room.link);
    await setUp(room, page);

    await t.test("a lost connection: labels are kept, shown as waiting, and sent when it is back", async () => {
      const id = await newProject(page, "Offline", 40);
      await page.goto(`${room.url}/#/p/${id}/label`);
      await page.locator(".text-item").waitFor();
      await page.waitForTimeout(300);
      await context.setOffline(true);
      const texts = [];
      for (let i = 0; i < 3; i += 1) {
        texts.push(await shown(page));
        await page.keyboard.press(String((i % 3) + 1));
      }
      await waits(page, 3);
      assert.equal(new Set(texts).size, 3);
      await looks(page, "20-offline");
      await context.setOffline(false);
      await page.getByText(/^Stored as no\. \d+$/).waitFor({ timeout: 40 * SECONDS });
      const got = await labels(page, id);
      assert.deepEqual(got.map((l) => l.values.class), CLASSES);
    });

    await t.test("an undo made offline leaves no trace of what never left", async () => {
      const id = Number(/\/p\/(\d+)/.exec(page.url())[1]);
      const before = (await labels(page, id)).length;
      await context.setOffline(true);
      await page.keyboard.press("1");
      await waits(page, 1);
      await page.keyboard.press("2");
      const second = await shown(page);
      await page.keyboard.press("u");
      await page.keyboard.press("3");
      assert.equal(await shown(page), second, "the undone item was answered, the one after it is on show");
      await waits(page, 2);
      await context.setOffline(false);
      await page.getByText(/^Stored as no\. \d+$/).waitFor({ timeout: 40 * SECONDS });
      const got = (await labels(page, id)).slice(before);
      assert.deepEqual(got.map((l) => l.values.class).sort(), ["praise", "question"]);
    });

    await t.test("a reload while the server cannot be reached", async () => {
      const id = Number(/\/p\/(\d+)/.exec(page.url())[1]);
      const before = (await labels(page, id)).length;
      await page.route("**/projects/*/labels", (route) => route.abort());
      await page.keyboard.press("1");
      await page.keyboard.press("2");
      await waits(page, 2);
      await page.reload();
      await page.locator(".text-item").waitFor();
      await waits(page, 2);
      await page.unroute("**/projects/*/labels");
      await page.getByRole("button", { name: "Try now" }).click();
      await page.waitForFunction(() => !/waiting|Storing/.test(document.querySelector(".outbox").textContent));
      const got = (await labels(page, id)).slice(before);
      assert.deepEqual(got.map((l) => l.values.class), ["praise", "complaint"]);
    });

    await t.test("a reply that is lost: the label is sent again and stored once", async () => {
      const id = Number(/\/p\/(\d+)/.exec(page.url())[1]);
      const before = (await labels(page, id)).length;
      let lost = 0;
      await page.route("**/projects/*/labels", async (route) => {
        if (lost > 0) return route.continue();
        lost += 1;
        await route.fetch(); // the server stores it, the page never hears
        return route.abort();
      });
      await page.keyboard.press("3");
      await page.waitForFunction(() => /waiting/.test(document.querySelector(".outbox").textContent));
      await page.getByText(/^Stored as no\. \d+$/).waitFor({ timeout: 40 * SECONDS });
      await page.unroute("**/projects/*/labels");
      assert.equal((await labels(page, id)).length, before + 1);
    });

    await t.test("a refused label is shown with the server's sentence", async () => {
      await page.route("**/projects/*/labels", (route) => route.fulfill({
        status: 409, contentType: "application/problem+json", body: JSON.stringify({ code: "conflict", status: 409, detail: "The item was given to somebody else meanwhile." }),
      }));
      await page.keyboard.press("1");
      await page.getByRole("button", { name: "1 label not accepted" }).waitFor();
      await page.unroute("**/projects/*/labels");
      await page.getByRole("button", { name: "1 label not accepted" }).click();
      await page.getByRole("dialog").getByText("given to somebody else").waitFor();
      await looks(page, "21-refused");
      await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
      await page.keyboard.press("Escape");
    });

    await t.test("two tabs never show the same item", async () => {
      const id = await newProject(page, "Tabs", 40);
      const other = await room.page(context);
      await page.goto(`${room.url}/#/p/${id}/label`);
      await other.goto(`${room.url}/#/p/${id}/label`);
      const seen = [];
      await Promise.all([page, other].map(async (tab) => {
        await tab.locator(".text-item").waitFor();
        for (let i = 0; i < 12; i += 1) {
          seen.push(await shown(tab));
          await tab.keyboard.press(String((i % 3) + 1));
          await tab.waitForTimeout(30);
        }
      }));
      assert.equal(new Set(seen).size, 24, "an item was shown in both tabs");
      await other.waitForFunction(() => !/waiting|Storing/.test(document.querySelector(".outbox").textContent));
      await page.waitForFunction(() => !/waiting|Storing/.test(document.querySelector(".outbox").textContent));
      const got = await labels(page, id);
      assert.equal(got.length, 24);
      assert.equal(new Set(got.map((l) => l.item)).size, 24);
      await other.close();
    });

    await t.test("leaving gives the items back at once", async () => {
      const id = await newProject(page, "Leaving", 6);
      await page.goto(`${room.url}/#/p/${id}/label`);
      await page.locator(".text-item").waitFor();
      const other = await room.page(context);
      await other.goto(`${room.url}/#/p/${id}/label`);
      await other.getByRole("heading", { name: "The rest is in other hands" }).waitFor();
      await shot(other, "22-elsewhere");
      await page.goto("about:blank");
      await other.getByRole("button", { name: "Look now" }).click();
      await other.locator(".text-item").waitFor();
      for (let i = 0; i < 6; i += 1) await other.keyboard.press("1");
      await other.getByRole("heading", { name: "That was the last one" }).waitFor();
      await looks(other, "23-finished");
      await other.close();
      await page.goto(`${room.url}/#/`);
    });

    await t.test("an ended session keeps the label for its maker, and nobody else sends it", async () => {
      const id = await newProject(page, "Sessions", 20);
      const { json: invited } = await api(page, "POST", "/users", { name: "Bob", role: "reviewer" });
      await api(page, "PUT", `/projects/${id}/members/${invited.user.id}`, { role: "reviewer" });
      await page.goto(`${room.url}/#/p/${id}/label`);
      await page.locator(".text-item").waitFor();
      await context.clearCookies();
      await page.keyboard.press("2");
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await looks(page, "24-sign-in");

      await page.goto(room.url + invited.link);
      await page.getByLabel("Password").fill("another long password");
      await page.getByRole("button", { name: "Begin" }).click();
      await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
      await page.waitForTimeout(700);
      assert.equal((await labels(page, id)).length, 0, "Ada's label went out under Bob's login");
      await page.goto(`${room.url}/#/account`);
      await page.getByRole("button", { name: "Sign out", exact: true }).click();

      await page.getByLabel("Your name").fill(ADMIN.name);
      await page.getByLabel("Password").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").filter({ hasText: /\S/ }).waitFor();
      await page.getByLabel("Password").fill(ADMIN.password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
      for (let i = 0; i < 50 && (await labels(page, id)).length === 0; i += 1) await page.waitForTimeout(100);
      const got = await labels(page, id);
      assert.deepEqual(got.map((l) => [l.user.name, l.values.class]), [[ADMIN.name, "complaint"]]);
    });
  } catch (failure) {
    await shot(page, "failed-offline").catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
