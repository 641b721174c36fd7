/* A newcomer without data labels within a minute; on a phone, by touch. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, looks, open, setUp, shot } from "./lib.mjs";

const SECONDS = 1000;

test("the sample projects", { timeout: 150 * SECONDS }, async (t) => {
  const room = await open();
  const context = await room.context({ viewport: PHONE, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  const page = await room.page(context);
  try {
    await page.goto(room.link);
    await setUp(room, page);

    for (const [kind, button, what] of [["pictures", "Try it with generated pictures", ".stage img"], ["sentences", "… with generated sentences", ".text-item"]]) {
      await t.test(`generated ${kind} can be labelled by touch within a minute`, async () => {
        const began = Date.now();
        await page.goto(`${room.url}/#/`);
        await page.getByRole("button", { name: button }).tap();
        await page.getByRole("link", { name: "Start labelling" }).tap({ timeout: 60 * SECONDS });
        await page.locator(what).waitFor();
        for (let n = 0; n < 5; n += 1) {
          const before = await page.locator(".count").textContent();
          await page.locator(".choice").nth(n % 2).tap();
          await page.waitForFunction((b) => document.querySelector(".count").textContent !== b, before);
        }
        await page.getByText(/^Stored as no\. \d+$/).waitFor();
        assert.ok(Date.now() - began < 60 * SECONDS, "it took more than a minute");
        const box = await page.locator(".choice").first().boundingBox();
        assert.ok(box.height >= 44, `a class button is only ${box.height} pixels high for a thumb`);
        const bottom = await page.evaluate(() => [...document.querySelectorAll(".action")].every((b) => b.getBoundingClientRect().bottom <= innerHeight));
        assert.ok(bottom, "every answer is on the screen without scrolling");
        await page.getByRole("button", { name: "Undo" }).tap();
        await page.waitForFunction(() => /(^|\D)5 /.test(document.querySelector(".count").textContent));
        await shot(page, `50-phone-${kind}`);
      });
    }
    await t.test("their pages look right", async () => {
      await looks(page, "51-sample");
    });
  } catch (failure) {
    await shot(page, "failed-samples").catch(() => undefined);
    throw failure;
  } finally {
    await room.close();
  }
});
