// Every class and element of live pages on one page of ours, without the server: looks, fits, and works by mouse and keyboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { startBrowser, type Started } from "../src/browser.ts";
import { startGallery, type Gallery } from "../src/gallery.ts";
import { firstLoad, inspect } from "../src/inspect.ts";
import { desktop, phone, views, visit } from "../src/views.ts";

let gallery: Gallery;
let chromium: Started;

before(async () => {
  chromium = await startBrowser();
  gallery = await startGallery();
});
after(async () => {
  await chromium?.close();
  await gallery?.stop();
});

async function open(view = desktop, name = "list"): Promise<{ page: Page; done: () => Promise<void> }> {
  const { page, context, faults } = await visit(chromium.browser, view);
  await page.goto(`${gallery.url}/${name}`);
  const done = async (): Promise<void> => {
    assert.deepEqual(faults, []);
    await context.close();
  };
  return { page, done };
}

for (const view of views) {
  for (const name of ["list", "form", "detail", "board", "term", "charts"]) {
    test(`${name}, ${view.name}`, async () => {
      const { page, context, faults } = await visit(chromium.browser, view);
      await firstLoad(page, `${gallery.url}/${name}`);
      await inspect(page, `gallery-${name}-${view.name}`);
      assert.deepEqual(faults, []);
      await context.close();
    });
  }
}

test("every kind of drawing is on its page", async () => {
  const { page, done } = await open(phone, "charts");
  for (const kind of ["line", "bar", "stacked", "radar", "funnel", "heat", "waterfall", "gauge", "words", "spark", "nine-box"]) {
    const box = await page.locator(`.chart-${kind}`).boundingBox();
    assert.ok(box !== null && box.width > 100 && box.height > 20, `${kind} is not to be seen: ${JSON.stringify(box)}`);
  }
  await done();
});

test("a picker finds, chooses and clears by keyboard", async () => {
  const { page, done } = await open(desktop, "form");
  const field = page.getByRole("combobox", { name: "主管" });
  assert.equal(await field.inputValue(), "王伟");
  await field.fill("李");
  await page.getByRole("option", { name: /李娜/ }).waitFor();
  await field.press("Enter");
  assert.equal(await field.inputValue(), "李娜");
  assert.equal(await page.locator("select[name=manager]").evaluate((select: HTMLSelectElement) => select.value), "2");
  await field.fill("");
  await field.press("Tab");
  assert.equal(await page.locator("select[name=manager]").evaluate((select: HTMLSelectElement) => select.value), "");
  await done();
});

test("rows are added, moved and removed with their names in order", async () => {
  const { page, done } = await open(desktop, "form");
  await page.getByRole("button", { name: "添加一行" }).click();
  const names = (): Promise<(string | null)[]> => page.locator("loam-subtable input[name$='[title]']").evaluateAll((inputs) => inputs.map((input) => input.getAttribute("name")));
  assert.deepEqual(await names(), ["key_results[0][title]", "key_results[1][title]", "key_results[2][title]"]);
  await page.locator("input[name='key_results[2][title]']").fill("third");
  await page.getByRole("button", { name: "上移" }).nth(2).click();
  assert.equal(await page.locator("input[name='key_results[1][title]']").inputValue(), "third");
  await page.getByRole("button", { name: "删除此行" }).first().click();
  assert.deepEqual(await names(), ["key_results[0][title]", "key_results[1][title]"]);
  await done();
});

test("a live form computes, hides and complains", async () => {
  const { page, done } = await open(desktop, "form");
  await page.getByLabel("权重", { exact: true }).first().fill("120");
  await page.getByText("不能超过 100%").waitFor();
  assert.equal(await page.locator("output[name=score]").textContent(), "60");
  await page.getByLabel("说明").waitFor({ state: "hidden" });
  await page.getByLabel("权重", { exact: true }).first().fill("80");
  await page.getByLabel("说明").waitFor({ state: "visible" });
  await done();
});

test("what is typed before the script is there is heard as well", async () => {
  const { page, done } = await open(desktop, "form");
  await page.evaluate(() => {
    const live = document.querySelector("loam-live");
    const late = live?.cloneNode(true) as HTMLElement;
    const weight = late.querySelector<HTMLInputElement>("[name=weight]");
    if (weight !== null) weight.value = "120";
    live?.replaceWith(late);
  });
  await page.getByText("不能超过 100%").waitFor();
  await done();
});

