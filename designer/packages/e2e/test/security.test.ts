// Signing in for real: every page of it fits a phone and has no serious accessibility fault, and a second factor is set up and asked for.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { startBrowser, type Started } from "../src/browser.ts";
import { inspect } from "../src/inspect.ts";
import { startLoam, type Loam } from "../src/loam.ts";
import { desktop, phone, visit } from "../src/views.ts";
import { password, signIn } from "../src/walk.ts";

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

const pages: Record<string, string[]> = {
  security: ["/accounts", "/rules", "/security", "/security/code", "/prove", "/me"],
  admin: ["/accounts", "/outbox"],
};

for (const [login, paths] of Object.entries(pages)) {
  for (const [view, language] of [[{ ...desktop, name: "desktop-dark", theme: "dark" as const }, "en"], [phone, "zh-CN"]] as const) {
    test(`the pages of ${login}, ${view.name}`, async () => {
      const { page, context, faults } = await visit(chromium.browser, view, language);
      await signIn(page, loam.url, login);
      const wrong: string[] = [];
      for (const path of paths) {
        try {
          await page.goto(`${loam.url}${path}?lang=${language}`);
          await page.getByRole("heading", { level: 1 }).waitFor();
          await inspect(page, `security-${login}-${path.replaceAll(/\W+/g, "-")}-${view.name}`);
        } catch (fault) {
          wrong.push(`${path}: ${fault instanceof Error ? fault.message : String(fault)}`);
        }
      }
      assert.deepEqual([...wrong, ...faults], []);
      await context.close();
    });
  }
}

test("a second factor is set up by keyboard and asked for at the next sign-in", async () => {
  const { page, context, faults } = await visit(chromium.browser, phone);
  await signIn(page, loam.url, "audit");
  await page.goto(`${loam.url}/security/code`);
  const secret = (await page.locator("main p code").innerText()).replaceAll(" ", "");
  await page.getByLabel("验证码", { exact: true }).focus();
  await page.keyboard.type(code(secret, 0));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "恢复码" }).waitFor();
  await inspect(page, "security-recovery");
  const recovery = await page.locator(".item code").first().innerText();
  await context.clearCookies();
  await page.goto(`${loam.url}/sign-in`);
  await page.locator("input[name=login]").fill("audit");
  await page.locator("input[name=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "验证码" }).waitFor();
  await inspect(page, "security-code");
  await page.keyboard.type(recovery);
  await page.keyboard.press("Enter");
  await page.locator(".shell .nav").waitFor({ state: "attached" });
  assert.deepEqual(faults, []);
  await context.close();
});

/** The code of a secret, so many steps from now. */
function code(secret: string, steps: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", bytes).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}
