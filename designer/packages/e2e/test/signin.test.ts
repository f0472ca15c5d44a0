// The first page anyone meets: it opens in both themes and sizes, weighs little, and refuses a wrong password in words.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBrowser, type Started } from "../src/browser.ts";
import { firstLoad, inspect } from "../src/inspect.ts";
import { startLoam, type Loam } from "../src/loam.ts";
import { desktop, views, visit } from "../src/views.ts";

let loam: Loam;
let chromium: Started;

before(async () => {
  // One after the other: what has started must be known to `after`, or it would keep a failed run from ending.
  chromium = await startBrowser();
  loam = await startLoam();
});
after(async () => {
  await chromium?.close();
  await loam?.stop();
});

for (const view of views) {
  test(`sign-in page, ${view.name}`, async () => {
    const { page, context, faults } = await visit(chromium.browser, view);
    await firstLoad(page, `${loam.url}/sign-in`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await inspect(page, `sign-in-${view.name}`);
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("a wrong password is refused in words", async () => {
  const { page, context } = await visit(chromium.browser, desktop);
  await page.goto(`${loam.url}/sign-in`);
  await page.locator("input[name=login]").fill("nobody");
  await page.locator("input[name=password]").fill("not the password");
  await page.locator("form[action='/sign-in'] button[type=submit]").click();
  await page.getByRole("alert").waitFor();
  await context.close();
});
