/*
 * Teaching by example, from an empty page to a classifier that answers: photos with a camera (the
 * browser's fake one) and files, and sentences that are pasted. What it took is printed.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FAKE_CAMERA, PHONE, api, dropPaths, looks, open, scratch, setUp, shot } from "./lib.mjs";
import { drawnPictures } from "./pictures.mjs";

const SECONDS = 1000;
const card = (page, name) => page.getByRole("region", { name: `Class ${name}` });
const examplesOf = (page, name, n) => card(page, name).getByText(`${n} examples`, { exact: true }).waitFor({ timeout: 60 * SECONDS });
const learned = (page, n) => page.getByText(new RegExp(`^It has learned from ${n} examples`)).waitFor({ timeout: 90 * SECONDS });
const barsSay = () => [...document.querySelectorAll(".bars li")].every((li) => {
  const [whole, filled] = [li.querySelector(".share"), li.querySelector(".share > span")].map((e) => e.getBoundingClientRect().width);
  return whole > 20 && Math.abs(filled / whole - parseFloat(li.querySelector(".bar-number").textContent) / 100) < 0.03;
});
const best = (page, name) => page.waitForFunction((n) => document.querySelector(".guess-best strong")?.textContent === n, name, { timeout: 60 * SECONDS });

async function begin(page, room, things, classes) {
  await page.goto(`${room.url}/#/`);
  await page.getByRole("button", { name: "Teach by example" }).click();
  if (things !== "Photos") await page.getByText(things, { exact: true }).click();
  await page.getByLabel("What are the classes called?").fill(classes);
  await page.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("heading", { name: "Try it" }).waitFor();
}

/* Files of drawn bars and discs: a folder for each class. */
function drawn(each) {
  const root = join(scratch, "teach");
  for (const [name, bytes] of drawnPictures(2 * each)) {
    const folder = join(root, name.split("-")[0]);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), Buffer.from(bytes, "base64"));
  }
  return root;
}

