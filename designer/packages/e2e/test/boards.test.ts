// Boards: narrowed by clicking, compared, saved as files with Chinese letters; a department's first board, put together in at most
// twelve interactions; and cards that move and stay where they were moved to.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import { startBrowser, type Started } from "../src/browser.ts";
import { prepareFonts } from "../src/fonts.ts";
import { inspect } from "../src/inspect.ts";
import { startLoam, type Loam } from "../src/loam.ts";
import { desktop, phone, visit } from "../src/views.ts";
import { signIn, tab } from "../src/walk.ts";

let loam: Loam;
let chromium: Started;
const folder = mkdtempSync(join(tmpdir(), "loam-fonts-"));

before(async () => {
  chromium = await startBrowser();
  loam = await startLoam(undefined, { variables: { LOAM_FONTS: join(dirname(prepareFonts(folder)), "fonts") } });
});
after(async () => {
  await chromium?.close();
  await loam?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a department's first board takes at most twelve interactions", async () => {
  const { page, context, faults } = await visit(chromium.browser, desktop);
  await signIn(page, loam.url, "e0111");
  let interactions = 0;
  const acts = async (act: Promise<unknown>): Promise<void> => {
    await act;
    interactions += 1;
  };
  await acts(page.locator(".nav").getByRole("link", { name: "部门看板", exact: true }).click());
  await acts(page.getByRole("link", { name: "新建部门看板" }).first().click());
  await inspect(page, "board-form");
  const unit = page.getByLabel("部门", { exact: true });
  const wanted = await unit.locator("option", { hasText: "客服" }).first().getAttribute("value");
  await acts(unit.selectOption(wanted));
  for (const term of ["首呼解决率", "情绪安抚成功率", "表扬工单", "培训完成率", "二次投诉率"]) {
    const box = page.getByRole("checkbox", { name: term, exact: true });
    if ((await box.count()) > 0) await acts(box.check());
  }
  await acts(page.getByRole("radio", { name: /^走势/ }).check());
  await acts(page.getByRole("button", { name: "发布看板" }).click());
  await page.locator(".tile").first().waitFor();
  assert.ok(interactions <= 12, `${interactions} interactions`);
  assert.ok((await page.locator(".tile").count()) >= 6, "a number and a line for each term");
  await inspect(page, "board-made");
  await page.setViewportSize({ width: phone.width, height: phone.height });
  await inspect(page, "board-made-phone");
  // Its maker goes on in the same form.
  await page.setViewportSize({ width: desktop.width, height: desktop.height });
  await page.getByRole("link", { name: "编辑看板" }).click();
  await page.getByLabel("看板名称").fill("客服走势");
  await page.getByRole("button", { name: "保存", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "客服走势" }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("a bar leads down, the chip leads back", async () => {
  const { page, context, faults } = await visit(chromium.browser, desktop);
  await signIn(page, loam.url, "e0111");
  await page.goto(`${loam.url}/p/measures`);
  await inspect(page, "measures");
  const tile = page.locator(".tile", { has: page.getByRole("heading", { name: "各科室门诊量" }) });
  await tile.locator("svg a").first().click();
  await page.getByRole("heading", { name: "各科室门诊量 · 岗位" }).waitFor();
  assert.match(page.url(), /only\.person\.unit=/);
  await inspect(page, "measures-down");
  await page.getByLabel("对比").selectOption("before");
  await page.getByRole("button", { name: "筛选" }).click();
  await page.locator(".tile-change").first().waitFor();
  assert.match(page.url(), /against=before/);
  assert.match(page.url(), /only\.person\.unit=/);
  await page.getByRole("link", { name: /^移除筛选/ }).first().click();
  await page.getByRole("heading", { name: "各科室门诊量", exact: true }).waitFor();
  assert.doesNotMatch(page.url(), /only\./);
  assert.deepEqual(faults, []);
  await context.close();
});

for (const view of [desktop, phone]) {
  test(`nine boxes lead to people, ${view.name}`, async () => {
    const { page, context, faults } = await visit(chromium.browser, view);
    await signIn(page, loam.url, "e0111");
    await page.goto(`${loam.url}/p/talent`);
    // Who stands where among others is worked out behind the first pages of a new demo.
    for (let left = 30; left > 0 && (await page.locator(".chart-nine-box a").count()) === 0; left -= 1) {
      await page.waitForTimeout(1000);
      await page.reload();
    }
    await inspect(page, `talent-${view.name}`);
    await page.locator(".chart-nine-box a").first().click();
    await page.locator("#box a").first().waitFor();
    await inspect(page, `talent-box-${view.name}`);
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("somebody is dragged into another box with a reason, and chosen back", async () => {
  const { page, context, faults } = await visit(chromium.browser, desktop);
  await signIn(page, loam.url, "e0255");
  await page.goto(`${loam.url}/p/talent`);
  await page.locator(".chart-nine-box a").first().click();
  const row = page.locator("#box tr[data-mover]").first();
  await row.waitFor();
  const name = (await row.locator("th a").first().innerText()).trim();
  const from = await row.locator("select").inputValue();
  const key = from === "low_low" ? "high_high" : "low_low";
  // Tall enough for the row and the drawing; a browser tells of a place only when the pointer moves within it.
  await page.setViewportSize({ width: desktop.width, height: 1600 });
  await row.locator("th").hover();
  await page.mouse.down();
  for (let moves = 0; moves < 2; moves += 1) await page.locator(`.chart-nine-box [data-key=${key}]`).hover({ position: { x: 20 + moves * 4, y: 20 } });
  await page.mouse.up();
  // The reason is asked for before anything is sent.
  assert.equal(await row.locator("select").inputValue(), key);
  assert.equal(await row.locator("input[name=reason]").evaluate((input: HTMLInputElement) => document.activeElement === input), true);
  await inspect(page, "talent-move");
  await row.locator("input[name=reason]").fill("带教任务重，业绩另计");
  await row.locator("input[name=reason]").press("Enter");
  await page.waitForURL((url) => url.searchParams.get("box")?.endsWith(key) ?? false);
  const moved = page.locator("#box tr[data-mover]", { has: page.getByRole("link", { name, exact: true }) });
  await moved.getByText("按数据应为").waitFor();
  // Without dragging: the same by a choice.
  await moved.locator("select").selectOption(from);
  await moved.locator("input[name=reason]").fill("复核后维持原位");
  await moved.getByRole("button", { name: "调整" }).click();
  await page.waitForURL((url) => url.searchParams.get("box")?.endsWith(from) ?? false);
  await page.locator("#box").getByRole("link", { name, exact: true }).first().waitFor();
  await page.setViewportSize({ width: phone.width, height: phone.height });
  await inspect(page, "talent-moved-phone");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a card moved by keyboard and by pointer stays there, and its history tells", async () => {
  const { page, context, faults } = await visit(chromium.browser, desktop);
  await signIn(page, loam.url, "e0123");
  // A task of their own goal, beside those of the people they lead, which they only see.
  const own = encodeURIComponent('key_result.objective.owner == actor.person && key_result.objective.cycle.status == "running"');
  const answer = await context.request.get(`${loam.url}/api/v1/performance-management/task?limit=1&filter=${own}`);
  assert.equal(answer.status(), 200, await answer.text());
  const task = ((await answer.json()) as { items: { id: string; key_result: string; status: string }[] }).items[0];
  assert.ok(task, "the head of a department has no task");
  await page.goto(`${loam.url}/p/task-board?key_result=${task.key_result}`);
  const lane = (place: number): Locator => page.locator(".board-column").nth(place);
  const card = (place: number): Locator => lane(place).locator(`.board-card[data-url$="${task.id}"]`);
  const from = ["todo", "doing", "done"].indexOf(task.status);
  const beside = from < 2 ? from + 1 : 1;
  const other = 3 - from - beside;
  const labels = await page.locator(".board-column .board-title").allInnerTexts();
  const moved = (place: number): Promise<void> => page.getByText(`已移到“${labels[place]}”`).waitFor();

  await card(from).locator(".board-card-title").focus();
  await page.keyboard.press(beside > from ? "Alt+ArrowRight" : "Alt+ArrowLeft");
  await moved(beside);
  await page.reload();
  await card(beside).waitFor();
  assert.equal(await card(from).count(), 0);

  // By its edge, where no link is; a browser tells of a place only when the pointer moves within it.
  await card(beside).hover({ position: { x: 6, y: 6 } });
  await page.mouse.down();
  for (let moves = 0; moves < 2; moves += 1) await lane(other).locator(".board-head").hover({ position: { x: 20 + moves * 4, y: 10 } });
  await page.mouse.up();
  await moved(other);
  await page.reload();
  await card(other).locator(".board-card-title").click();
  await tab(page, "变更历史");
  const changes = page.locator(".timeline .changes");
  const told = await changes.evaluateAll((all) => all.slice(0, 2).map((one) => ["del", "ins"].map((part) => one.querySelector(part)?.textContent)));
  assert.deepEqual(told, [[labels[beside], labels[other]], [labels[from], labels[beside]]]);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a board is saved as pages, a picture and a workbook", async () => {
  const { page, context } = await visit(chromium.browser, desktop);
  await signIn(page, loam.url, "e0255");
  await page.goto(`${loam.url}/p/measures`);
  const links = await page.locator(".menu-panel a[download]").evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  assert.equal(links.length, 3);
  const begins: Record<string, string> = { xlsx: "PK", pdf: "%PDF-", png: "\u0089PNG" };
  for (const [format, begin] of Object.entries(begins)) {
    const link = links.find((link) => link.includes(`format=${format}`));
    assert.ok(link !== undefined, format);
    const answer = await context.request.get(`${loam.url}${link}`);
    assert.equal(answer.status(), 200, await answer.text());
    const body = await answer.body();
    assert.ok(body.toString("latin1").startsWith(begin), format);
  }
  await context.close();
});
