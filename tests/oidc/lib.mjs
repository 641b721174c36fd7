/*
 * A real OpenID Connect provider on loopback, our program set to use it, and a browser of sorts: a
 * jar of cookies that follows the provider's own sign-in pages.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const BINARY = process.env.EXEMPLAR_BIN ?? resolve("../../build/release/exemplar");
export const SECRET = "a secret: with %, + and & in it";
export const ADMIN = { name: "Ada", password: "correct horse battery" };

const scratch = mkdtempSync(join(tmpdir(), "exemplar-oidc-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

export const listen = (handler) => new Promise((done) => {
  const server = createServer(handler);
  server.listen(0, "127.0.0.1", () => done({ server, port: server.address().port, url: `http://127.0.0.1:${server.address().port}` }));
});

/* Below those that systems give to connections, so that nobody takes it before the program does. */
export function freePort() {
  const port = 10_000 + Math.floor(Math.random() * 20_000);
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(freePort()));
    server.listen(port, "127.0.0.1", () => server.close(() => done(port)));
  });
}

/* The RSA key is for RS256 and PS256. */
const KEY_TYPES = [["rsa", { modulusLength: 2048 }], ["ec", { namedCurve: "P-256" }], ["ed25519", {}]];

export function newKeys() {
  return { keys: KEY_TYPES.map(([type, options]) => (
    { ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), use: "sig", kid: `${type}-${randomUUID()}` }
  )) };
}

/* The program on a data folder of its own; `oidc` are its options for the provider. */
export async function startProgram(port, oidc) {
  const data = mkdtempSync(join(scratch, "data-"));
  const secretFile = join(scratch, "secret");
  writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
  const options = Object.entries({ listen: `127.0.0.1:${port}`, ...oidc }).flatMap(([name, value]) => (
    value === null ? [] : [`--${name}`, value === SECRET ? secretFile : value]));
  const program = spawn(BINARY, ["serve", "--data", data, "--threads", "1", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [program.stdout, program.stderr]) stream.on("data", (text) => (output += text));
  const ended = new Promise((done) => program.on("exit", done));
  process.on("exit", () => program.kill("SIGKILL")); // however the test ends
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 30_000; !/#\/setup\//.test(output);) {
    if (Date.now() > deadline || program.exitCode !== null) throw new Error(`the program did not start:\n${output}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  return {
    url, data, output: () => output,
    link: /#\/setup\/([^\s"']+)/.exec(output)[1],
    async stop() {
      program.kill("SIGTERM");
      return ended;
    },
  };
}

/* Headers of Debian's Node 18 have no getSetCookie; they join the lines by commas, which dates hold too. */
export const cookiesSet = (headers) =>
  headers.getSetCookie?.() ?? (headers.get("set-cookie") ?? "").split(/,\s*(?=[\w.-]+=)/).filter((line) => line !== "");

/* Cookies by host and port, and redirects followed one at a time. */
export class Browser {
  jar = new Map();

  async fetch(url, init = {}) {
    const { host } = new URL(url);
    const cookies = this.jar.get(host) ?? new Map();
    this.jar.set(host, cookies);
    const headers = { ...init.headers, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
    const reply = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of cookiesSet(reply.headers)) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === "" || /max-age=0\b|expires=thu, 01 jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return reply;
  }

  async api(program, method, path, body) {
    const reply = await this.fetch(`${program.url}/api/v1${path}`, {
      method, headers: { "X-Exemplar": "1", "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text ? JSON.parse(text) : null, headers: reply.headers };
  }

  /* Through the pages of the provider as `login`, until it sends the browser back: the query. */
  async atProvider(location, login, back) {
    this.jar.delete(new URL(location).host); // whoever used this browser before is not remembered there
    for (let step = 0; step < 12; step += 1) {
      if (location.startsWith(back)) return Object.fromEntries(new URL(location).searchParams);
      let reply = await this.fetch(location);
      if (reply.status === 200) {
        const page = await reply.text();
        const prompt = /name="prompt" value="([a-z]+)"/.exec(page)?.[1];
        assert.ok(prompt, `no form at ${location}:\n${page}`);
        reply = await this.fetch(/action="([^"]+)"/.exec(page)[1], {
          method: "POST", body: new URLSearchParams({ prompt, login, password: "any" }) });
      }
      assert.ok(reply.status === 302 || reply.status === 303, `${reply.status} at ${location}: ${await reply.text()}`);
      location = new URL(reply.headers.get("location"), location).href;
    }
    throw new Error("the provider does not come to an end");
  }

  /* From the button to the answer of our program. */
  async signIn(program, login, what = {}) {
    const begun = await this.api(program, "POST", "/session/provider", what);
    if (begun.status !== 200) return begun;
    const { state, code, iss, error } = await this.atProvider(begun.body.location, login, `${program.url}/`);
    return this.api(program, "POST", "/session/provider/answer", JSON.parse(JSON.stringify({ state, code, iss, error })));
  }
}

/* The first administrator, by the printed link. */
export async function administrator(program) {
  const browser = new Browser();
  const { status } = await browser.api(program, "POST", "/setup", { token: program.link, ...ADMIN });
  assert.equal(status, 201);
  return browser;
}
