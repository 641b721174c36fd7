/* Fails when the first load of the page, compressed, grows beyond what was promised. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const PROMISED = 100_000;
const folder = process.argv[2] ?? "dist";
const html = readFileSync(join(folder, "index.html"), "utf8");
const named = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((m) => m[1]);
const small = (name) => Math.min(...[name, `${name}.gz`].flatMap((n) => {
  try { return [statSync(join(folder, n)).size]; } catch { return []; }
}));
let total = 0;
for (const name of ["index.html", ...named]) {
  total += small(name);
  console.log(`${String(small(name)).padStart(8)}  ${name}`);
}
console.log(`${String(total).padStart(8)}  first load, of at most ${PROMISED}; ${readdirSync(folder).length} files at the top`);
if (!named.some((n) => n.endsWith(".js"))) throw new Error(`${folder}/index.html names no script`);
if (total > PROMISED) throw new Error(`the first load is ${total} bytes, more than ${PROMISED}`);
if (/https?:\/\//.test(html)) throw new Error("index.html names another host");