test("teaching by example", { timeout: 280 * SECONDS }, async (t) => {
  const room = await open({ flags: FAKE_CAMERA });
  const page = await room.page();
  /* What follows stands on what went before. */
  const step = async (name, work) => {
    let failed = null;
    await t.test(name, () => work().catch((e) => { failed = e; throw e; }));
    if (failed) throw failed;
  };
  try {
    await setUp(room, page);
    await step("the empty page offers it first", async () => {
      await page.goto(`${room.url}/#/`);
      await looks(page, "70-teach-start");
    });
    await step("photos: from an empty page to an answer, by camera and by files", async () => {
      const began = Date.now();
      await begin(page, room, "Photos", "bars, camera");
      await looks(page, "71-teach-empty");
      const root = drawn(12);
      await dropPaths(page, "section[aria-label='Class bars']", [join(root, "bars")]);
      await examplesOf(page, "bars", 12);
      await page.getByRole("button", { name: /^Camera.*for camera$/ }).click();
      const hold = page.getByRole("button", { name: "Hold to record" });
      await page.waitForFunction(() => document.querySelector(".camera-view")?.videoWidth > 0);
      await hold.hover();
      await page.mouse.down();
      await page.getByText(/^([89]|1\d) frames in this burst$/).waitFor();
      await shot(page, "72-teach-camera");
      await page.mouse.up();
      await card(page, "camera").getByText(/^([89]|[1-9]\d) examples$/).waitFor({ timeout: 60 * SECONDS });
      await card(page, "camera").getByRole("button", { name: "Done" }).click();
      await page.getByText(/^It has learned from \d+ examples/).waitFor({ timeout: 90 * SECONDS });
      t.diagnostic(`photos: ${((Date.now() - began) / 1000).toFixed(1)} s from the empty page to a classifier`);
      await page.getByRole("button", { name: "Try it with the camera" }).click();
      await best(page, "camera");
      await shot(page, "73-teach-try-camera");
      await page.getByRole("button", { name: "Stop the camera" }).click();
    });
    await step("frames of one burst say so", async () => {
      const id = Number(/\/p\/(\d+)/.exec(page.url())[1]);
      const { json } = await api(page, "GET", `/projects/${id}/items?class=camera&question=class`);
      const bursts = new Set(json.items.map((i) => i.meta.burst));
      assert.equal(bursts.size, 1);
      assert.ok([...bursts][0], "the frames carry no burst");
      const { json: bars } = await api(page, "GET", `/projects/${id}/items?class=bars&question=class`);
      assert.ok(bars.items.every((i) => !i.meta.burst));
    });
    await step("a wrong answer becomes an example by one press, and the bars move", async () => {
      const root = drawn(12);
      await page.getByLabel("Name of a new class").fill("discs");
      await page.getByRole("button", { name: "Add class" }).click();
      await card(page, "discs").waitFor();
      await dropPaths(page, ".try-it .dropzone", [join(root, "discs", "discs-01.png")]);
      await page.getByRole("button", { name: /^This is it.*discs$/ }).click();
      await card(page, "discs").getByText("1 example", { exact: true }).waitFor();
      await best(page, "discs");
      await page.waitForFunction(() => !/Learning/.test(document.querySelector(".teach-work").textContent));
      await page.waitForFunction(barsSay); // a bar is as long as its number says, once it has moved there
      await looks(page, "74-teach-photos");
    });
    await step("what was given survives a reload and a server that is away", async () => {
      const before = await card(page, "discs").locator(".class-count").textContent();
      assert.match(before, /^1 example$/);
      await page.route("**/examples?*", (route) => route.abort());
      const root = drawn(12);
      await dropPaths(page, "section[aria-label='Class discs']", [join(root, "discs", "discs-03.png"), join(root, "discs", "discs-05.png")]);
      await card(page, "discs").getByText("+ 2 on the way").waitFor();
      await page.reload();
      await card(page, "discs").getByText("+ 2 on the way").waitFor();
      await page.unroute("**/examples?*");
      await page.getByRole("button", { name: "Try now" }).click();
      await examplesOf(page, "discs", 3);
    });
    await step("sentences: pasted, out of a table, and typed to try", async () => {
      const began = Date.now();
      await begin(page, room, "Sentences", "complaint\nquestion");
      const complaints = Array.from({ length: 12 }, (_, i) => `The parcel number ${i} arrived broken and late, I want my money back`);
      const questions = Array.from({ length: 12 }, (_, i) => `When does the shop in street ${i} open, and where can I park?`);
      await page.getByLabel("Sentences of complaint, one on each line").fill(complaints.join("\n"));
      await page.getByRole("button", { name: /^Give 12 examples.*complaint$/ }).click();
      await examplesOf(page, "complaint", 12);
      const table = join(scratch, "questions.csv");
      writeFileSync(table, `id,who,words\n${questions.map((q, i) => `${i},"Ann, B.","${q}"`).join("\n")}\n`);
      await page.getByLabel("Tables and texts of question").setInputFiles(table);
      await page.getByLabel("Which column holds the text").waitFor();
      await shot(page, "75-teach-table");
      await page.getByRole("button", { name: "Give 12 examples", exact: true }).click();
      await examplesOf(page, "question", 12);
      await learned(page, 24);
      await page.getByLabel("A sentence to try it with").fill("Where is the shop, and when does it open?");
      await best(page, "question");
      await page.getByLabel("A sentence to try it with").fill("It arrived broken, I want my money back");
      await best(page, "complaint");
      t.diagnostic(`sentences: ${((Date.now() - began) / 1000).toFixed(1)} s from the empty page to two answers`);
      await looks(page, "76-teach-sentences");
    });
    await step("a version is made of what it knows, and its page opens", async () => {
      const here = page.url();
      const id = Number(/\/p\/(\d+)/.exec(here)[1]);
      await page.getByRole("button", { name: "Make a version" }).click();
      await page.waitForURL(/\/p\/\d+\/models\/1$/, { timeout: 60 * SECONDS });
      const { json } = await api(page, "GET", `/projects/${id}/models/1`);
      assert.equal(json.state, "trained");
      await page.goto(here);
      await page.getByRole("heading", { name: "Try it" }).waitFor();
    });
    await step("it asks about what nobody has named", async () => {
      const id = Number(/\/p\/(\d+)/.exec(page.url())[1]);
      const csv = `text\n${Array.from({ length: 8 }, (_, i) => `How long does delivery to town ${i} take?`).join("\n")}\n`;
      await page.evaluate(({ id, csv }) => fetch(`/api/v1/projects/${id}/import?filename=t.csv`, { method: "POST", headers: { "X-Exemplar": "1", "Content-Type": "text/csv" }, body: csv }), { id, csv });
      await page.getByRole("button", { name: "Ask me" }).click();
      const before = await page.locator(".asked-text").textContent();
      await page.getByRole("group", { name: "What is it?" }).getByRole("button", { name: "question" }).click();
      await page.waitForFunction((b) => document.querySelector(".asked-text")?.textContent !== b, before);
      await examplesOf(page, "question", 13);
      await shot(page, "77-teach-ask");
    });
    await step("on a phone all of it is there, by touch", async () => {
      const phone = await room.page(await room.context({ viewport: PHONE, hasTouch: true, isMobile: true, storageState: await page.context().storageState() }));
      await phone.goto(page.url());
      await phone.getByRole("heading", { name: "Try it" }).waitFor();
      await phone.getByLabel("A sentence to try it with").tap();
      await shot(phone, "78-teach-phone");
    });
  } catch (failure) {
    await shot(page, "failed-teach").catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
