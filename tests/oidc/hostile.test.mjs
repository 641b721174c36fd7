/* A provider that is down, slow or wrong costs nobody else anything, and is said to be so. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { administrator, Browser, freePort, listen, SECRET, startProgram } from "./lib.mjs";

const endings = [];
after(() => Promise.all(endings.map((end) => end())));

/* A provider made of what each path answers, and the program that asks it. */
async function world(answers) {
  const site = await listen((request, reply) => {
    const answer = answers(site.url)[request.url];
    if (typeof answer === "function") answer(reply);
    else reply.setHeader("Content-Type", "application/json").end(JSON.stringify(answer ?? {}));
  });
  const program = await startProgram(await freePort(), { "oidc-issuer": site.url, "oidc-client": "labels", "oidc-secret-file": SECRET });
  endings.push(async () => {
    await program.stop();
    site.server.closeAllConnections();
    site.server.close();
  });
  return program;
}

const about = (url, more = {}) => ({
  "/.well-known/openid-configuration": { issuer: url, authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks`, ...more } });
const begin = (browser, program) => browser.api(program, "POST", "/session/provider", {});

async function end(program, code = "x") {
  const browser = new Browser();
  const { body } = await begin(browser, program);
  const { searchParams } = new URL(body.location);
  return browser.api(program, "POST", "/session/provider/answer", { state: searchParams.get("state"), code });
}

const REFUSED = {
  "that is of another issuer": [() => about("https://id.example.org"), /issuer "https:\/\/id\.example\.org"/],
  "that sends people elsewhere": [(url) => about(url, { authorization_endpoint: "http://evil.example/" }), /authorization_endpoint/],
  "that is too large": [() => ({ "/.well-known/openid-configuration": (reply) => reply.end("x".repeat(300_000)) }), /larger than 256 KiB/],
  "that is endless": [() => ({ "/.well-known/openid-configuration": (reply) => {
    const more = () => { while (reply.write("x".repeat(65_536))); };
    reply.on("drain", more);
    more();
  } }), /larger than 256 KiB/],
  "that leads elsewhere": [() => ({ "/.well-known/openid-configuration": (reply) => reply.writeHead(302, { Location: "https://id.example.org/" }).end() }), /status 302/],
  "that is no JSON": [() => ({ "/.well-known/openid-configuration": (reply) => reply.end("<html>") }), /no JSON/],
};
for (const [what, [answers, sentence]] of Object.entries(REFUSED)) {
  test(`a document ${what} is refused with a sentence`, async () => {
    const { status, body } = await begin(new Browser(), await world(answers));
    assert.equal(status, 503);
    assert.match(body.detail, sentence);
  });
}

test("a provider that is down is asked once in five seconds, whoever presses the button", async () => {
  let asked = 0;
  const program = await world(() => ({ "/.well-known/openid-configuration": (reply) => { asked += 1; reply.destroy(); } }));
  for (let i = 0; i < 5; i += 1) assert.equal((await begin(new Browser(), program)).status, 503);
  assert.equal(asked, 1);
});

test("tokens that prove nothing are refused, and many tries have to wait", async () => {
  const part = (o) => Buffer.from(JSON.stringify(o)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const program = await world((url) => ({ ...about(url), "/jwks": { keys: [] },
    "/token": { token_type: "Bearer", access_token: "x", id_token: `${part({ alg: "none" })}.${part({ iss: url, aud: "labels", sub: "eve", iat: now, exp: now + 60 })}.` } }));
  await administrator(program);
  for (let i = 0; i < 6; i += 1) {
    const { status, body } = await end(program);
    assert.deepEqual([status, /\(alg\)/.test(body.detail)], [401, true], body.detail);
  }
  const { status, body, headers } = await end(program);
  assert.equal(status, 503);
  assert.match(body.detail, /Too many/);
  assert.ok(Number(headers.get("Retry-After")) >= 1);
});

test("while a provider does not answer, everything else goes on, and the program ends at once", async () => {
  let asked;
  const waiting = new Promise((done) => { asked = done; });
  const program = await world((url) => ({ ...about(url), "/token": () => asked() }));
  const admin = await administrator(program);
  const hanging = end(program);
  await waiting;
  const begun = Date.now();
  for (let i = 0; i < 20; i += 1) assert.equal((await admin.api(program, "GET", "/projects")).status, 200);
  assert.equal((await admin.api(program, "POST", "/session", { name: "Ada", password: "correct horse battery" })).status, 201);
  assert.ok(Date.now() - begun < 2500, `the others took ${Date.now() - begun} ms`);
  const stopping = Date.now();
  assert.equal(await program.stop(), 0);
  assert.ok(Date.now() - stopping < 3500, `ending took ${Date.now() - stopping} ms`);
  assert.equal((await hanging).status, 503);
});
