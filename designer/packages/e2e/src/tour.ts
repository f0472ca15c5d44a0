// Every page in somebody's menu: opens without a fault, fits a phone, is light, and has no serious accessibility fault.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBrowser, type Started } from "./browser.ts";
import { firstLoad, inspect } from "./inspect.ts";
import { startLoam, type Loam } from "./loam.ts";
import { desktop, phone, visit } from "./views.ts";
import { signIn } from "./walk.ts";

/** Tests of the menus of these people, each on a desktop and a phone; `also` are pages with a waterfall that no menu leads to. */
export function tour(logins: readonly string[], also: readonly string[] = []): void {
  let loam: Loam;
  let chromium: Started;

  before(async () => {
    chromium = await startBrowser();
    loam = await startLoam();
  });
  after(async () => {
    await chromium?.close();
    await loam?.stop();
  });

  for (const login of logins) {
    for (const view of [{ ...desktop, name: "desktop-dark", theme: "dark" as const }, phone]) {
      test(`the menu of ${login}, ${view.name}`, async () => {
        const { page, context, faults } = await visit(chromium.browser, view, login === "e0255" ? "en" : "zh-CN");
        await signIn(page, loam.url, login);
        const links = await page.locator(".nav .nav-link").evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
        assert.ok(links.length > 5, "the menu is nearly empty");
        const wrong: string[] = [];
        let record: string | null = null;
        for (const link of links) {
          const name = `tour-${login}-${link.replaceAll(/\W+/g, "-")}-${view.name}`;
          try {
            await firstLoad(page, `${loam.url}${link}`);
            await inspect(page, name);
            record ??= await page.locator("#list .row-link[href]").first().getAttribute("href", { timeout: 100 }).catch(() => null);
          } catch (fault) {
            wrong.push(`${link}: ${fault instanceof Error ? fault.message : String(fault)}`);
          }
        }
        for (const link of also) {
          await firstLoad(page, `${loam.url}${link}`);
          await page.locator("main svg.chart-waterfall").first().waitFor();
          await inspect(page, `tour-${login}-${link.replaceAll(/\W+/g, "-")}-${view.name}`);
        }
        // A record, its history and its form are pages of their own.
        assert.ok(record, "no list of the menu has a record");
        const address = new URL(record, loam.url).href;
        await firstLoad(page, address);
        const more = await page.locator(".tabs a, a.button[href*='/edit']").evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
        assert.ok(more.length > 1, `the record ${record} has neither tabs nor a form`);
        for (const link of more) await firstLoad(page, new URL(link, address).href);
        assert.deepEqual([...wrong, ...faults], []);
        await context.close();
      });
    }
  }
}
