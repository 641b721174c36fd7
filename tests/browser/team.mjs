/* Three people at their own browsers: an administrator and whom she invites. */
import { ADMIN, api, setUp } from "./lib.mjs";

/* [{name, page}], the administrator first; every other one signs in by a one-use link of her. */
export async function team(room, others) {
  const page = await room.page(await room.context());
  await page.goto(room.link);
  await setUp(room, page);
  const people = [{ name: ADMIN.name, page }];
  for (const { name, role } of others) {
    const { json } = await api(page, "POST", "/users", { name, role });
    const theirs = await room.page(await room.context());
    await theirs.goto(new URL(json.link, room.url).href);
    await theirs.getByLabel("Password").fill(`a long password of ${name}`);
    await theirs.getByRole("button", { name: "Begin" }).click();
    await theirs.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
    people.push({ name, page: theirs });
  }
  return people;
}

/* Labels by keyboard until nothing is left: key(text or path of the item) says which. The items seen, in order. */
export async function labelAll(room, page, project, key) {
  const seen = [];
  await page.goto(`${room.url}/#/p/${project}/label`);
  for (;;) {
    await page.locator(".stage .text-item, .stage img, .nothing").first().waitFor();
    if (await page.locator(".nothing").count()) {
      if (await page.getByRole("heading", { name: "That was the last one" }).count()) return seen;
      await page.getByRole("button", { name: "Look now" }).click().catch(() => undefined);
      await page.waitForTimeout(200);
      continue;
    }
    const shown = await page.evaluate(() => document.querySelector(".stage .text-item")?.textContent ?? document.querySelector(".stage img")?.alt ?? "");
    seen.push(shown);
    await page.keyboard.press(key(shown));
    await page.waitForFunction((before) => (document.querySelector(".stage .text-item")?.textContent ?? document.querySelector(".stage img")?.alt ?? "") !== before, shown);
  }
}

/* A project of drawn pictures, all imported: its id. */
export async function pictureProject(page, name, classes, pictures) {
  const { json: project } = await api(page, "POST", "/projects", { name, kind: "image", questions: [{ name: "class", type: "choice", classes }] });
  await page.evaluate(async ({ id, pictures }) => {
    const form = new FormData();
    for (const [name, base64] of pictures) form.append("file", new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: "image/png" }), name);
    await fetch(`/api/v1/projects/${id}/import`, { method: "POST", headers: { "X-Exemplar": "1" }, body: form });
  }, { id: project.id, pictures });
  for (let tries = 0; tries < 200; tries += 1) {
    const { json } = await api(page, "GET", `/projects/${project.id}`);
    if (json.counts.items === pictures.length) return project.id;
    await page.waitForTimeout(100);
  }
  throw new Error(`the pictures of ${name} did not come in`);
}
