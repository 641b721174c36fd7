/* Texts from a table, by keyboard only from the sign-in on; several classes; several questions. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ADMIN, api, dropPaths, looks, open, scratch, setUp, shot, textProject } from "./lib.mjs";

const SECONDS = 1000;
const ROWS = [
  "The coffee was wonderful, thank you!", "My parcel never arrived.", "Are you open on Sundays?", "שלום, מתי אתם פותחים מחר?",
  "The second line\nstands below the first.", "A very long word: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
  "😀👩‍👩‍👧‍👦 families like it here", "I want my money back.", "ขอบคุณมาก", "Where can I park?", "Lovely people, lovely place.", "It broke after one day.",
];
const quote = (s) => `"${s.replace(/"/g, '""')}"`;

/* Tab until the focus is on what has this name, as somebody without a mouse would. */
async function tabTo(page, name, most = 60) {
  for (let i = 0; i < most; i += 1) {
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      const label = e.id ? document.querySelector(`label[for="${CSS.escape(e.id)}"]`) : null;
      return (e.getAttribute("aria-label") ?? label?.textContent ?? e.textContent).trim();
    });
    if (name instanceof RegExp ? name.test(at) : at === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reached ${name}`);
}

test("texts", { timeout: 150 * SECONDS }, async (t) => {
  const room = await open();
  const page = await room.page();
  try {
    await page.goto(room.link);
    await setUp(room, page);

    await t.test("a table dropped on the empty page asks which column holds the text", async () => {
      const csv = join(scratch, "messages.csv");
      writeFileSync(csv, ["id,message,source", ...ROWS.map((r, i) => `${i + 1},${quote(r)},mail`)].join("\r\n"));
      await dropPaths(page, ".dropzone", [csv]);
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      assert.ok(await dialog.getByLabel("Texts").isChecked());
      await dialog.getByLabel("Column with the text").waitFor();
      assert.equal(await dialog.getByLabel("Column with the text").inputValue(), "message");
      await dialog.getByRole("textbox", { name: "Classes" }).fill("praise\ncomplaint\nquestion");
      await dialog.getByRole("button", { name: "Create and bring in" }).click();
      await page.getByText(`of ${ROWS.length} texts labelled`).waitFor({ timeout: 30 * SECONDS });
      await page.getByRole("link", { name: "Items", exact: true }).click();
      await page.locator(".texts .entry").first().waitFor();
      await page.waitForTimeout(500);
      await looks(page, "30-project-texts");
    });

    await t.test("a person without a mouse signs in and labels", async () => {
      await page.goto(`${room.url}/#/account`);
      await page.getByRole("button", { name: "Sign out", exact: true }).waitFor();
      await page.locator("body").click({ position: { x: 2, y: 2 } });
      await tabTo(page, "Sign out");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await tabTo(page, "Your name");
      await page.keyboard.type(ADMIN.name);
      await tabTo(page, "Password");
      await page.keyboard.type(ADMIN.password);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
      await tabTo(page, /^Label /);
      await page.keyboard.press("Enter");
      await page.locator(".text-item").waitFor();
      await looks(page, "31-labelling-text");
      const seen = [];
      for (let n = 0; n < ROWS.length; n += 1) {
        const text = await page.locator(".text-item").textContent();
        seen.push(text);
        await page.keyboard.press(text.includes("?") ? "3" : "1");
        if (n + 1 < ROWS.length) await page.waitForFunction((t) => document.querySelector(".text-item")?.textContent !== t, text);
      }
      assert.deepEqual(seen.sort(), [...ROWS].sort(), "every text is shown exactly as it was in the table");
      await page.getByRole("heading", { name: "That was the last one" }).waitFor();
      await page.getByRole("link", { name: "To the project" }).click();
      await page.getByText(`${ROWS.length} of ${ROWS.length} texts labelled`).waitFor();
    });

    await t.test("several classes may fit: keys toggle, Enter sends", async () => {
      const id = await textProject(page, "Topics", [{ name: "topics", type: "choice", multiple: true, classes: ["food", "staff", "price"] }],
        "text\nGood food and fair prices\nNice staff\nNothing at all\n", 3);
      await page.goto(`${room.url}/#/p/${id}/label`);
      await page.locator(".text-item").waitFor();
      const wanted = { "Good food and fair prices": ["food", "price"], "Nice staff": ["staff"], "Nothing at all": [] };
      for (let n = 0; n < 3; n += 1) {
        const text = await page.locator(".text-item").textContent();
        const list = wanted[text];
        if (n === 0) await page.keyboard.press("2"); // chosen and taken back
        if (n === 0) await page.keyboard.press("2");
        for (const c of list) await page.keyboard.press(String(["food", "staff", "price"].indexOf(c) + 1));
        if (n === 0) await looks(page, "32-several-classes");
        await page.keyboard.press("Enter");
        if (list.length === 0) {
          await page.getByText("Nothing is chosen").waitFor();
          await page.keyboard.press("Enter");
        }
      }
      await page.getByRole("heading", { name: "That was the last one" }).waitFor();
      await page.waitForFunction(() => !/waiting|Storing/.test(document.querySelector(".outbox").textContent));
      const { json: got } = await api(page, "GET", `/projects/${id}/labels?limit=10`);
      assert.deepEqual(got.labels.map((l) => l.values.topics).sort(), Object.values(wanted).sort());
    });

    await t.test("two questions on one item are asked in order", async () => {
      const id = await textProject(page, "Two", [
        { name: "mood", type: "choice", multiple: false, classes: ["good", "bad"] }, { name: "topic", type: "choice", multiple: false, classes: ["food", "staff", "price"] },
      ], "text\nGood food\nBad food\n", 2);
      await page.goto(`${room.url}/#/p/${id}/label`);
      await page.locator(".text-item").waitFor();
      const first = await page.locator(".text-item").textContent();
      const keys = await page.locator(".question").evaluateAll((qs) => qs.map((q) => [...q.querySelectorAll("kbd")].map((k) => k.textContent.toLowerCase())));
      await page.keyboard.press(keys[0][1]);
      assert.equal(await page.locator(".text-item").textContent(), first, "the item stays until both are answered");
      await looks(page, "33-two-questions");
      await page.keyboard.press(keys[1][2]);
      await page.waitForFunction((t) => document.querySelector(".text-item")?.textContent !== t, first);
      await page.waitForFunction(() => !/waiting|Storing/.test(document.querySelector(".outbox").textContent));
      const { json: got } = await api(page, "GET", `/projects/${id}/labels?limit=10`);
      assert.deepEqual(got.labels.map((l) => l.values), [{ mood: "bad", topic: "price" }]);
    });
  } catch (failure) {
    await shot(page, "failed-texts").catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
