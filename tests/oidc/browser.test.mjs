/* The way through the pages, in a real browser: the button, the provider's own pages, and back. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { ADMIN, administrator, freePort, SECRET, startProgram } from "./lib.mjs";
import { startProvider } from "./provider.mjs";

const { chromium } = createRequire(resolve("../browser/lib.mjs"))("playwright-core");
const CHROMIUM = process.env.EXEMPLAR_CHROMIUM ?? "/usr/bin/chromium";
const SCREENSHOTS = process.env.EXEMPLAR_SCREENSHOTS ?? resolve("../../build/release/screenshots");
const shot = (page, name) => page.screenshot({ path: join(SCREENSHOTS, `provider-${name}.png`), fullPage: true });

let provider, program, admin, browser;
before(async () => {
  const port = await freePort();
  provider = await startProvider({ labels: port });
  program = await startProgram(port, { "oidc-issuer": provider.url, "oidc-client": "labels", "oidc-secret-file": SECRET, "oidc-name": "Example Ltd" });
  admin = await administrator(program);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
});
after(async () => {
  await browser.close();
  await program.stop();
  await provider.stop();
});

async function newPage(size = { width: 1280, height: 800 }) {
  const page = await (await browser.newContext({ viewport: size })).newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (e) => assert.fail(`the page fails: ${e.stack ?? e.message}`));
  return page;
}

/* The provider's two pages: who it is, and that we may know. */
async function throughProvider(page, login) {
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.locator("input[name=prompt][value=consent]").waitFor({ state: "attached" });
  await page.locator("button[type=submit]").click();
  await page.waitForURL(`${program.url}/**`);
}

/* Signed in, which the page does after the provider sent it back: leaving before that would break it off. */
const atHome = (page) => page.getByRole("heading", { name: "Projects" }).waitFor();

test("a stranger is told what to do, on the page they came from", async () => {
  const page = await newPage({ width: 360, height: 740 });
  await page.goto(program.url);
  await page.getByRole("button", { name: "Sign in with Example Ltd" }).click();
  await throughProvider(page, "eve");
  await page.getByRole("alert").getByText("Ask an administrator for an invitation").waitFor();
  assert.equal(await page.evaluate(() => location.search), "", "code and state are gone from the address");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it fits a phone");
  await shot(page, "refused-phone");
});

test("an invitation is accepted by signing in there; the next day the button is enough", async () => {
  const { link } = (await admin.api(program, "POST", "/users", { name: "Grace", role: "annotator" })).body;
  const page = await newPage();
  await page.goto(`${program.url}${link}`);
  await shot(page, "invited");
  await page.getByRole("button", { name: "Sign in with Example Ltd" }).click();
  await throughProvider(page, "g.hopper");
  await atHome(page);
  await page.goto(`${program.url}/#/account`);
  await page.getByRole("heading", { name: "Grace" }).waitFor();
  await page.getByText("You may sign in with Example Ltd.").waitFor();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign in with Example Ltd" }).click(); // the provider remembers her
  await page.waitForURL(`${program.url}/**`);
  await atHome(page);
  await page.goto(`${program.url}/#/account`);
  await page.getByRole("heading", { name: "Grace" }).waitFor();
});

test("whoever has a password connects on the account page, and is back there afterwards", async () => {
  const page = await newPage();
  await page.goto(program.url);
  await shot(page, "door");
  await page.getByLabel("Your name").fill(ADMIN.name);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "New project" }).first().waitFor();
  await page.goto(`${program.url}/#/account`);
  await page.getByRole("button", { name: "Connect Example Ltd" }).click();
  await throughProvider(page, "lovelace");
  await page.getByText("You may sign in with Example Ltd.").waitFor();
  await shot(page, "account");
  await page.getByRole("button", { name: "Disconnect …" }).click();
  await page.getByRole("button", { name: "Disconnect and sign out everywhere" }).click();
  await page.getByRole("button", { name: "Sign in with Example Ltd" }).waitFor();
});
