/* Four people answer the same items; a manager sees how well they agree, and leaves one of them out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, looks, open, setUp, textProject } from "./lib.mjs";

const SECONDS = 1000;
const ITEMS = 60;
const CLASSES = ["praise", "complaint", "question"];
const rows = Array.from({ length: ITEMS }, (_, i) => `message ${i} about coffee`);

/* What each says of item i: the first two are right, the third errs ever more often, the last does not look. */
const SAYS = [
  (i) => CLASSES[i % 3],
  (i) => CLASSES[i % 17 === 5 ? 0 : i % 3],
  (i) => CLASSES[i % (i < 30 ? 15 : 3) === 1 ? (i + 1) % 3 : i % 3],
  () => CLASSES[0],
];

async function join(room, page, name) {
  const { json } = await api(page, "POST", "/users", { name, role: "annotator" });
  const context = await room.context();
  const theirs = await room.page(context);
  await theirs.goto(room.url + json.link);
  await theirs.getByLabel("Password").fill("a password of nine");
  await theirs.getByRole("button", { name: "Begin" }).click();
  await theirs.getByRole("link", { name: /^Your account/ }).waitFor();
  return theirs;
}

const answer = (page, id, items, said) => page.evaluate(async ({ id, items, said }) => {
  for (const [i, item] of items.entries()) {
    const reply = await fetch(`/api/v1/projects/${id}/labels`, {
      method: "POST", headers: { "X-Exemplar": "1", "Content-Type": "application/json" },
      body: JSON.stringify({ id: crypto.randomUUID(), item, lease: null, answer: "accept", values: { class: said[i] }, elapsed_ms: 1500 + 40 * (i % 9) }),
    });
    if (reply.status !== 201) throw new Error(await reply.text());
  }
}, { id, items, said });

test("quality", { timeout: 150 * SECONDS }, async (t) => {
  const room = await open();
  const page = await room.page();
  try {
    await page.goto(room.link);
    await setUp(room, page);
    const people = [page]; // a new project has all of them as members
    for (const name of ["Bea", "Carl", "Dora"]) people.push(await join(room, page, name));
    const id = await textProject(page, "Messages", [{ name: "class", type: "choice", multiple: false, classes: CLASSES }],
      `text\n${rows.join("\n")}\n`, ITEMS);
    assert.equal((await api(page, "PATCH", `/projects/${id}`, { overlap: 4 })).status, 200);
    const { json } = await api(page, "GET", `/projects/${id}/items?limit=${ITEMS}`);
    const items = json.items.map((x) => x.id);
    for (const [p, theirs] of people.entries()) await answer(theirs, id, items, items.map((_, i) => SAYS[p](i)));

    await t.test("nothing is measured until somebody asks, then the figures come by themselves", async () => {
      await page.goto(`${room.url}/#/p/${id}`);
      await page.getByRole("link", { name: "Quality" }).click();
      await page.getByText("Nothing was measured yet.").waitFor();
      await page.getByRole("button", { name: "Measure now" }).click();
      await page.getByText("240 labels of 4 people").waitFor();
      await page.getByText("People agree too little").waitFor();
      await page.getByText("Pairs of people").click();
      await page.getByRole("cell", { name: /to/ }).first().waitFor();
      await looks(page, "70-quality");
    });

    await t.test("one person is left out, with a reason, and the others agree", async () => {
      await page.getByRole("button", { name: "Leave out the labels of Dora" }).click();
      await looks(page, "71-quality-leave-out");
      await page.getByLabel("Why").fill("does not look");
      await page.getByRole("button", { name: "Leave them out" }).click();
      await page.getByText("Left out since").waitFor();
      await page.getByRole("button", { name: "Measure again" }).click();
      await page.getByText(/People (seem to )?agree (well|fairly)/).waitFor();
      await page.getByRole("button", { name: "Let the labels of Dora in again" }).click();
      await page.getByRole("button", { name: "Leave out the labels of Dora" }).waitFor();
    });

    await t.test("an annotator sees none of it", async () => {
      await people[1].goto(`${room.url}/#/p/${id}`);
      await people[1].getByRole("heading", { name: "Messages" }).waitFor();
      assert.equal(await people[1].getByRole("link", { name: "Quality" }).count(), 0);
      assert.equal((await api(people[1], "GET", `/projects/${id}/quality`)).status, 403);
    });
  } finally {
    await room.close();
  }
});
