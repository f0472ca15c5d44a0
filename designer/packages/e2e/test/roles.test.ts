// One person's page opened by four people: each sees what their part in it asks for, and nothing of what the others do.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { startBrowser, type Started } from "../src/browser.ts";
import { accessible, inspect } from "../src/inspect.ts";
import { startLoam, type Loam } from "../src/loam.ts";
import { desktop, phone, visit } from "../src/views.ts";
import { fact, password, signIn, tab } from "../src/walk.ts";

let loam: Loam;
let chromium: Started;

before(async () => {
  chromium = await startBrowser();
  loam = await startLoam();
  await prepare();
});
after(async () => {
  await chromium?.close();
  await loam?.stop();
});

const number = "110101199003071233";
const paper = "劳动合同与交接清单.txt";
const agreed = "下季度带教一名新同事，月底交接清单。";
const reason = "盘点会：可作为科室后备。";

/** What the sample does not have of E0130: an identity number, a paper in the file, minutes of a talk, and a place in the talent review. */
async function prepare(): Promise<void> {
  const [keeper, manager, executive] = await Promise.all([caller("keeper"), caller("e0123"), caller("e0111")]);
  const found = await keeper("GET", `organisation/person?fields=id&filter=${encodeURIComponent('code == "E0130"')}`);
  const { items } = (await found.json()) as { items: { id: string }[] };
  const person = items[0]?.id ?? "";
  const file = new FormData();
  file.append("file", new Blob(["合同编号 2020-0130；交接完毕。"], { type: "text/plain" }), paper);
  const answers = [
    await keeper("PATCH", `organisation/person/${person}`, { id_number: number }),
    await keeper("POST", `organisation/person/${person}/attachments`, file),
    await manager("POST", "performance-management/interview", { person, minutes: 25, agreed }),
    await executive("POST", "performance-management/talent_placement", { person, year: "2025", performance: "high", potential: "mid", reason }),
  ];
  for (const answer of answers) assert.ok(answer.ok, `${answer.url}: ${answer.status} ${await answer.text()}`);
}

/** Somebody's way to the API. */
async function caller(login: string): Promise<(method: string, path: string, body?: object) => Promise<Response>> {
  const json = { "content-type": "application/json" };
  const begun = await fetch(`${loam.url}/api/v1/session`, { method: "POST", headers: json, body: JSON.stringify({ login, password, token: true }) });
  const { token } = (await begun.json()) as { token: string };
  return (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined || body instanceof FormData ? {} : json) };
    const sent = body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) };
    return fetch(`${loam.url}/api/v1/${path}`, { method, headers, ...sent });
  };
}

interface Sees {
  login: string;
  phone: RegExp;
  /** Tabs of the personnel file beside those that everybody has. */
  tabs: string[];
  /** The identity number on the file; nothing where it is not theirs to see. */
  number: RegExp;
  /** Papers attached to the file. */
  papers: string[];
  /** Whether the weekly reports, and the assignments, are there. */
  weeks: boolean;
  moves: boolean;
  /** How the minutes of the interview stand, and whether what was agreed in it can be read. */
  minutes: string;
  /** Labels of the published review, and of the one that is handed in and not published. */
  published: string[];
  open: string[];
}

const all = ["自评等级", "自评小结", "上级评级", "上级评语", "上级备忘", "最终等级"];
const withoutNote = all.filter((label) => label !== "上级备忘");
const file = ["目标", "绩效评价", "面谈纪要", "改进计划", "积分", "得分卡", "人才盘点", "预警", "行为统计", "能力雷达", "成长轨迹", "点亮记录", "周报", "工作成果", "门诊量", "检查报告", "培训", "档案", "考核指标", "任职记录", "虚线汇报沿革", "直接下属", "变更历史"];
const notForAll = ["人才盘点", "预警", "虚线汇报沿革"];
const whole = /^100\d{8}$/;
const nothing = /^$/;

const four: Sees[] = [
  { login: "e0130", phone: whole, tabs: [], number: new RegExp(`^${number}$`), papers: [paper], weeks: true, moves: true, minutes: "待确认", published: withoutNote, open: ["自评等级", "自评小结"] },
  { login: "e0123", phone: whole, tabs: ["预警"], number: nothing, papers: [], weeks: true, moves: true, minutes: "待确认", published: all, open: all },
  { login: "e0112", phone: whole, tabs: ["人才盘点", "预警", "虚线汇报沿革"], number: /^\*{14}1233$/, papers: [paper], weeks: true, moves: true, minutes: "", published: withoutNote, open: withoutNote },
  { login: "e0111", phone: /^100\*{4}0130$/, tabs: ["人才盘点", "预警"], number: nothing, papers: [], weeks: false, moves: false, minutes: "", published: ["上级评级", "最终等级"], open: ["上级评级", "最终等级"] },
];

