// Signing in by another service, with a real one: described by the security administrator, tied by its owner, signed in by, and asked for
// a proof; on a desk and on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { startBrowser, type Started } from "../src/browser.ts";
import { inspect } from "../src/inspect.ts";
import { freePort, startLoam, type Loam } from "../src/loam.ts";
import { startService, type Service } from "../src/provider.ts";
import { desktop, phone, visit } from "../src/views.ts";
import { signIn } from "../src/walk.ts";

const secret = "known-to-two-servers-only";
let loam: Loam;
let service: Service;
let chromium: Started;

before(async () => {
  chromium = await startBrowser();
  const port = await freePort();
  service = await startService("loam", secret, `http://127.0.0.1:${port}/sign-in/with/corp/callback`);
  loam = await startLoam(undefined, { port, variables: { LOAM_OIDC_SECRET_CORP: secret } });
});
after(async () => {
  await chromium?.close();
  await loam?.stop();
  await service?.stop();
});

/** Says at the service who one is, and that Loam may know. */
async function sayWho(page: Page, login: string): Promise<void> {
  await page.waitForURL((url) => url.origin === service.issuer);
  // Its own pages ask for fonts from far away; that they are refused is no fault of ours.
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("anything");
  await page.locator("button[type=submit]").click();
}

async function agree(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Continue" }).click();
}

test("the security administrator describes the service", async () => {
  const { page, context, faults } = await visit(chromium.browser, desktop);
  await signIn(page, loam.url, "security");
  await page.goto(`${loam.url}/providers`);
  await inspect(page, "providers-none");
  const fill = async (label: string, text: string): Promise<void> => page.getByLabel(label, { exact: true }).last().fill(text);
  await fill("代号", "corp");
  await fill("中文名称", "集团统一身份");
  await fill("英文名称", "Head Office");
  await fill("签发方地址（issuer）", "http://127.0.0.1:9");
  await fill("客户端标识（client_id）", "loam");
  await page.getByRole("button", { name: "保存" }).last().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "暂时连接不上" }).waitFor();
  await fill("签发方地址（issuer）", service.issuer);
  await page.getByRole("button", { name: "保存" }).last().click();
  await page.getByText("LOAM_OIDC_SECRET_CORP").waitFor();
  await page.getByText("本节点已设置").waitFor();
  await page.getByText(`${loam.url}/sign-in/with/corp/callback`).waitFor();
  await page.getByText("修改 集团统一身份").click();
  await inspect(page, "providers-one");
  await page.setViewportSize({ width: phone.width, height: phone.height });
  await inspect(page, "providers-phone");
  // The page that was refused is told as such in the console.
  assert.deepEqual(faults.filter((fault) => !fault.includes("422")), []);
  await context.close();
});

for (const [view, login] of [[desktop, "e0130"], [phone, "e0123"]] as const) {
  test(`somebody ties who they are, signs in by it and proves it, ${view.name}`, async () => {
    const { page, context } = await visit(chromium.browser, view);
    await page.route(/fonts\.g/, (route) => route.abort());
    await signIn(page, loam.url, login);
    await page.goto(`${loam.url}/security`);
    await inspect(page, `identities-none-${view.name}`);
    await page.getByRole("button", { name: "关联集团统一身份" }).click();
    await sayWho(page, `person-${login}`);
    await agree(page);
    await page.getByRole("heading", { level: 1, name: "账号安全" }).waitFor();
    await page.getByText(`person-${login}`).waitFor();
    await inspect(page, `identities-one-${view.name}`);

    // Signing out ends our session only: the service still knows them, and lets them in without a word.
    await page.context().clearCookies({ domain: "127.0.0.1" });
    await page.goto(`${loam.url}/sign-in?next=/me`);
    const link = page.getByRole("link", { name: "使用集团统一身份登录" });
    await link.focus();
    await inspect(page, `sign-in-elsewhere-${view.name}`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${loam.url}/me`);
    await page.locator("dd", { hasText: login }).first().waitFor();

    // A proof is asked for anew.
    await page.goto(`${loam.url}/prove?next=/security`);
    await inspect(page, `prove-elsewhere-${view.name}`);
    await page.getByRole("button", { name: "通过集团统一身份验证" }).click();
    await sayWho(page, `person-${login}`);
    await page.getByRole("heading", { level: 1, name: "账号安全" }).waitFor();

    // From a browser that nobody is known in.
    await context.clearCookies();
    await page.goto(`${loam.url}/sign-in?lang=en`);
    await page.getByRole("link", { name: "Sign in with Head Office" }).click();
    await sayWho(page, "a stranger");
    await agree(page);
    await page.getByRole("alert").filter({ hasText: "Your name there: a stranger" }).waitFor();
    await inspect(page, `elsewhere-nobody-${view.name}`);
    await context.close();
  });
}
