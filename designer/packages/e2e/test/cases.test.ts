// A review that goes its way, on a wide screen and on a phone: human resources start it, the person plans, the manager answers from
// the list, and everybody sees where it is; on the wide screen it goes on to the appeal, with four people.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { startBrowser, type Started } from "../src/browser.ts";
import { inspect } from "../src/inspect.ts";
import { startLoam, type Loam } from "../src/loam.ts";
import { desktop, phone, visit } from "../src/views.ts";
import { signIn } from "../src/walk.ts";

const employee = "e0130";
const manager = "e0123";
const humanResources = "e0255";
const executive = "e0111";

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

/** Opens the case as whoever is asked now, once it has come to their step. */
async function asked(page: Page, address: string, step: string): Promise<void> {
  for (let tries = 0; tries < 40; tries += 1) {
    await page.goto(address);
    if ((await page.locator("#mine-title").allTextContents()).includes(step)) return;
    await page.waitForTimeout(250);
  }
  assert.fail(`nobody is asked at ${step}`);
}

/** Fills a field of the step in, whatever it looks like. */
async function fill(page: Page, name: string, value: string): Promise<void> {
  const field = page.locator(`main [name="${name}"]`).last();
  if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
  else await field.fill(value);
}

/** The reviews of the employee, the newest first, as the one signed in may find them. */
async function reviews(page: Page): Promise<string[]> {
  const filter = encodeURIComponent('person.code == "E0130"');
  const answer = await page.request.get(`${loam.url}/api/v1/performance-management/review?filter=${filter}&sort=-cycle.starts&limit=2`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items.map((item) => item.id);
}

/** Waits for what somebody said in the trail, and looks for it at its step of the picture. */
async function said(page: Page, opinion: string): Promise<void> {
  await page.locator("main p", { hasText: opinion }).first().waitFor();
  const told = await page.locator("svg title").allTextContents();
  assert.ok(told.some((one) => one.endsWith(opinion)), `the picture does not tell “${opinion}”: ${told.join("; ")}`);
}

for (const [place, view] of [desktop, phone].entries()) {
  test(`a review goes its way, ${view.name}`, async () => {
    const starting = await visit(chromium.browser, view);
    await signIn(starting.page, loam.url, humanResources);
    const review = (await reviews(starting.page))[place];
    assert.ok(review, "the employee has two reviews");
    await starting.page.goto(`${loam.url}/r/review/${review}`);
    await starting.page.getByRole("button", { name: "发起“绩效考核”" }).click();
    await starting.page.waitForURL(/\/cases\//);
    const address = starting.page.url().replace(/\?.*$/, "");
    await starting.page.locator("svg .flow-way").first().waitFor({ state: "attached" });
    await inspect(starting.page, `case-started-${view.name}`);

    const planning = await visit(chromium.browser, view);
    await signIn(planning.page, loam.url, employee);
    await planning.page.goto(`${loam.url}/inbox`);
    await inspect(planning.page, `inbox-employee-${view.name}`);
    await planning.page.locator("main .item-title").first().click();
    await planning.page.waitForURL(address);
    await planning.page.getByLabel("意见").first().fill("按科室目标分解");
    await inspect(planning.page, `case-form-${view.name}`);
    // By the keyboard alone: the button is reached and pressed without a mouse.
    await planning.page.getByRole("button", { name: "提交", exact: true }).focus();
    await planning.page.keyboard.press("Enter");
    await said(planning.page, "按科室目标分解");
    assert.equal(await planning.page.getByRole("button", { name: "提交", exact: true }).count(), 0, "nobody is asked twice");

    const confirming = await visit(chromium.browser, view);
    await signIn(confirming.page, loam.url, manager);
    await confirming.page.goto(`${loam.url}/inbox`);
    await confirming.page.locator("main input[name=task]").first().check();
    await confirming.page.getByLabel("意见").fill("同意，目标清楚");
    await inspect(confirming.page, `inbox-manager-${view.name}`);
    await confirming.page.getByRole("button", { name: "批量同意" }).click();
    await confirming.page.getByText("这里没有任务").waitFor();

    await starting.page.goto(address);
    await said(starting.page, "同意，目标清楚");
    await inspect(starting.page, `case-confirmed-${view.name}`);
    // Whoever manages the process sees what its steps took, and the case among those that run.
    await starting.page.goto(`${loam.url}/workflows/review`);
    await starting.page.locator(`a[href="${new URL(address).pathname}"]`).waitFor();
    await inspect(starting.page, `workflow-${view.name}`);
    await starting.page.getByRole("link", { name: "历史流程重演" }).click();
    await starting.page.getByRole("heading", { name: "历史流程重演", level: 1 }).waitFor();
    await inspect(starting.page, `replay-${view.name}`);
    // Not at night, and kept so.
    await planning.page.goto(`${loam.url}/me`);
    await planning.page.getByLabel("免打扰开始").fill("22:00");
    await planning.page.getByLabel("免打扰结束").fill("08:00");
    await planning.page.getByLabel("非工作日免打扰").check();
    await planning.page.locator("#quiet").getByRole("button", { name: "保存" }).click();
    await planning.page.locator("#quiet").getByText("已保存").waitFor();
    assert.equal(await planning.page.getByLabel("免打扰结束").inputValue(), "08:00");
    await inspect(planning.page, `me-${view.name}`);
    const deciding = await visit(chromium.browser, view);
    if (view === desktop) {
      // From there to the appeal: human resources bring the end of the period forward, the person assesses themself, and the
      // manager them; an executive calibrates, the person does not agree, and human resources uphold it.
      const press = async (page: Page, button: string, opinion: string) => {
        if (opinion) await page.getByLabel("意见").first().fill(opinion);
        await page.getByRole("button", { name: button, exact: true }).click();
        await page.waitForURL(/saved=1/);
      };
      await starting.page.goto(address);
      await starting.page.locator("summary", { hasText: "管理流程" }).click();
      const steering = starting.page.locator("form", { has: starting.page.locator("#f-jump") });
      await steering.locator("#f-jump").selectOption({ label: "自评" });
      await steering.locator("#f-manage").fill("周期提前结束");
      await steering.getByRole("button", { name: "跳转", exact: true }).click();
      await starting.page.waitForURL(/saved=1/);
      await asked(planning.page, address, "自评");
      await fill(planning.page, "self_grade", "A");
      await fill(planning.page, "self_text", "达成全部关键结果");
      await press(planning.page, "提交", "");
      await asked(confirming.page, address, "上级评价");
      await fill(confirming.page, "manager_grade", "B");
      await fill(confirming.page, "manager_text", "达成大部分关键结果");
      await press(confirming.page, "提交", "");
      await signIn(deciding.page, loam.url, executive);
      await asked(deciding.page, address, "校准");
      await inspect(deciding.page, `case-calibrate-${view.name}`);
      await press(deciding.page, "同意", "与同级一致");
      await asked(planning.page, address, "确认结果");
      await press(planning.page, "驳回", "关键结果已全部达成");
      await asked(starting.page, address, "申诉受理");
      await inspect(starting.page, `case-appeal-${view.name}`);
      await press(starting.page, "驳回", "复核后维持原结果");
      await said(starting.page, "复核后维持原结果");
      await inspect(starting.page, `case-ended-${view.name}`);
    }
    for (const seen of [starting, planning, confirming, deciding]) {
      assert.deepEqual(seen.faults, []);
      await seen.context.close();
    }
  });
}

/** Something of the app, made as whoever is signed in; answers its id. */
async function make(page: Page, entity: string, fields: Record<string, unknown>): Promise<string> {
  const csrf = (await page.locator("meta[name=csrf]").getAttribute("content")) ?? "";
  const answer = await page.request.post(`${loam.url}/api/v1/performance-management/${entity}`, { headers: { "X-CSRF-Token": csrf }, data: fields });
  assert.equal(answer.status(), 201, await answer.text());
  return ((await answer.json()) as { id: string }).id;
}

async function personOf(page: Page, code: string): Promise<string> {
  const filter = encodeURIComponent(`code == "${code.toUpperCase()}"`);
  const answer = await page.request.get(`${loam.url}/api/v1/organisation/person?filter=${filter}`);
  const id = ((await answer.json()) as { items: { id: string }[] }).items[0]?.id;
  assert.ok(id, `there is ${code}`);
  return id;
}

/** A contract of the one signed in with the manager and human resources. */
async function drafted(page: Page, title: string): Promise<string> {
  return make(page, "contract", {
    title,
    executor: await personOf(page, manager),
    affected: await personOf(page, humanResources),
    deliverables: "试剂送到检验科门口",
    acceptance: "冷链完好",
    response_hours: 4,
    source: "ERP",
    cutoff: "18:00",
    include_transit: false,
    threshold: 24,
    deduction: "0.5",
    mode: "item",
    weight_initiator: 30,
    weight_executor: 50,
    weight_affected: 20,
  });
}

for (const view of [desktop, phone]) {
  test(`an open window counts what comes, and people are picked by name, ${view.name}`, async () => {
    const waiting = await visit(chromium.browser, view);
    await signIn(waiting.page, loam.url, manager);
    const count = async () => Number(await waiting.page.locator("#count-inbox").textContent());
    const known = await count();
    const starting = await visit(chromium.browser, view);
    await signIn(starting.page, loam.url, employee);
    const title = `样本转运 ${view.name}`;
    const contract = await drafted(starting.page, title);
    await starting.page.goto(`${loam.url}/r/contract/${contract}`);
    await starting.page.getByRole("button", { name: "发起“三方契约签署”" }).click();
    await starting.page.waitForURL(/\/cases\//);
    for (let tries = 0; tries < 40 && (await count()) === known; tries += 1) await waiting.page.waitForTimeout(250);
    assert.equal(await count(), known + 1, "the window that was open has heard of it");

    // By the keyboard: a few letters, the arrow that is there already, and the chip that comes of it.
    await starting.page.locator("summary", { hasText: "沟通" }).click();
    const picker = starting.page.locator("#w-speak");
    await picker.fill(manager.toUpperCase());
    await starting.page.getByRole("option").first().waitFor();
    await picker.press("Enter");
    await starting.page.locator("loam-combobox .chip").waitFor();
    await inspect(starting.page, `case-people-${view.name}`);
    await starting.page.getByRole("button", { name: "抄送", exact: true }).click();
    await starting.page.waitForURL(/saved=1/);

    await waiting.page.goto(`${loam.url}/inbox?box=copied`);
    await waiting.page.locator("main .item-title", { hasText: title }).waitFor();
    await waiting.page.goto(`${loam.url}/inbox`);
    await waiting.page.locator("main input[name=q]").fill(title);
    await waiting.page.locator(".chips .chip", { hasText: title }).waitFor();
    assert.deepEqual(await waiting.page.locator("main .item-title").allTextContents(), [title]);
    assert.match(waiting.page.url(), /q=/, "the address says what is looked for");
    await inspect(waiting.page, `inbox-narrowed-${view.name}`);
    for (const seen of [waiting, starting]) {
      assert.deepEqual(seen.faults, []);
      await seen.context.close();
    }
  });

  test(`a contract is signed by hand and by name, ${view.name}`, async () => {
    const drawing = await visit(chromium.browser, view);
    await signIn(drawing.page, loam.url, employee);
    const contract = await drafted(drawing.page, `试剂准时送达 ${view.name}`);
    await drawing.page.goto(`${loam.url}/r/contract/${contract}`);
    await drawing.page.getByRole("button", { name: "发起“三方契约签署”" }).click();
    await drawing.page.waitForURL(/\/cases\//);
    const open = async (page: Page): Promise<void> => {
      await page.goto(`${loam.url}/inbox`);
      await page.getByRole("link", { name: `试剂准时送达 ${view.name}` }).click();
      await page.waitForURL(/\/cases\//);
    };
    await open(drawing.page);
    // Without a signature it is refused, and says so beside the sheet.
    await drawing.page.getByRole("button", { name: "同意", exact: true }).click();
    await drawing.page.locator("#e-signature").waitFor();
    await drawing.page.locator("svg.signature").scrollIntoViewIfNeeded();
    const sheet = await drawing.page.locator("svg.signature").boundingBox();
    assert.ok(sheet && sheet.width <= view.width && sheet.width > 200);
    for (const [from, to] of [[[0.1, 0.3], [0.5, 0.7]], [[0.6, 0.2], [0.8, 0.8]]] as const) {
      await drawing.page.mouse.move(sheet.x + sheet.width * from[0], sheet.y + sheet.height * from[1]);
      await drawing.page.mouse.down();
      await drawing.page.mouse.move(sheet.x + sheet.width * to[0], sheet.y + sheet.height * to[1], { steps: 8 });
      await drawing.page.mouse.up();
    }
    assert.match(await drawing.page.locator("input[name=signature]").inputValue(), /^\d+,\d+ .*;/);
    await inspect(drawing.page, `signature-drawn-${view.name}`);
    await drawing.page.getByRole("button", { name: "同意", exact: true }).click();
    await drawing.page.waitForURL(/saved=1/);
    const picture = drawing.page.locator("img.signature");
    await picture.waitFor();
    assert.ok(await picture.evaluate((image) => image instanceof HTMLImageElement && image.complete && image.naturalWidth > 0));
    await inspect(drawing.page, `signature-shown-${view.name}`);

    // By the keyboard alone: a name, and the button.
    const typing = await visit(chromium.browser, view);
    await signIn(typing.page, loam.url, manager);
    await open(typing.page);
    const field = typing.page.locator("#f-signature");
    const name = /“(.+)”/.exec((await typing.page.locator("label[for=f-signature]").textContent()) ?? "")?.[1] ?? "";
    await field.focus();
    await typing.page.keyboard.insertText(name);
    await typing.page.getByRole("button", { name: "同意", exact: true }).focus();
    await typing.page.keyboard.press("Enter");
    await typing.page.waitForURL(/saved=1/);
    await typing.page.getByText(`${name}（签名）`).waitFor();
    // From the list, the same sheet for all that are chosen.
    const choosing = await visit(chromium.browser, view);
    await signIn(choosing.page, loam.url, humanResources);
    await choosing.page.goto(`${loam.url}/inbox`);
    await choosing.page.locator("loam-signature").waitFor();
    await inspect(choosing.page, `signature-inbox-${view.name}`);
    for (const seen of [drawing, typing, choosing]) {
      // What was refused is told in the console too.
      assert.deepEqual(seen.faults.filter((fault) => !fault.includes("422")), []);
      await seen.context.close();
    }
  });
}

test("whoever has no mouse goes through the list, chooses, signs and answers", async () => {
  const seen = await visit(chromium.browser, desktop);
  const { page } = seen;
  await signIn(page, loam.url, employee);
  for (const title of ["键盘甲", "键盘乙"]) {
    const contract = await drafted(page, title);
    await page.goto(`${loam.url}/r/contract/${contract}`);
    await page.getByRole("button", { name: "发起“三方契约签署”" }).click();
    await page.waitForURL(/\/cases\//);
  }
  await page.goto(`${loam.url}/inbox?q=${encodeURIComponent("键盘")}`);
  const titles = await page.locator("main .item-title").allTextContents();
  assert.equal(titles.length, 2);
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const at = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  /** Goes on by Tab to something of the page. */
  const tabTo = async (selector: string) => {
    for (let left = 40; left > 0; left -= 1) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
      await press("Tab");
    }
    assert.fail(`Tab does not come to ${selector}`);
  };
  // From nowhere into the list, to its end and not beyond; arrows go on from there.
  const places: string[] = [];
  for (const key of ["j", "j", "j", "ArrowUp", "k"]) {
    await press(key);
    places.push(await at());
  }
  assert.deepEqual(places, [titles[0], titles[1], titles[1], titles[0], titles[0]]);
  await press("Enter");
  await page.waitForURL(/\/cases\//);
  await page.goBack();
  await page.locator("main .item-title").first().waitFor();
  // The help is there for whoever looks for it.
  const help = page.locator("details.keys");
  await press("?");
  await help.getByText("下一项").waitFor();
  await inspect(page, "inbox-keys");
  await press("?");
  assert.equal(await help.getByText("下一项").isVisible(), false);

  const chosen = page.locator("main input[name=task]:checked");
  await press("k", "k", "x");
  assert.equal(await chosen.count(), 1);
  await press("j", "x");
  assert.equal(await chosen.count(), 2);
  // Letters that are typed are letters.
  await tabTo("#f-opinion");
  await page.keyboard.type("jxk?");
  assert.equal(await page.locator("#f-opinion").inputValue(), "jxk?");
  assert.equal(await chosen.count(), 2);
  await tabTo("#f-signature");
  const name = /“(.+)”/.exec((await page.locator("label[for=f-signature]").textContent()) ?? "")?.[1] ?? "";
  await page.keyboard.insertText(name);
  await tabTo("button[name=answer][value=yes]");
  await press("Enter");
  await page.waitForURL(/saved=1/);
  await page.goto(`${loam.url}/inbox?q=${encodeURIComponent("键盘")}`);
  assert.equal(await page.locator("main .item-title").count(), 0);
  assert.deepEqual(seen.faults, []);
  await seen.context.close();
});