test("Enter goes on to the step there is after, as a live form has it now, and saves in the last", async () => {
  const { page, done } = await open(desktop, "form");
  await page.route("**/live-steps", async (route) => {
    const last = new URLSearchParams(route.request().postData() ?? "").get("kind") === "last";
    await route.fulfill({ json: { step: last ? "第 1 步，共 1 步" : "第 1 步，共 2 步", visible: { "section:1": false, "section:2": !last } } });
  });
  const main = page.locator("main");
  await main.evaluate((place) => {
    place.innerHTML = `<loam-live data-url="/live-steps"><form class="form" method="post" novalidate>
      <button class="visually-hidden" type="submit" tabindex="-1" aria-hidden="true" data-enter name="_step" value="1">下一步</button>
      <input type="hidden" name="_at" value="0"><p class="visually-hidden" role="status" data-step></p>
      <ol class="steps"><li aria-current="step">基本信息</li><li>关键结果</li><li>附件</li></ol>
      <div class="field"><label class="label" for="f-kind">类别</label><input class="input" id="f-kind" name="kind"></div>
      <div class="form-actions"><button class="button primary" type="submit" data-save hidden>保存</button></div></form></loam-live>`;
    place.querySelector("form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      const by = event.submitter;
      place.dataset["sent"] = by?.getAttribute("name") === "_step" ? (by.getAttribute("value") ?? "") : "saved";
    });
  });
  const enter = async (kind: string, said: string): Promise<string | null> => {
    await page.getByLabel("类别").fill(kind);
    await page.locator("[data-step]", { hasText: said }).waitFor({ state: "attached" });
    await page.getByLabel("类别").press("Enter");
    return main.getAttribute("data-sent");
  };
  assert.equal(await enter("other", "共 2 步"), "2", "the step between is gone");
  assert.equal(await enter("last", "共 1 步"), "saved", "none is left");
  assert.equal(await enter("other", "共 2 步"), "2", "there is one again");
  await done();
});

test("a card moves by its menu and by keyboard, and comes back when refused", async () => {
  const { page, done } = await open(desktop, "board");
  const card = page.locator(".board-card", { hasText: "降低平均住院日" });
  await card.locator("summary").click();
  await card.getByRole("button", { name: "移到 已完成" }).click();
  await page.locator("[data-value=done] .board-card", { hasText: "降低平均住院日" }).waitFor();
  await page.getByText("已移到“已完成”").waitFor();
  assert.equal(await card.getAttribute("data-etag"), '"2"');
  await card.getByRole("link").first().focus();
  await page.keyboard.press("Alt+ArrowLeft");
  await page.locator("[data-value=doing] .board-card", { hasText: "降低平均住院日" }).waitFor();
  await done();
});

test("the drawer of a phone opens and closes", async () => {
  const { page, done } = await open(phone, "list");
  const nav = page.getByRole("navigation", { name: "主导航" });
  await nav.waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "更多" }).click();
  await nav.waitFor({ state: "visible" });
  await page.keyboard.press("Escape");
  await nav.waitFor({ state: "hidden" });
  await done();
});

test("the theme switch holds over a reload", async () => {
  const { page, done } = await open(desktop, "list");
  await page.getByRole("button", { name: "深色" }).first().click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset["theme"]), "dark");
  assert.match(await page.evaluate(() => document.cookie), /theme=dark/);
  await done();
});

test("a mention is completed and its meaning sent along", async () => {
  const { page, done } = await open(desktop, "detail");
  const area = page.getByRole("textbox", { name: "评论" });
  await area.pressSequentially("请看 @李");
  await page.getByRole("option", { name: /李娜/ }).click();
  assert.equal(await area.inputValue(), "请看 @李娜 ");
  assert.equal(await page.locator("input[name=mentions]").inputValue(), "2 李娜");
  await done();
});

test("a branch of the tree loads once and the arrows walk it", async () => {
  const { page, done } = await open(desktop, "detail");
  await page.getByRole("button", { name: "展开 内科" }).click();
  await page.getByRole("link", { name: "心内科" }).waitFor();
  await page.getByRole("link", { name: "内科", exact: true }).focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "心内科");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("link", { name: "心内科" }).waitFor({ state: "hidden" });
  await done();
});

test("a dialog asks before a deed", async () => {
  const { page, done } = await open(desktop, "detail");
  await page.getByRole("button", { name: "删除", exact: true }).first().click();
  await page.getByRole("dialog").waitFor();
  await inspect(page, "gallery-dialog");
  await page.getByRole("button", { name: "取消" }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await done();
});