/** The id of the record whose field has this value, as the one signed in may find it. */
async function find(page: Page, path: string, filter: string): Promise<string> {
  const answer = await page.request.get(`${loam.url}/api/v1/${path}?filter=${encodeURIComponent(filter)}&limit=1`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  assert.ok(items[0], `${path} with ${filter} is not there for this reader`);
  return items[0].id;
}

/** What stands beside a label on the open tab; nothing where there is no value. */
async function value(page: Page, label: string): Promise<string> {
  const value = page.locator("main section dl > div", { has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) }).locator("dd");
  const texts = (await value.allInnerTexts()).map((text) => text.trim());
  return texts.find((text) => text !== "" && text !== "—") ?? "";
}

/** Which of the labels have a value on the page. */
async function shown(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const label of all) if ((await value(page, label)) !== "") found.push(label);
  return found;
}

/** The rows on a tab of the personnel file. */
async function rows(page: Page, person: string, name: string): Promise<Locator> {
  await page.goto(`${loam.url}/r/person/${person}?tab=${name}`);
  return page.locator("#tab tbody tr");
}

/** Opens the personnel file and its tabs, and answers what is seen there in one line. */
async function opens(page: Page, person: string, sees: Sees, view: string): Promise<string> {
  await page.goto(`${loam.url}/r/person/${person}`);
  const phone = (await fact(page, "手机号").innerText()).trim();
  assert.match(phone, sees.phone, sees.login);
  const tabs = (await page.locator(".tabs").getByRole("link").allInnerTexts()).map((text) => text.trim());
  assert.deepEqual(tabs, file.filter((name) => !notForAll.includes(name) || sees.tabs.includes(name)), `tabs of ${sees.login}`);
  const papers = (await page.locator("#files .attachment a").allInnerTexts()).map((text) => text.trim());
  assert.deepEqual(papers, sees.papers, `papers for ${sees.login}`);
  await tab(page, "绩效评价");
  await inspect(page, `roles-${sees.login}-person-${view}`);
  await page.goto(`${loam.url}/r/person/${person}?tab=profile`);
  const shownNumber = await value(page, "身份证号");
  assert.match(shownNumber, sees.number, `identity number for ${sees.login}`);
  await inspect(page, `roles-${sees.login}-profile-${view}`);
  const weeks = await (await rows(page, person, "weekly_reports")).count();
  assert.equal(weeks > 0, sees.weeks, `weekly reports for ${sees.login}: ${weeks}`);
  const moves = await (await rows(page, person, "assignments")).count();
  assert.equal(moves > 0, sees.moves, `assignments for ${sees.login}: ${moves}`);
  if (sees.tabs.includes("人才盘点")) {
    assert.match(await (await rows(page, person, "talent")).first().innerText(), new RegExp(`2025[^]*高[^]*中[^]*${reason}`));
    await inspect(page, `roles-${sees.login}-talent-${view}`);
  } else {
    const asked = await page.request.get(`${loam.url}/api/v1/performance-management/talent_placement`);
    assert.ok([403, 404].includes(asked.status()), `${sees.login} asks for the talent review: ${asked.status()}`);
  }
  const talk = await rows(page, person, "interviews");
  assert.equal(await talk.count(), 1, `interviews for ${sees.login}`);
  const minutes = (await talk.first().locator("td[data-label='纪要状态']").innerText()).trim().replace("—", "");
  assert.equal(minutes, sees.minutes, `minutes for ${sees.login}`);
  await talk.first().getByRole("link").first().click();
  await page.getByRole("link", { name: "面谈内容" }).waitFor();
  assert.equal(await value(page, "商定事项"), sees.minutes === "" ? "" : agreed, `what was agreed, for ${sees.login}`);
  return JSON.stringify([phone, tabs, papers, shownNumber, weeks > 0, moves > 0, minutes]);
}

