// ONNX files in onnxruntime, C files through a C99 compiler: both against the library.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { checkAnswers, codesOf, distance, goldenPixels, makeModels, pixelsOf } from './lib.mjs';

const { folder, models } = makeModels();

function feedOf(one, pixels) {
  if (one.text === undefined) return { image: new ort.Tensor('uint8', pixels, [one.height, one.width, 3]) };
  const codes = codesOf(one.text);
  return { codes: new ort.Tensor('int64', codes, [codes.length]) };
}

// ModelProto.metadata_props (field 14), by hand: the runtime for Node does not give them.
function notesOf(bytes) {
  const notes = {};
  let at = 0;
  const number = () => {
    let value = 0, scale = 1, byte;
    do { byte = bytes[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte & 128);
    return value;
  };
  const fields = (end) => {
    const seen = [];
    while (at < end) {
      const head = number();
      if ((head & 7) === 0) { number(); continue; }
      assert.equal(head & 7, 2);
      const length = number();
      seen.push([head >> 3, at, at + length]);
      at += length;
    }
    return seen;
  };
  for (const [field, from, end] of fields(bytes.length)) {
    if (field !== 14) continue;
    at = from;
    const [key, value] = fields(end).map(([, a, b]) => bytes.subarray(a, b).toString('utf8'));
    notes[key] = value;
  }
  return notes;
}

for (const model of models) {
  test(`${model.name}: onnxruntime gives the library's probabilities`, async () => {
    const file = readFileSync(join(folder, `${model.name}.onnx`));
    const session = await ort.InferenceSession.create(file);
    const answers = [];
    for (const one of model.cases) {
      const out = await session.run(feedOf(one, one.ppm && pixelsOf(folder, one)));
      const p = Array.from(out.probabilities.data);
      assert.equal(Number(out.class.data[0]), p.indexOf(Math.max(...p)));
      answers.push(p);
    }
    checkAnswers(model, answers);

    const notes = notesOf(file);
    assert.deepEqual(JSON.parse(notes.classes), model.classes);
    assert.equal(notes.title, model.title);
    const golden = JSON.parse(notes.golden);
    assert.ok(golden.length >= 4);
    for (const g of golden) {
      const out = await session.run(feedOf(g, g.text === undefined && goldenPixels(g)));
      const scores = Array.from(out.scores.data);
      assert.ok(distance(scores, g.scores) <= 1e-4 * (1 + Math.max(...g.scores.map(Math.abs))));
    }
  });

  test(`${model.name}: the C file compiles without a warning, checks itself and gives the library's probabilities`, () => {
    const program = join(folder, model.name);
    const source = `${program}.c`;
    execFileSync('cc', ['-std=c99', '-O2', '-Wall', '-Wextra', '-Werror', '-pedantic', '-DMODEL_MAIN', source, '-lm', '-o', program]);
    execFileSync(program, ['--check']);
    const said = model.kind === 'image'
      ? execFileSync(program, model.cases.map((one) => join(folder, one.ppm)))
      : execFileSync(program, { input: model.cases.map((one) => `${one.text}\n`).join('') });
    // a class's name may have a line break in it, so the numbers are the lines that are all numbers
    const answers = said.toString('utf8').split('\n').filter((line) => /^[\d.e+-]+( [\d.e+-]+)+$/.test(line))
      .map((line) => line.split(' ').map(Number));
    checkAnswers(model, answers);
    for (const [i, name] of model.classes.entries())
      if (answers.some((p) => p.indexOf(Math.max(...p)) === i)) assert.ok(said.toString('utf8').includes(`${i} ${name}\n`));
    console.log(`${model.name}: C ${statSync(source).size} bytes, ONNX ${statSync(`${program}.onnx`).size}, page ${statSync(`${program}.html`).size}`);
  });

  test(`${model.name}: a changed weight fails the C file's self-check`, () => {
    const program = join(folder, `${model.name}-broken`);
    const source = readFileSync(join(folder, `${model.name}.c`), 'utf8');
    const name = model.kind === 'image' ? 'WEIGHTS_0' : 'BIAS';
    const broken = source.replace(new RegExp(`(${name}\\[\\] = \\{\\n)`), '$1100,');
    assert.notEqual(broken, source);
    execFileSync('cc', ['-std=c99', '-O1', '-DMODEL_MAIN', '-w', '-x', 'c', '-', '-lm', '-o', program], { input: broken });
    assert.throws(() => execFileSync(program, ['--check'], { stdio: 'pipe' }));
  });
}
