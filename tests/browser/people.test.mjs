/* People, roles, one's own account; and that nothing on any page reaches beyond the server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMIN, api, axe, looks, open, setUp, shot } from "./lib.mjs";

const SECONDS = 1000;

test("people and accounts", { timeout: 150 * SECONDS }, async (t) => {
  const room = await open();
  const context = await room.context();
  const page = await room.page(context);
  try {
    await page.goto(room.link);
    await setUp(room, page);
    let link = "";

    await t.test("an administrator invites somebody with a one-use link", async () => {
      await page.getByRole("link", { name: "People" }).click();
      await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
      await page.getByRole("button", { name: "Invite somebody" }).click();
      await page.getByLabel("Their name").fill("Grace");
      await page.getByLabel("Role", { exact: true }).selectOption("annotator");
      await looks(page, "40-invite");
      await page.getByRole("button", { name: "Make the link" }).click();
      link = await page.getByLabel("One-use link").inputValue();
      assert.match(link, /\/#\/setup\/\S+$/);
      await looks(page, "41-link");
      await page.keyboard.press("Escape");
      await page.getByText("Grace").first().waitFor();
      await looks(page, "42-people");
    });

    const grace = await room.page(await room.context());
    await t.test("the invited person chooses a password and sees only their own work", async () => {
      await grace.goto(link);
      await grace.getByRole("heading", { name: "Welcome, Grace" }).waitFor();
      await axe(grace, "an invitation");
      await grace.getByLabel("Password").fill("short");
      await grace.getByRole("button", { name: "Begin" }).click();
      assert.ok(await grace.getByLabel("Password").evaluate((e) => !e.validity.valid), "a short password is refused");
      await grace.getByLabel("Password").fill("amazing amazing grace");
      await grace.getByRole("button", { name: "Begin" }).click();
      await grace.getByText("You work on no project yet").waitFor();
      assert.equal(await grace.getByRole("link", { name: "People" }).count(), 0);
      assert.equal(await grace.getByRole("button", { name: "New project" }).count(), 0);
      await axe(grace, "an annotator's home");
      await grace.goto(`${room.url}/#/people`);
      await grace.getByText("Only an administrator").waitFor();
    });

    await t.test("a project of one person is shared, by keyboard, with another", async () => {
      await page.goto(`${room.url}/#/`);
      await page.getByRole("button", { name: "New project" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Letters");
      await page.getByText("Texts", { exact: true }).click();
      await page.getByRole("textbox", { name: "Classes" }).fill("short\nlong");
      await page.getByLabel("Who works on it").selectOption("me");
      await page.getByRole("button", { name: "Create", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "Letters" }).waitFor();
      const address = page.url();
      await grace.goto(`${room.url}/#/`);
      await grace.reload();
      await grace.getByText("You work on no project yet").waitFor();
      await grace.goto(address);
      await grace.getByRole("alert").filter({ hasText: "there is no project" }).waitFor();

      await page.getByRole("link", { name: "Settings" }).click();
      const who = page.getByRole("region", { name: "Who works on it" });
      await who.getByLabel("Role of Ada here").waitFor();
      await who.getByLabel("Somebody else").focus();
      await page.keyboard.type("Grace");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await who.getByLabel("Role of Grace here").waitFor();
      assert.equal(await who.getByLabel("Role of Grace here").inputValue(), "annotator");
      await looks(page, "44-members");
      await grace.goto(`${room.url}/#/`);
      await grace.reload();
      await grace.getByRole("link", { name: "Letters", exact: true }).click();
      await grace.getByRole("heading", { level: 1, name: "Letters" }).waitFor();
      assert.equal(await grace.getByRole("link", { name: "Settings" }).count(), 0);
      await grace.goto(`${address}/settings`);
      await grace.getByText("Only a manager of this project can see this page.").waitFor();
      assert.equal(await grace.getByRole("region", { name: "Who works on it" }).count(), 0);

      await who.getByLabel("Role of Grace here").selectOption("manager");
      await page.waitForTimeout(300);
      await grace.reload();
      const hers = grace.getByRole("region", { name: "Who works on it" });
      await hers.getByLabel("Role of Grace here").waitFor();
      assert.ok(await hers.getByLabel("Role of Grace here").isDisabled(), "nobody shuts themselves out by a slip");
      await axe(grace, "a project of which one is manager");

      await who.getByRole("button", { name: "Take off: Grace" }).press("Enter");
      await who.getByLabel("Somebody else").waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.id), "members-heading");
      await grace.reload();
      await grace.getByRole("alert").filter({ hasText: "there is no project" }).waitFor();
      await page.getByRole("link", { name: "People" }).click();
      await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
    });

    await t.test("a role is changed, an account closed and opened", async () => {
      await page.getByLabel("Role of Grace").selectOption("manager");
      await page.waitForTimeout(300);
      await grace.reload();
      await grace.goto(`${room.url}/#/`);
      await grace.getByRole("button", { name: "New project" }).waitFor();
      await page.getByRole("button", { name: "Manage Grace" }).click();
      await looks(page, "45-manage");
      await page.getByRole("button", { name: "Close account" }).click();
      await page.getByText("account closed").waitFor();
      await grace.reload();
      await grace.getByRole("heading", { name: "Sign in" }).waitFor();
      await page.getByRole("button", { name: "Manage Grace" }).click();
      await page.getByRole("button", { name: "Open again" }).click();
      await page.getByText("account closed").waitFor({ state: "detached" });
    });

    await t.test("an administrator resets a password and ends the sessions", async () => {
      await page.getByRole("button", { name: "Manage Grace" }).click();
      await page.getByRole("button", { name: "New link" }).click();
      const reset = await page.getByLabel("One-use link").inputValue();
      await page.keyboard.press("Escape");
      await grace.goto(reset);
      await grace.getByLabel("Password").fill("another long password");
      await grace.getByRole("button", { name: "Begin" }).click();
      await grace.getByRole("button", { name: "New project" }).waitFor();
      await page.getByRole("button", { name: "Manage Grace" }).click();
      await page.getByRole("button", { name: "Sign out everywhere" }).click();
      await page.getByText("Grace is signed out everywhere.").waitFor();
      await grace.reload();
      await grace.getByRole("heading", { name: "Sign in" }).waitFor();
      await grace.close();
    });

    await t.test("a service account gets tokens of its own", async () => {
      await page.getByRole("button", { name: "Invite somebody" }).click();
      await page.getByLabel("Their name").fill("nightly");
      await page.getByLabel("A program: works by tokens").check();
      await page.getByRole("button", { name: "Make the account" }).click();
      await page.getByRole("button", { name: "Manage nightly" }).click();
      await page.getByLabel("Name of a new token").fill("export");
      await page.getByLabel("Where").selectOption("In Letters alone");
      await page.getByRole("button", { name: "Make a token" }).click();
      await page.getByRole("alert").filter({ hasText: "there is no project" }).waitFor();
      await page.getByLabel("Where").selectOption("");
      await page.getByRole("button", { name: "Make a token" }).click();
      await page.getByText("may read, export").waitFor();
      await looks(page, "46-service");
      await page.getByRole("button", { name: "Erase …" }).click();
      assert.ok(await page.getByRole("button", { name: "Erase for good" }).isDisabled(), "the name is typed first");
      await page.getByLabel(/^Type .nightly. to erase it/).fill("nightly");
      await looks(page, "47-erase");
      await page.getByRole("button", { name: "Erase for good" }).click();
      await page.getByRole("button", { name: "Manage nightly" }).waitFor({ state: "detached" });
    });

    await t.test("all of it is in the audit log", async () => {
      await page.getByRole("link", { name: "Audit log" }).click();
      await page.getByRole("heading", { level: 1, name: "Audit log" }).waitFor();
      await page.getByText(/Ada erased a person, now/).waitFor();
      await page.getByText("Ada ended all Grace’s sessions").waitFor();
      assert.equal(await page.getByText("nightly").count(), 0, "a name that was erased is not shown");
      await looks(page, "48-audit");
      await page.getByLabel("Done by").selectOption("Grace");
      await page.getByText("Grace came in by a link, as an annotator").waitFor();
      assert.equal(await page.getByText("Ada ended").count(), 0);
    });

    await t.test("a token is shown once, works, and can be revoked", async () => {
      await page.getByRole("link", { name: /Your account/ }).click();
      await page.getByLabel("Name of a new token").fill("nightly export");
      await page.getByRole("button", { name: "Make a token" }).click();
      const token = await page.getByLabel("New token", { exact: true }).inputValue();
      await page.getByText("nightly export").first().waitFor();
      await looks(page, "43-account");
      const as = (bearer) => fetch(`${room.url}/api/v1/projects`, { headers: { Authorization: `Bearer ${bearer}` } }).then((r) => r.status);
      assert.equal(await as(token), 200);
      assert.equal(await as(`${token}x`), 401);
      await page.reload();
      await page.getByRole("button", { name: "Revoke nightly export" }).waitFor();
      assert.equal(await page.getByLabel("New token", { exact: true }).count(), 0);
      await page.getByRole("button", { name: "Revoke nightly export" }).click();
      await page.getByRole("button", { name: "Revoke nightly export" }).waitFor({ state: "detached" });
      assert.equal(await as(token), 401);
    });

    await t.test("the password is changed, and the old one refused", async () => {
      await page.getByLabel("Present password").fill("not this one");
      await page.getByLabel("New password").fill("a fresh long password");
      await page.getByRole("button", { name: "Change password" }).click();
      await page.getByRole("alert").filter({ hasText: /\S/ }).waitFor();
      await page.getByLabel("Present password").fill(ADMIN.password);
      await page.getByRole("button", { name: "Change password" }).click();
      await page.getByText("Your password is changed.").waitFor();
    });

    await t.test("dark colours are remembered, whatever the system says", async () => {
      await page.getByRole("button", { name: "Dark colours" }).click();
      await page.reload();
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
      await page.getByRole("button", { name: "Light colours" }).click();
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
    });

    await t.test("an address that leads nowhere says so", async () => {
      await page.goto(`${room.url}/#/no/such/page`);
      await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
      await page.goto(`${room.url}/#/p/999`);
      await page.getByRole("alert").waitFor();
      await axe(page, "a project that is not there");
    });

    await t.test("the security policy is the strict one, and holds", async () => {
      const reply = await fetch(room.url);
      const policy = reply.headers.get("content-security-policy");
      for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
        assert.ok(policy.includes(part), `${part} is missing from ${policy}`);
      }
      assert.ok(!policy.includes("unsafe"));
      const before = room.seen.length;
      await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", '<img src="x:" onerror="globalThis.broken = 1"><div style="color:red"></div>'));
      await page.waitForTimeout(200);
      assert.equal(await page.evaluate(() => globalThis.broken), undefined, "an inline handler ran");
      const blocked = room.seen.splice(before); // these were provoked
      assert.ok(blocked.some((s) => /Content Security Policy/i.test(s)), `the browser blocked nothing: ${blocked}`);
    });

    await t.test("a request without the page's own header is refused", async () => {
      const status = await page.evaluate(() => fetch("/api/v1/projects", { method: "POST", body: "{}" }).then((r) => r.status));
      assert.equal(status, 403);
    });

    await t.test("signing out really does", async () => {
      await page.goto(`${room.url}/#/account`);
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      assert.equal((await api(page, "GET", "/projects")).status, 401);
    });
  } catch (failure) {
    await shot(page, "failed-people").catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