for (const view of [desktop, phone]) {
  test(`four people open the page of one and see four different things, ${view.name}`, async () => {
    const seen = new Set<string>();
    for (const sees of four) {
      const { page, context, faults } = await visit(chromium.browser, view, "zh-CN");
      await signIn(page, loam.url, sees.login);
      const person = await find(page, "organisation/person", 'code == "E0130"');
      seen.add(await opens(page, person, sees, view.name));
      for (const [status, labels] of [["published", sees.published], ["submitted", sees.open]] as const) {
        const review = await find(page, "performance-management/review", `person == "${person}" && status == "${status}"`);
        await page.goto(`${loam.url}/r/review/${review}`);
        assert.deepEqual(await shown(page), labels, `${sees.login} on the ${status} review`);
        const headings = await page.locator("main section h2").allInnerTexts();
        assert.equal(headings.includes("自评"), labels.includes("自评小结"), `${sees.login} is shown an empty section: ${headings.join(" ")}`);
        await inspect(page, `roles-${sees.login}-${status}-${view.name}`);
      }
      assert.deepEqual(faults, []);
      await context.close();
    }
    assert.equal(seen.size, four.length, [...seen].join("\n"));
  });
}

test("a group of two is in no number of the person they answered about", async () => {
  const { page, context, faults } = await visit(chromium.browser, phone, "zh-CN");
  await signIn(page, loam.url, "e0213");
  const review = await find(page, "performance-management/review", 'feedback == "closed" && person.code == "E0213"');
  await page.goto(`${loam.url}/r/review/${review}?tab=feedback`);
  const scores = await page.locator("main .item-list .item").allInnerTexts();
  const expected = [/上级.*4\.00/s, /同级.*4\.25/s, /下级.*样本不足/s, /本人.*5\.00/s, /加权平均.*4\.11/s];
  assert.equal(scores.length, expected.length, scores.join(" | "));
  expected.forEach((pattern, place) => assert.match(scores[place] ?? "", pattern));
  await inspect(page, "roles-e0213-feedback");
  // Answers themselves are there for nobody but who gave them, whatever the address.
  const answers = await page.request.get(`${loam.url}/api/v1/performance-management/feedback_360?fields=rater,score`);
  const { items } = (await answers.json()) as { items: unknown[] };
  assert.equal(items.length, 1, "only the own answer");
  assert.deepEqual(faults, []);
  await context.close();
});

test("human resources return a review and write no grade", async () => {
  const begun = await fetch(`${loam.url}/api/v1/session`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ login: "e0255", password, token: true }) });
  const { token } = (await begun.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const reviews = `${loam.url}/api/v1/performance-management/review`;
  const list = await fetch(`${reviews}?filter=${encodeURIComponent('person.code == "E0130" && status == "submitted"')}`, { headers });
  const { items } = (await list.json()) as { items: { id: string; manager_grade: string; manager_note?: string | null }[] };
  const review = items[0];
  assert.ok(review);
  assert.equal(review.manager_note ?? null, null, "the note of a manager");
  const change = async (body: object): Promise<number> => (await fetch(`${reviews}/${review.id}`, { method: "PATCH", headers, body: JSON.stringify(body) })).status;
  for (const body of [{ manager_grade: "S" }, { calibrated_grade: "S" }, { manager_text: "…" }, { status: "manager", manager_grade: "S" }]) {
    assert.ok([403, 404].includes(await change(body)), JSON.stringify(body));
  }
  assert.equal(await change({ status: "manager", return_reason: "请补充两条具体事例" }), 200);
  const now = (await (await fetch(`${reviews}/${review.id}`, { headers })).json()) as { status: string; manager_grade: string };
  assert.deepEqual([now.status, now.manager_grade], ["manager", review.manager_grade]);
});

