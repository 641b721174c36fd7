// The models that `make` wrote, and what is asked of whoever runs them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const LARGEST_DIFFERENCE = 1e-5;

// Makes the models in a folder of their own, which goes when the tests end.
export function makeModels() {
  const folder = mkdtempSync(join(tmpdir(), 'exemplar-take-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.env.EXEMPLAR_TAKE_MAKE, [folder]);
  const models = JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8'));
  return { folder, models };
}

export function pixelsOf(folder, one) {
  return new Uint8Array(readFileSync(join(folder, one.ppm)).subarray(one.at));
}

export function codesOf(text) {
  return BigInt64Array.from([...text], (c) => BigInt(c.codePointAt(0)));
}

// The golden input of a model's own notes (docs/take-away.md), as a runtime takes it.
export function goldenPixels(g) {
  const pixels = new Uint8Array(g.height * g.width * 3);
  let to = 0;
  for (let y = 0; y < g.height; y++) for (let x = 0; x < g.width; x++) for (let c = 0; c < 3; c++)
    pixels[to++] = x * (3 + g.step) + y * (5 + g.step) + 70 * c + 11 * Math.floor(x / 5) * Math.floor(y / 7);
  return pixels;
}

export function distance(a, b) {
  assert.equal(a.length, b.length);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]), Number.isFinite(x) ? 0 : Infinity), 0);
}

// Probabilities agree to 1e-5, and are not all alike from one input to the next.
export function checkAnswers(model, answers) {
  const worst = Math.max(...model.cases.map((one, i) => distance(answers[i], one.probabilities)));
  assert.ok(worst <= LARGEST_DIFFERENCE, `${model.name}: ${worst} from the library's answer`);
  assert.ok(distance(answers[0], answers[1]) > 1e-3, `${model.name}: answers do not depend on the input`);
  console.log(`${model.name}: largest difference ${worst.toExponential(1)}`);
}
