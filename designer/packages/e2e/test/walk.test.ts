// The main job from end to end, in a browser, on a wide screen and on a phone: an employee brings a key result up to date and sees its
// lamp change; a manager answers a weekly report and lights two behaviours; human resources find a person, edit, and see the history.
// On both databases.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBrowser, type Started } from "../src/browser.ts";
import { inspect } from "../src/inspect.ts";
import { startLoam, type Loam } from "../src/loam.ts";
import { newDatabase } from "../src/postgres.ts";
import { desktop, phone, visit } from "../src/views.ts";
import { counters, fact, go, pick, save, signIn, tab } from "../src/walk.ts";

const employee = "e0130";
const manager = "e0123";
const humanResources = "e0255";
const someone = { name: "毛卫信", initials: "mwx" };

let loam: Loam | undefined;
let chromium: Started;

before(async () => {
  chromium = await startBrowser();
});
after(() => chromium?.close());

describe("on SQLite", () => {
  before(async () => {
    loam = await startLoam();
  });
  after(() => loam?.stop());
  walk("sqlite");
});

describe("on PostgreSQL", { skip: process.env["LOAM_TEST_DATABASES"] === "sqlite" }, () => {
  before(async () => {
    loam = await startLoam(await newDatabase());
  });
  after(() => loam?.stop());
  walk("postgres");
});

function walk(database: string): void {
  for (const view of [desktop, phone]) {
    test(`an employee updates a key result and its lamp changes, ${view.name}`, async () => {
      const { page, context, faults } = await visit(chromium.browser, view);
      assert.ok(loam);
      await signIn(page, loam.url, employee);
      await inspect(page, `walk-home-employee-${view.name}-${database}`);
      await go(page, "我的关键结果");
      await inspect(page, `walk-key-results-${view.name}-${database}`);
      await page.locator(".row-link").first().click();
      const lamp = fact(page, "红黄灯").locator(".lamp");
      const target = (await fact(page, "目标值").innerText()).replaceAll(",", "");
      await inspect(page, `walk-key-result-${view.name}-${database}`);
      // What a lamp says of the middle of a cycle depends on the day; long forgotten and done are the same on every day.
      const longAgo = new Date(Date.now() - 60 * 24 * 3600 * 1000).toISOString().slice(0, 10);
      await page.getByRole("link", { name: "编辑" }).click();
      await page.getByLabel("当前值").fill(await page.getByLabel("起始值").inputValue());
      await page.getByLabel("更新日期").fill(longAgo);
      await inspect(page, `walk-key-result-form-${view.name}-${database}`);
      await save(page);
      assert.equal(await lamp.innerText(), "未更新");
      await page.getByRole("link", { name: "编辑" }).click();
      await page.getByLabel("当前值").fill(target);
      // The day of the value follows it, before anything is saved.
      const today = new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
      await page.waitForFunction((day) => document.querySelector<HTMLInputElement>("input[name=updated_on]")?.value === day, today);
      // A list that stands open meanwhile, in another window, follows without being asked.
      const beside = await visit(chromium.browser, view);
      await signIn(beside.page, loam.url, employee);
      await go(beside.page, "我的关键结果");
      const before = await beside.page.locator("#list").innerText();
      await save(page);
      assert.equal(await lamp.innerText(), "正常");
      await beside.page.waitForFunction((was) => document.querySelector<HTMLElement>("#list")?.innerText !== was, before);
      await beside.page.locator(".live-hint").waitFor();
      assert.deepEqual(beside.faults, []);
      await beside.context.close();
      await page.locator(`main .lamp`).first().waitFor();
      await inspect(page, `walk-key-result-changed-${view.name}-${database}`);
      assert.deepEqual(faults, []);
      await context.close();
    });

    test(`a manager answers a weekly report and lights two behaviours, ${view.name}`, async () => {
      const { page, context, faults } = await visit(chromium.browser, view);
      assert.ok(loam);
      await signIn(page, loam.url, manager);
      await go(page, "团队周报");
      await inspect(page, `walk-weekly-reports-${view.name}-${database}`);
      await page.locator(".row-link").first().click();
      await tab(page, "快评");
      await page.locator("main .card-head").getByRole("link", { name: /快评/ }).click();
      const words = `写得清楚，下周一起看数据（${view.name}）`;
      await page.getByLabel("态度").selectOption({ label: "点赞" });
      await page.getByLabel("一句话点评").fill(words);
      await inspect(page, `walk-comment-form-${view.name}-${database}`);
      await save(page);
      await page.getByText(words).first().waitFor();
      await inspect(page, `walk-comment-${view.name}-${database}`);

      await go(page, "团队成员");
      await page.locator(".row-link").nth(view === desktop ? 0 : 1).click();
      await tab(page, "行为统计");
      const before = await counters(page);
      await tab(page, "点亮记录");
      await page.locator("main .card-head").getByRole("link", { name: /点亮/ }).click();
      await pick(page, "胜任力标签", 0);
      await pick(page, "胜任力标签", 1);
      assert.equal(await page.locator("[data-field=tags] .chip").count(), 2);
      const lit = await page.locator("[data-field=tags] select").evaluate((select: HTMLSelectElement) => [...select.selectedOptions].map((option) => option.text));
      await inspect(page, `walk-behaviour-form-${view.name}-${database}`);
      await save(page);
      await inspect(page, `walk-behaviour-${view.name}-${database}`);
      // Both are there in a page that is opened anew, and each is counted once more.
      await page.reload();
      await lit.reduce((rows, tag) => rows.filter({ hasText: tag }), page.locator("main tbody tr")).first().waitFor();
      await tab(page, "行为统计");
      const after = await counters(page);
      for (const tag of lit) assert.equal(after.get(tag), (before.get(tag) ?? 0) + 1, tag);
      await inspect(page, `walk-behaviours-counted-${view.name}-${database}`);
      assert.deepEqual(faults, []);
      await context.close();
    });

    test(`human resources find a person, edit, and see the history, ${view.name}`, async () => {
      const { page, context, faults } = await visit(chromium.browser, view);
      assert.ok(loam);
      await signIn(page, loam.url, humanResources);
      await page.getByRole("searchbox", { name: "全局搜索" }).fill(someone.name);
      await page.locator(".search-drop").getByRole("link", { name: someone.name, exact: true }).first().waitFor();
      await inspect(page, `walk-search-drop-${view.name}-${database}`);
      await page.keyboard.press("Enter");
      await page.getByRole("link", { name: someone.name, exact: true }).first().waitFor();
      await inspect(page, `walk-search-${view.name}-${database}`);
      await go(page, "人员");
      await inspect(page, `walk-people-${view.name}-${database}`);
      await page.getByPlaceholder("关键字").fill(someone.initials);
      // The list is replaced while one types; a link of the one before would go with it.
      await page.waitForURL((address) => address.searchParams.get("q") === someone.initials);
      await page.getByRole("link", { name: someone.name, exact: true }).click();
      await page.getByRole("heading", { level: 1, name: someone.name }).waitFor();
      await inspect(page, `walk-person-${view.name}-${database}`);
      await page.getByRole("link", { name: "编辑" }).click();
      const phoneNumber = view === desktop ? "13900000001" : "13900000002";
      await page.getByLabel("手机号").fill(phoneNumber);
      await inspect(page, `walk-person-form-${view.name}-${database}`);
      await save(page);
      await tab(page, "变更历史");
      await page.locator(".timeline ins", { hasText: phoneNumber }).first().waitFor();
      await inspect(page, `walk-history-${view.name}-${database}`);
      assert.deepEqual(faults, []);
      await context.close();
    });
  }
}