test("a masked number is shown for a reason, and the person sees who asked", async () => {
  const { page, context, faults } = await visit(chromium.browser, phone, "zh-CN");
  await signIn(page, loam.url, "e0276");
  const person = await find(page, "organisation/person", 'code == "E0130"');
  await page.goto(`${loam.url}/r/person/${person}`);
  assert.match(await fact(page, "手机号").innerText(), /^100\*{4}0130/);
  await accessible(page, "roles-uncover-record");
  await page.getByRole("link", { name: "显示完整内容：手机号" }).click();
  await inspect(page, "roles-uncover-form");
  await page.getByLabel("事由").fill("核对联系方式");
  await page.getByRole("button", { name: "显示完整内容", exact: true }).click();
  assert.match(await fact(page, "手机号").innerText(), /^100\d{8}$/);
  await inspect(page, "roles-uncover-shown");
  await page.goto(`${loam.url}/r/person/${person}`);
  assert.match(await fact(page, "手机号").innerText(), /^100\*{4}0130/, "shown once");
  await context.close();
  const own = await visit(chromium.browser, phone, "zh-CN");
  await signIn(own.page, loam.url, "e0130");
  await own.page.goto(`${loam.url}/me/looks`);
  const look = own.page.locator("main .item", { hasText: "事由：核对联系方式" });
  assert.match(await look.innerText(), /楼令音[\s\S]*手机号[\s\S]*查看完整内容/);
  const body = await look.locator(".item-body").boundingBox();
  assert.ok(body !== null && body.width > 200, `the words have ${String(body?.width)} px`);
  await inspect(own.page, "roles-looks");
  assert.deepEqual([...faults, ...own.faults], []);
  // What is not theirs to do is refused in the middle of the screen, not at its edge.
  await own.page.setViewportSize({ width: desktop.width, height: desktop.height });
  await own.page.goto(`${loam.url}/r/person/${person}/erase`);
  const said = await own.page.getByRole("heading", { level: 1 }).boundingBox();
  assert.ok(said !== null && Math.abs(said.x + said.width / 2 - desktop.width / 2) < 2, JSON.stringify(said));
  await inspect(own.page, "roles-refused");
  await own.context.close();
});

test("who keeps the organisation erases a person, sees first what goes, and has it certified", async () => {
  const { page, context, faults } = await visit(chromium.browser, phone, "zh-CN");
  await signIn(page, loam.url, "keeper");
  const person = await find(page, "organisation/person", 'code == "E0131"');
  await page.goto(`${loam.url}/r/person/${person}`);
  const name = (await page.getByRole("heading", { level: 1 }).innerText()).trim();
  await page.goto(`${loam.url}/r/person/${person}/erase`);
  const goes = page.getByRole("region", { name: "将抹除" });
  assert.match(await goes.innerText(), /手机号/);
  await inspect(page, "roles-erase-asked");
  const typed = page.getByRole("textbox", { name: "以确认" });
  await typed.fill("别人");
  await page.getByRole("button", { name: "抹除个人信息" }).click();
  assert.match(await page.getByRole("alert").innerText(), /不一致，没有抹除/);
  await page.goto(`${loam.url}/r/person/${person}`);
  assert.equal((await page.getByRole("heading", { level: 1 }).innerText()).trim(), name, "nothing went");
  await page.goto(`${loam.url}/r/person/${person}/erase`);
  await typed.fill(name);
  await page.getByRole("button", { name: "抹除个人信息" }).click();
  assert.match(await page.locator(".notice").innerText(), /已抹除。证明编号 \S+，.*已记入审计日志/);
  await inspect(page, "roles-erase-done");
  await page.goto(`${loam.url}/r/person/${person}`);
  assert.equal((await page.locator("main").innerText()).includes(name), false, "the name is gone");
  assert.deepEqual(faults.filter((fault) => !fault.includes("422")), []);
  await context.close();
});

test("what is deleted waits in the bin, and goes for good when its name is typed", async () => {
  const { page, context, faults } = await visit(chromium.browser, phone, "zh-CN");
  await signIn(page, loam.url, "keeper");
  const name = "误录人员";
  const begun = await fetch(`${loam.url}/api/v1/session`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ login: "keeper", password, token: true }) });
  const { token } = (await begun.json()) as { token: string };
  const made = await fetch(`${loam.url}/api/v1/organisation/person`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify({ code: "E9999", name }) });
  assert.equal(made.status, 201, await made.clone().text());
  const { id } = (await made.json()) as { id: string };
  await page.goto(`${loam.url}/r/person/${id}`);
  await page.getByRole("button", { name: "删除", exact: true }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "删除", exact: true }).click();
  await page.waitForLoadState();
  await page.goto(`${loam.url}/bin/person`);
  assert.ok((await page.locator("main").innerText()).includes(name), "it is in the bin");
  await inspect(page, "roles-bin");
  await page.getByRole("button", { name: "彻底删除" }).first().click();
  await page.getByRole("heading", { name: `彻底删除“${name}”？` }).waitFor();
  await inspect(page, "roles-purge-asked");
  await page.getByRole("textbox", { name: "以确认" }).fill(name);
  await page.getByRole("button", { name: "彻底删除" }).click();
  assert.match(await page.locator(".notice").innerText(), /已彻底删除/);
  assert.equal((await page.locator("main").innerText()).includes(name), false, "it is gone");
  assert.deepEqual(faults, []);
  await context.close();
});
