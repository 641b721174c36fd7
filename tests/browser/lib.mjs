/*
 * What every browser test needs: the real program on a fresh data folder, a browser that may talk to
 * nothing else, and the checks that hold on every page.
 *
 *     const room = await open();           the program, a browser, the one-use link
 *     const page = await room.page();      a page that is watched for errors and foreign requests
 *     await room.close();                  ends both, and fails if anything was seen
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const BINARY = process.env.EXEMPLAR_BIN ?? resolve("../../build/release/exemplar");
const SCREENSHOTS = process.env.EXEMPLAR_SCREENSHOTS ?? resolve("../../build/release/screenshots");
const CHROMIUM = process.env.EXEMPLAR_CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
export const ADMIN = { name: "Ada", password: "correct horse battery" };

/* Everything a test writes; gone with the process. */
export const scratch = mkdtempSync(join(tmpdir(), "exemplar-browser-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    }).on("error", failed);
  });
}

async function startProgram(data) {
  const port = await freePort();
  const program = spawn(BINARY, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [program.stdout, program.stderr]) stream.on("data", (text) => (output += text));
  const ended = new Promise((done) => program.on("exit", done));
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 30_000;
  while (!(await fetch(`${url}/`).then((r) => r.ok, () => false))) {
    if (Date.now() > deadline || program.exitCode !== null) throw new Error(`the program did not start:\n${output}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    url,
    link: () => /https?:\/\/\S+\/#\/setup\/[^\s"']+/.exec(output)?.[0],
    stop: async () => {
      program.kill("SIGTERM");
      await ended;
    },
  };
}

/* Errors a page may not have. What the browser logs about a refused request is judged by its answer. */
function watch(page, origin, seen) {
  page.on("console", (m) => {
    if (m.type() === "error" && !/^Failed to load resource/.test(m.text())) seen.push(`console: ${m.text()}`);
  });
  page.on("pageerror", (e) => seen.push(`page: ${e.stack ?? e.message}`));
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (url.protocol.startsWith("http") && url.origin !== origin) seen.push(`foreign request: ${r.url()}`);
  });
  page.on("response", (r) => {
    if (r.status() >= 500) seen.push(`${r.status()} from ${r.request().method()} ${r.url()}`);
  });
}

/* The browser's own test picture in place of a camera, and nobody asked for leave. */
export const FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

export async function open({ flags = [] } = {}) {
  const data = mkdtempSync(join(scratch, "data-"));
  const program = await startProgram(data);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
  const seen = [];
  const origin = program.url;
  return {
    url: origin,
    link: program.link(),
    data,
    seen,
    /* A command on the same folder, beside the server. */
    command: (...words) => JSON.parse(execFileSync(BINARY, [...words, "--json", "--data", data], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })),
    context: (options = {}) => browser.newContext({ viewport: DESKTOP, ...options }),
    async page(context) {
      const page = await (context ?? (await this.context())).newPage();
      page.setDefaultTimeout(20_000);
      watch(page, origin, seen);
      return page;
    },
    async close() {
      await browser.close();
      await program.stop();
      assert.deepEqual(seen, [], "errors seen on the pages");
    },
  };
}

/* Accepts the one-use link as the first administrator. */
export async function setUp(room, page) {
  await page.goto(room.link);
  await page.getByLabel("Your name").fill(ADMIN.name);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("button", { name: "New project" }).waitFor();
}

/* Calls the API as the page's user. */
export async function api(page, method, path, body) {
  return page.evaluate(async ({ method, path, body }) => {
    const reply = await fetch(`/api/v1${path}`, {
      method, headers: { "X-Exemplar": "1", ...(body ? { "Content-Type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await reply.text();
    return { status: reply.status, text, json: /^application\/(problem\+)?json(;|$)/.test(reply.headers.get("Content-Type")) && text ? JSON.parse(text) : null };
  }, { method, path, body });
}

/* A project of texts made through the API, its table all imported: its id. */
export async function textProject(page, name, questions, csv, n) {
  const { json: project, text } = await api(page, "POST", "/projects", { name, kind: "text", questions });
  assert.ok(project.id, text);
  await page.evaluate(({ id, csv }) => fetch(`/api/v1/projects/${id}/import?filename=t.csv&text_column=text`, {
    method: "POST", headers: { "X-Exemplar": "1", "Content-Type": "text/csv" }, body: csv,
  }).then((r) => r.text()), { id: project.id, csv });
  for (let tries = 0; ; tries += 1) {
    const { json } = await api(page, "GET", `/projects/${project.id}`);
    if (json.counts.items === n) return project.id;
    assert.ok(tries < 200, `the import of ${name} brought ${json.counts.items} of ${n}`);
    await page.waitForTimeout(100);
  }
}

/* axe-core with every rule of WCAG 2.2 AA and its best practices. */
export async function axe(page, where) {
  await page.waitForTimeout(350); // fades end: half-transparent ink has no contrast of its own
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const words = violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`).join("\n    ")}`);
  assert.deepEqual(words, [], `axe-core on ${where}`);
}

export async function shot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/* The page in all four looks: checked by axe-core and kept as pictures. */
export async function looks(page, name) {
  await page.mouse.move(640, 5); // nothing is hovered
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [device, size] of [["desktop", DESKTOP], ["phone", PHONE]]) {
      await page.setViewportSize(size);
      await axe(page, `${name} (${device}, ${colorScheme})`);
      await shot(page, `${name}-${device}-${colorScheme}`);
    }
  }
  await page.setViewportSize({ width: 360, height: 640 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide for a phone of 360`);
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light" });
}

/* A drag from the desktop: real paths, folders too, through the browser's own drag events. */
export async function dropPaths(page, selector, paths) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const box = await page.locator(selector).boundingBox();
  assert.ok(box, `${selector} is not on the page`);
  const cdp = await page.context().newCDPSession(page);
  const at = { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 60), data: { items: [], files: paths, dragOperationsMask: 1 } };
  for (const type of ["dragEnter", "dragOver", "drop"]) await cdp.send("Input.dispatchDragEvent", { type, ...at });
  await cdp.detach();
}
