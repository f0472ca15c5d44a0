// What a person does in the application, by what they read on the screen: labels, roles, words.
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";

export const password = "loam-demo";

export async function signIn(page: Page, url: string, login: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill(password);
  await page.locator(".signin form[action='/sign-in'] button[type=submit]").click();
  await page.locator(".shell .nav").waitFor({ state: "attached" });
}

/** Goes to a page by the menu, through the drawer on a phone. */
export async function go(page: Page, name: string): Promise<void> {
  const link = page.locator(".nav").getByRole("link", { name, exact: true, includeHidden: true });
  if (!(await link.isVisible())) await page.getByRole("link", { name: "打开菜单" }).click();
  await link.click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** The value beside `label` among a record's facts. */
export function fact(page: Page, label: string): Locator {
  return page.locator(".facts > div", { has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) }).first().locator("dd");
}

export async function tab(page: Page, name: string): Promise<void> {
  const link = page.locator(".tabs").getByRole("link", { name });
  await link.click();
  await page.locator(".tabs [aria-current]", { hasText: name }).waitFor();
}

/** What a tab of counters says: how often each thing was met, by its name. */
export async function counters(page: Page): Promise<Map<string, number>> {
  const counted = await page.locator("main .measured").evaluateAll((all) => all.map((one): [string, number] => [one.querySelector("progress")?.getAttribute("aria-label") ?? "", Number(one.querySelector(".num")?.textContent)]));
  return new Map(counted);
}

/** Picks the suggestion at `place` of a reference field. */
export async function pick(page: Page, field: string, place: number): Promise<void> {
  await page.getByRole("combobox", { name: field }).click();
  await page.getByRole("option").nth(place).click();
  await page.getByRole("listbox").waitFor({ state: "hidden" });
}

/** Sends the form and waits until it has been accepted. */
export async function save(page: Page): Promise<void> {
  await page.locator("main").getByRole("button", { name: "保存", exact: true }).last().click();
  const refused = page.getByRole("alert");
  await Promise.race([page.locator("form#form").waitFor({ state: "detached" }), refused.waitFor()]);
  if ((await refused.count()) > 0) assert.fail(`the form was refused: ${await refused.first().innerText()}`);
}
