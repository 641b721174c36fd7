/*
 * A stranger's first ten minutes: the one-use link, a folder dropped on the empty page, thirty
 * labels by keyboard with undo, skip, flag and reject among them, and the export.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, dropPaths, looks, open, setUp, shot } from "./lib.mjs";
import { pictureFolder } from "./pictures.mjs";

const SECONDS = 1000;

/* The item on show, by the number that the live region tells. */
const itemNumber = async (page) => Number(/Item ([\d,]+) of/.exec(await page.getByText(/^Item [\d,]+ of [\d,]+\.$/).textContent())[1].replace(",", ""));
const alt = (page) => page.locator(".stage img").getAttribute("alt");
const settled = async (page) => {
  await page.waitForFunction(() => !/Storing|waiting/.test(document.querySelector(".outbox")?.textContent ?? ""));
};
const rightClass = (path, classes) => classes.findIndex((c) => path.includes(`/${c}/`) || path.startsWith(`${c}/`));

test("a folder of pictures becomes labels", { timeout: 280 * SECONDS }, async (t) => {
  const room = await open();
  const page = await room.page();
  const { root, classes, pictures } = pictureFolder();
  const expected = new Map(); // item path -> class
  const key = (i) => "123456789abcdeghjklmnopqtvwxy"[i];

  try {
    await t.test("without the link, the page says what to do", async () => {
      await page.goto(room.url);
      await page.getByRole("heading", { name: "Almost ready" }).waitFor();
      await looks(page, "01-almost-ready");
    });

    await t.test("the one-use link makes the first administrator, once", async () => {
      assert.ok(room.link, "the program printed no link");
      await page.goto(room.link);
      await page.getByLabel("Your name").waitFor();
      await looks(page, "02-set-up");
      await setUp(room, page);
      await looks(page, "03-empty");
      const again = await room.page(await room.context());
      await again.goto(room.link);
      await again.getByRole("heading", { name: "This link does not work" }).waitFor();
      await again.close();
    });

    await t.test("a dropped folder suggests the name, the kind and the classes", async () => {
      await dropPaths(page, ".dropzone", [root]);
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      assert.deepEqual((await dialog.getByRole("textbox", { name: "Classes" }).inputValue()).split("\n"), classes);
      assert.ok(await dialog.getByLabel("Pictures").isChecked());
      await dialog.getByLabel("Name", { exact: true }).fill("Wardrobe");
      await looks(page, "04-new-project");
      await dialog.getByRole("button", { name: "Create and bring in" }).click();
    });

    await t.test("every picture comes in, and the page shows it live", async () => {
      await page.getByText(`of ${pictures} pictures labelled`).waitFor({ timeout: 120 * SECONDS });
      await page.getByText(`${pictures} imported`).waitFor();
      await page.getByRole("link", { name: "Start labelling" }).waitFor();
      await page.getByRole("link", { name: "Items", exact: true }).click();
      await page.locator(".thumbs img").first().waitFor();
      await page.waitForFunction(() => [...document.querySelectorAll(".thumbs img")].slice(0, 7).every((i) => i.complete && i.naturalWidth > 0));
    });

    await t.test("thirty pictures are labelled by keyboard alone", async () => {
      await page.getByRole("link", { name: "Start labelling" }).focus();
      await page.keyboard.press("Enter");
      await page.locator(".stage img").waitFor();
      assert.equal(await itemNumber(page), 1);
      assert.match(await page.locator(".why-reason").textContent(), /\S+ \S+ \S+/, "why this item");
      for (let n = 1; n <= 30; n += 1) {
        const path = (await alt(page)).replace(/^Item \d+: /, "");
        const at = Math.max(0, rightClass(path, classes));
        expected.set(path, classes[at]);
        await page.keyboard.press(key(at));
        await page.waitForFunction((before) => document.querySelector(".stage img")?.alt !== before, `Item ${n}: ${path}`);
      }
      assert.equal(await itemNumber(page), 31);
      assert.equal(expected.size, 30, "no item came twice");
      await page.getByText(/^Stored as no\. \d+$/).waitFor();
      await looks(page, "05-labelling");
    });

    await t.test("the next item is there at once, without waiting for the network", async () => {
      await page.route("**/labels", async (route) => {
        await new Promise((done) => setTimeout(done, 700));
        await route.continue();
      });
      const path = (await alt(page)).replace(/^Item \d+: /, "");
      const took = await page.evaluate(() => new Promise((done) => {
        const before = document.querySelector(".stage img").src;
        const began = performance.now();
        const look = () => {
          const now = document.querySelector(".stage img");
          if (now && now.src !== before && now.complete && now.naturalWidth > 0) done(performance.now() - began);
          else requestAnimationFrame(look);
        };
        dispatchEvent(new KeyboardEvent("keydown", { key: "1", code: "Digit1", bubbles: true }));
        look();
      }));
      t.diagnostic(`key to next picture: ${took.toFixed(1)} ms`);
      expected.set(path, classes[0]);
      assert.ok(took < 500, `the next picture took ${took} ms while the server took 700`);
      await page.getByText("Storing 1 label").waitFor();
      await settled(page);
      await page.unroute("**/labels");
    });

    await t.test("undo brings items back, as often as one likes", async () => {
      const first = await alt(page);
      const seen = [];
      for (const name of [0, 1, 0]) {
        seen.push(await alt(page));
        await page.keyboard.press(key(name));
      }
      await settled(page);
      for (const press of ["u", "Control+z", "Backspace"]) {
        await page.keyboard.press(press);
        assert.equal(await alt(page), seen.pop());
      }
      assert.equal(await alt(page), first);
      assert.equal(await page.locator(".choice[aria-pressed=true]").count(), 1, "the undone answer is shown");
      await settled(page);
      await page.keyboard.press(key(1));
      expected.set(first.replace(/^Item \d+: /, ""), classes[1]);
      await settled(page);
    });

    await t.test("skip, flag and reject set items aside, reject with a reason", async () => {
      const before = await itemNumber(page);
      await page.keyboard.press("s");
      await page.keyboard.press("f");
      await page.keyboard.press("r");
      const dialog = page.getByRole("dialog", { name: "Reject this item" });
      await dialog.waitFor();
      await looks(page, "06-reject");
      await dialog.getByLabel(/Why it cannot/).fill("blurred");
      await page.keyboard.press("Enter");
      await page.waitForFunction((n) => document.body.textContent.includes(`Item ${n} of`), before + 3);
      await settled(page);
      const id = Number(/\/p\/(\d+)/.exec(page.url())[1]);
      const { json } = await api(page, "GET", `/projects/${id}`);
      assert.deepEqual([json.counts.flagged, json.counts.rejected], [1, 1]);
    });

    await t.test("why this item opens in place", async () => {
      await page.keyboard.press("i");
      await page.getByText("Strategy").waitFor();
      for (const name of ["Score", "Rank", "Chance of coming", "Model", "Encoder", "Seed"]) await page.getByText(name, { exact: true }).waitFor();
      await looks(page, "07-why");
      await page.keyboard.press("i");
    });

    await t.test("the help sheet lists the keys", async () => {
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys and help" }).waitFor();
      await looks(page, "08-help");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    });

    await t.test("a reload keeps everything", async () => {
      const left = await page.locator(".count").textContent();
      await page.reload();
      await page.locator(".stage img").waitFor();
      const again = await page.locator(".count").textContent();
      assert.equal(/(\d+) left/.exec(again)[1], /(\d+) left/.exec(left)[1]);
    });

    await t.test("the export holds exactly these labels", async () => {
      const id = Number(/\/p\/(\d+)/.exec(page.url())[1]);
      const { text } = await api(page, "GET", `/projects/${id}/export?format=jsonl`);
      const lines = text.trim().split("\n").map((line) => JSON.parse(line));
      const got = new Map(lines.filter((l) => l.answer === "accept").map((l) => [l.path, l.values.class]));
      assert.ok(lines.every((l) => l.annotator && l.seq > 0 && l.receipt.reason), "each label has its person, number and receipt");
      assert.deepEqual([...got].sort(), [...expected].sort());
    });

    await t.test("the project page shows how far it is", async () => {
      await page.getByRole("link", { name: "Wardrobe" }).click();
      await page.getByRole("link", { name: "Go on labelling" }).waitFor();
      await page.waitForTimeout(500);
      await looks(page, "09-project");
    });

    await t.test("the items are a page of their own, and each item has its page", async () => {
      await page.getByRole("link", { name: "Items", exact: true }).click();
      await page.getByRole("button", { name: /^Labelled/ }).click();
      await page.waitForFunction((n) => document.querySelectorAll(".thumbs .tag").length >= n, Math.min(30, expected.size));
      await looks(page, "15-items");
      await page.locator(".thumbs .entry").first().click();
      await page.getByRole("heading", { name: "History" }).waitFor();
      await page.getByText(/Ada answered: /).first().waitFor();
      await looks(page, "10-item");
      await page.getByRole("link", { name: "Overview", exact: true }).click();
    });

    await t.test("once the pictures were looked at, the sampler chooses, and the model's guess is one quiet line", async () => {
      await page.getByText(`Looked at ${pictures} pictures`).waitFor({ timeout: 120 * SECONDS });
      await page.getByRole("link", { name: "Go on labelling" }).click();
      for (let n = 0; n < 40; n += 1) {
        await page.locator(".stage img").waitFor();
        const path = (await alt(page)).replace(/^Item \d+: /, "");
        if (n >= 10 && (await page.locator(".why-guess").count()) > 0) break;
        await page.keyboard.press(key(Math.max(0, rightClass(path, classes))));
        await page.waitForFunction((before) => !document.querySelector(".stage img")?.alt.endsWith(before), path);
        await settled(page);
      }
      assert.match(await page.locator(".why-guess").textContent(), /^Guess: .+, \d+ %$/);
      assert.equal(await page.locator(".choice[aria-pressed=true]").count(), 0, "a guess is never preselected");
      await looks(page, "14-guess");
      await page.getByRole("link", { name: "Wardrobe" }).click();
    });

    await t.test("a download is offered in three forms", async () => {
      for (const name of ["Spreadsheet (CSV)", "JSON lines", "Folders of pictures (zip)"]) {
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
        assert.equal(await download.failure(), null, name);
      }
    });

    await t.test("files that are no pictures are refused with a reason, the others come in", async () => {
      await page.locator(".dropzone input[type=file]").first().setInputFiles([
        { name: "broken.png", mimeType: "image/png", buffer: Buffer.from("not a picture at all") },
        { name: "song.mp3", mimeType: "audio/mpeg", buffer: Buffer.from("la la la") },
      ]);
      await page.getByText("2 refused", { exact: true }).waitFor({ timeout: 30 * SECONDS });
      await page.getByRole("button", { name: "See why" }).click();
      const report = page.getByRole("dialog", { name: "Report" });
      await report.getByText("broken.png").first().waitFor();
      await report.getByText("song.mp3").first().waitFor();
      await looks(page, "11-report");
      await page.keyboard.press("Escape");
    });

    await t.test("a class can be added, and labels with the next key", async () => {
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("button", { name: "Change" }).click();
      await page.getByRole("button", { name: "Add a class" }).click();
      await page.getByLabel("Name of class").last().fill("something else");
      await looks(page, "12-classes");
      await page.getByRole("region", { name: "Classes" }).getByRole("button", { name: "Save" }).click();
      await page.getByText("The classes are changed.").waitFor();
      await page.locator(".class-chip", { hasText: "something else" }).waitFor();
      await page.getByRole("link", { name: "Go on labelling" }).click();
      await page.locator(".choice", { hasText: "something else" }).waitFor();
    });

    await t.test("home shows the project as a card", async () => {
      await page.goto(`${room.url}/#/`);
      await page.getByRole("link", { name: "Wardrobe", exact: true }).waitFor();
      await looks(page, "13-home");
    });
  } catch (failure) {
    await shot(page, "failed-first-day").catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
