// In a real browser: ONNX files in onnxruntime-web, and the page that asks no network.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { checkAnswers, makeModels, pixelsOf } from './lib.mjs';

const { chromium } = createRequire(resolve('../browser/lib.mjs'))('playwright-core');
const CHROMIUM = process.env.EXEMPLAR_CHROMIUM ?? '/usr/bin/chromium';
const SCREENSHOTS = process.env.EXEMPLAR_SCREENSHOTS ?? resolve('../../build/release/screenshots');
const AXE = readFileSync(createRequire(resolve('../browser/lib.mjs')).resolve('axe-core/axe.min.js'), 'utf8');
const RUNTIME = resolve('node_modules/onnxruntime-web/dist');
const TYPES = { mjs: 'text/javascript', wasm: 'application/wasm', html: 'text/html', onnx: 'application/octet-stream' };
const { folder, models } = makeModels();

let browser, server, address;
before(async () => {
  server = createServer((request, reply) => {
    const name = basename(request.url);
    const from = name.endsWith('.onnx') ? folder : RUNTIME;
    reply.setHeader('content-type', TYPES[name.split('.').pop()] ?? 'text/html');
    reply.end(name === '' || name === 'favicon.ico' ? '<!doctype html><title>runtime</title>' : readFileSync(join(from, name)));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${server.address().port}/`;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--headless', '--no-sandbox', '--disable-gpu',
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });
});
after(async () => {
  await browser?.close();
  server.close();
});

const dataOf = (one) => one.text === undefined
  ? { height: one.height, width: one.width, pixels: Buffer.from(pixelsOf(folder, one)).toString('base64') }
  : { text: one.text };

test('onnxruntime-web gives the library\'s probabilities', async () => {
  const page = await browser.newPage();
  await page.goto(address);
  await page.evaluate(async (from) => {
    globalThis.ort = await import(`${from}ort.wasm.min.mjs`);
    ort.env.wasm.wasmPaths = from;
    ort.env.wasm.numThreads = 1;
  }, address);
  for (const model of models) {
    const answers = await page.evaluate(async ({ url, cases }) => {
      const session = await ort.InferenceSession.create(url);
      const all = [];
      for (const one of cases) {
        const codes = one.text !== undefined && BigInt64Array.from([...one.text], (c) => BigInt(c.codePointAt(0)));
        const feed = codes ? { codes: new ort.Tensor('int64', codes, [codes.length]) }
          : { image: new ort.Tensor('uint8', Uint8Array.from(atob(one.pixels), (c) => c.charCodeAt(0)), [one.height, one.width, 3]) };
        all.push(Array.from((await session.run(feed)).probabilities.data));
      }
      return all;
    }, { url: `${address}${model.name}.onnx`, cases: model.cases.map(dataOf) });
    checkAnswers(model, answers);
  }
  await page.close();
});

// Opened from the disk, without a network; anything asked of one is a failure.
async function openPage(name, size) {
  const context = await browser.newContext({ viewport: size, offline: true, permissions: [] });
  const page = await context.newPage();
  const asked = [];
  page.on('request', (request) => { if (!/^(file|blob|data):/.test(request.url())) asked.push(request.url()); });
  page.on('pageerror', (e) => assert.fail(`the page fails: ${e.stack ?? e.message}`));
  await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
  return { page, asked, close: () => context.close() };
}

for (const model of models) {
  test(`${model.name}: the page checks itself and gives the library's probabilities`, async () => {
    const { page, asked, close } = await openPage(model.name, { width: 360, height: 740 });
    await page.getByText('Self-check passed').waitFor();
    assert.equal(await page.locator('h1').textContent(), model.title);
    const answers = await page.evaluate((cases) => cases.map((one) => {
      if (one.text !== undefined) return probabilitiesOf(scoresOfText(one.text));
      const rgb = Uint8Array.from(atob(one.pixels), (c) => c.charCodeAt(0));
      const rgba = new Uint8ClampedArray(one.width * one.height * 4).fill(255);
      for (let i = 0; i < rgb.length; i++) rgba[Math.floor(i / 3) * 4 + i % 3] = rgb[i];
      return probabilitiesOf(scoresOfPicture(rgba, one.width, one.height));
    }), model.cases.map(dataOf));
    checkAnswers(model, answers);
    assert.deepEqual(asked, []);
    await close();
  });
}

async function checkReading(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run());
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the screen');
  await page.screenshot({ path: join(SCREENSHOTS, `take-${name}.png`), fullPage: true });
}

test('a text that is typed is classified as it is typed', async () => {
  const { page, asked, close } = await openPage('text-int8', { width: 360, height: 740 });
  await page.getByLabel('Type or paste a text').fill('call NOW and win a free prize');
  await page.locator('#bars li').first().waitFor();
  assert.equal(await page.locator('#bars li').count(), 3);
  assert.equal(await page.locator('#bars li span').first().textContent(), models[0].classes[0]);
  assert.match(await page.locator('#answer').textContent(), /\d+ %$/);
  await checkReading(page, 'text');
  assert.deepEqual(asked, []);
  await close();
});

test('a photo from a file and the camera\'s pictures are classified', async () => {
  const { page, asked, close } = await openPage('colour-int8', { width: 360, height: 740 });
  const drawn = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 60;
    const pen = canvas.getContext('2d');
    for (let i = 0; i < 60; i += 12) pen.fillRect(i, 0, 6, 60);
    return canvas.toDataURL('image/png').split(',')[1];
  });
  await page.getByLabel('Choose a photo').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(drawn, 'base64') });
  await page.locator('#bars li').first().waitFor();
  await page.locator('#canvas').waitFor({ state: 'visible' });
  await checkReading(page, 'photo');
  await page.getByLabel('Choose a photo').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await page.getByText('This file is not a picture').waitFor();
  await page.getByRole('button', { name: 'Use the camera' }).click();
  await page.locator('#video').waitFor({ state: 'visible' });
  await page.waitForFunction(() => / %$/.test(document.getElementById('answer').textContent));
  await page.getByRole('button', { name: 'Stop the camera' }).click();
  await page.locator('#video').waitFor({ state: 'hidden' });
  assert.deepEqual(asked, []);
  await close();
});
