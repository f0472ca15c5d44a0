// Signing in for real: every page of it is light, fits a phone and has no serious accessibility fault, and a second factor is set up and
// asked for.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { startBrowser, type Started } from "../src/browser.ts";
import { firstLoad, inspect } from "../src/inspect.ts";
import { byKeyboard } from "../src/keyboard.ts";
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
  security: ["/accounts", "/rules", "/providers", "/access", "/stand-ins", "/security", "/security/code", "/prove", "/me"],
  admin: ["/accounts", "/outbox"],
  audit: ["/audit"],
  e0123: ["/stand-ins", "/security", "/me/looks"],
};

for (const [login, paths] of Object.entries(pages)) {
  for (const [view, language] of [[{ ...desktop, name: "desktop-dark", theme: "dark" as const }, "en"], [phone, "zh-CN"]] as const) {
    test(`the pages of ${login}, ${view.name}`, async () => {
      const { page, context, faults } = await visit(chromium.browser, view, language);
      await signIn(page, loam.url, login);
      const wrong: string[] = [];
      for (const path of paths) {
        try {
          await firstLoad(page, `${loam.url}${path}?lang=${language}`);
          await page.getByRole("heading", { level: 1 }).waitFor();
          await inspect(page, `security-${login}-${path.replaceAll(/\W+/g, "-")}-${view.name}`);
          // A list of a hundred rows is come to like one of ten.
          if (path !== "/accounts") await byKeyboard(page, path);
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

for (const view of [desktop, phone]) {
  test(`a passkey is made, signs in, proves and is removed, ${view.name}`, async () => {
    const { page, context, faults } = await visit(chromium.browser, view);
    const client = await context.newCDPSession(page);
    await client.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } as const;
    const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", { options });
    // Passkeys are bound to a name, so the same server is met by one.
    const url = loam.url.replace("127.0.0.1", "localhost");
    await signIn(page, url, "admin");
    await page.goto(`${url}/security`);
    await page.getByLabel("名称（如“我的手机”）").fill(`钥匙 ${view.name}`);
    await page.getByRole("button", { name: "添加通行密钥" }).click();
    const remove = page.getByRole("button", { name: `删除通行密钥 钥匙 ${view.name}` });
    await remove.waitFor();
    await inspect(page, `security-passkeys-${view.name}`);
    await page.getByRole("button", { name: "添加通行密钥" }).click();
    await page.locator("loam-passkey .error", { hasText: "这台设备已添加过通行密钥" }).waitFor();

    // Alone, by keyboard.
    await context.clearCookies();
    await page.goto(`${url}/sign-in`);
    await page.getByRole("button", { name: "使用通行密钥登录" }).focus();
    await inspect(page, `sign-in-passkey-${view.name}`);
    await page.keyboard.press("Enter");
    await page.locator(".shell .nav").waitFor({ state: "attached" });

    // After the password, and as a proof.
    await context.clearCookies();
    await page.goto(`${url}/sign-in`);
    await page.locator("input[name=login]").fill("admin");
    await page.locator("input[name=password]").fill(password);
    await page.keyboard.press("Enter");
    const use = page.getByRole("button", { name: "使用通行密钥", exact: true });
    await use.waitFor();
    await inspect(page, `security-second-passkey-${view.name}`);
    await client.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await use.click();
    await page.locator("loam-passkey .error", { hasText: "没有完成通行密钥验证" }).waitFor();
    await client.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
    await use.click();
    await page.locator(".shell .nav").waitFor({ state: "attached" });
    await page.goto(`${url}/prove?next=/security`);
    await use.click();
    await page.getByRole("heading", { level: 1, name: "账号安全" }).waitFor();
    await remove.click();
    await page.getByRole("button", { name: "添加通行密钥" }).waitFor();
    await remove.waitFor({ state: "detached" });
    assert.deepEqual(faults, []);
    await context.close();
  });
}

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
