/* People sign in through a real provider; who may, how, and what is refused. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { administrator, Browser, cookiesSet, freePort, SECRET, startProgram } from "./lib.mjs";
import { startProvider } from "./provider.mjs";

const CLIENTS = ["RS256", "PS256", "ES256", "EdDSA", "public", "post"];
const ports = {};
const programs = [];
let provider;

async function program(id, more = {}) {
  const made = await startProgram(ports[id], {
    "oidc-issuer": provider.url, "oidc-client": id, "oidc-secret-file": id === "public" ? null : SECRET, "oidc-name": "Example Ltd", ...more });
  programs.push(made);
  return made;
}

before(async () => {
  for (const id of [...CLIENTS, "invited", "rotating", "connecting", "joining"]) ports[id] = await freePort();
  provider = await startProvider(ports);
});
after(async () => {
  assert.deepEqual(await Promise.all(programs.map((p) => p.stop())), programs.map(() => 0), "every program ends well");
  await provider.stop();
});

describe("newcomers, where they may join", () => {
  for (const id of CLIENTS) {
    test(`sign in by ${id}, and get the least role`, async () => {
      const p = await program(id, { "oidc-newcomers": "join" });
      await administrator(p);
      const browser = new Browser();
      const { status, body, headers } = await browser.signIn(p, "grace-1");
      assert.deepEqual([status, body.user.name, body.user.role], [201, "grace", "annotator"], JSON.stringify(body));
      assert.match(cookiesSet(headers).join("\n"), /exemplar_session=[^;]{43}; Path=\/; HttpOnly; SameSite=Strict/);
      assert.match(cookiesSet(headers).join("\n"), /exemplar_signin=; .*Max-Age=0/);
      assert.equal((await browser.api(p, "GET", "/session")).body.user.id, body.user.id);
    });
  }

  test("are no administrators, see no project, and are told apart by their subject alone", async () => {
    const p = await program("joining", { "oidc-newcomers": "join" });
    const first = await new Browser().signIn(p, "eve-1");
    assert.equal(first.status, 403, "nobody is let in before the first administrator");
    const admin = await administrator(p);
    const project = { name: "secret", kind: "text", questions: [{ name: "class", type: "choice", classes: ["a", "b"] }] };
    assert.equal((await admin.api(p, "POST", "/projects", project)).status, 201);
    const browser = new Browser();
    const { body } = await browser.signIn(p, "grace-1");
    assert.deepEqual((await browser.api(p, "GET", "/projects")).body.projects, []);
    assert.equal((await new Browser().signIn(p, "grace-1")).body.user.id, body.user.id);
    assert.equal((await new Browser().signIn(p, "grace-2")).body.user.name, "grace 2");
  });
});

describe("people who were invited", () => {
  let p, admin;
  before(async () => {
    p = await program("invited");
    admin = await administrator(p);
  });

  test("others are refused, with what to do", async () => {
    const { status, body } = await new Browser().signIn(p, "eve");
    assert.equal(status, 403);
    assert.match(body.detail, /Ask an administrator/);
    assert.deepEqual((await admin.api(p, "GET", "/users")).body.users.map((u) => u.name), ["Ada"]);
  });

  test("the page is told what to offer", async () => {
    const { status, body } = await new Browser().api(p, "GET", "/session");
    assert.deepEqual([status, body.provider], [401, { name: "Example Ltd" }]);
    assert.deepEqual((await admin.api(p, "GET", "/session")).body.provider, { name: "Example Ltd", connected: false });
  });

  test("an invitation is accepted by signing in there, once", async () => {
    const { link } = (await admin.api(p, "POST", "/users", { name: "Grace", role: "reviewer" })).body;
    const invitation = link.split("/").at(-1);
    const browser = new Browser();
    const { status, body } = await browser.signIn(p, "g.hopper", { invitation });
    assert.deepEqual([status, body.user.name, body.user.role], [201, "Grace", "reviewer"], JSON.stringify(body));
    assert.equal((await browser.api(p, "GET", "/session")).body.provider.connected, true);
    assert.equal((await new Browser().api(p, "POST", "/session/provider", { invitation })).status, 404, "the link is used up");
    assert.equal((await new Browser().signIn(p, "g.hopper")).body.user.id, body.user.id);
    assert.equal((await browser.api(p, "DELETE", "/session/provider")).status, 409, "without a password she could not come back");
    assert.equal((await admin.api(p, "PATCH", `/users/${body.user.id}`, { disabled: true })).status, 200);
    const refused = await new Browser().signIn(p, "g.hopper");
    assert.deepEqual([refused.status, /disabled/.test(refused.body.detail)], [403, true]);
  });

  test("only the browser that began can end it, and only once", async () => {
    const mine = new Browser();
    const begun = await mine.api(p, "POST", "/session/provider", {});
    assert.match(cookiesSet(begun.headers)[0], /^exemplar_signin=[^;]+; Path=\/api\/v1\/session\/provider; HttpOnly; SameSite=Strict; Max-Age=600$/);
    const { state, code, iss } = await mine.atProvider(begun.body.location, "eve", `${p.url}/`);
    const stranger = await new Browser().api(p, "POST", "/session/provider/answer", { state, code, iss });
    assert.deepEqual([stranger.status, /this browser/.test(stranger.body.detail)], [401, true]);
    const other = new Browser();
    await other.api(p, "POST", "/session/provider", {});
    assert.equal((await other.api(p, "POST", "/session/provider/answer", { state, code, iss })).status, 401, "a cookie of another sign-in");
    const elsewhere = await mine.api(p, "POST", "/session/provider/answer", { state, code, iss: "https://evil.example" });
    assert.deepEqual([elsewhere.status, /another provider/.test(elsewhere.body.detail)], [401, true]);
    assert.equal((await mine.api(p, "POST", "/session/provider/answer", { state, code })).status, 401, "this provider always names itself");
    assert.equal((await mine.api(p, "POST", "/session/provider/answer", { state, code, iss })).status, 403, "a good answer, of a stranger");
    const replay = await mine.api(p, "POST", "/session/provider/answer", { state, code, iss });
    assert.deepEqual([replay.status, /invalid_grant/.test(replay.body.detail)], [503, true], "the code was used up");
  });

  test("a page of another site can neither begin nor end", async () => {
    for (const path of ["provider", "provider/answer"]) {
      const reply = await new Browser().fetch(`${p.url}/api/v1/session/${path}`, { method: "POST", body: "{}" });
      assert.equal(reply.status, 403);
    }
  });
});

test("somebody with a password connects, signs in both ways, and parts again", async () => {
  const p = await program("connecting");
  const admin = await administrator(p);
  assert.equal((await new Browser().api(p, "POST", "/session/provider", { connect: true })).status, 401);
  const connected = await admin.signIn(p, "lovelace", { connect: true });
  assert.deepEqual([connected.status, connected.body.user.name], [201, "Ada"], JSON.stringify(connected.body));
  assert.equal((await admin.api(p, "GET", "/users")).status, 200, "the session goes on");
  assert.equal((await admin.signIn(p, "babbage", { connect: true })).status, 409, "one identity of a provider is enough");
  const elsewhere = new Browser();
  assert.equal((await elsewhere.signIn(p, "lovelace")).body.user.role, "admin");
  assert.equal((await elsewhere.api(p, "DELETE", "/session/provider")).status, 204);
  assert.equal((await admin.api(p, "GET", "/users")).status, 401, "every session has ended");
  assert.equal((await new Browser().signIn(p, "lovelace")).status, 403);
});

test("a change of the provider's keys is noticed, and asked for at most once a minute", async () => {
  const p = await program("rotating", { "oidc-newcomers": "join" });
  await administrator(p);
  assert.equal((await new Browser().signIn(p, "grace")).status, 201);
  const before = provider.count.keys;
  provider.rotate();
  assert.equal((await new Browser().signIn(p, "grace")).status, 201);
  assert.equal((await new Browser().signIn(p, "grace")).status, 201);
  assert.equal(provider.count.keys, before + 1);
  provider.rotate();
  const { status, body } = await new Browser().signIn(p, "grace");
  assert.deepEqual([status, /no key that fits/.test(body.detail)], [401, true], body.detail);
  assert.equal(provider.count.keys, before + 1);
});
