// Whoever has no mouse: everything on a page that can be used is come to by Tab, and shows that it is there.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";

const usable = "a[href], button, input, select, textarea, summary, [tabindex='0']";

/** Walks through the page's own part by Tab, from its first place to its last. */
export async function byKeyboard(page: Page, name: string): Promise<void> {
  const wanted = await page.evaluate((selector) => {
    const places = [...document.querySelectorAll<HTMLElement>(`main :is(${selector})`)].filter((part) => {
      const hidden = part instanceof HTMLInputElement && part.type === "hidden";
      // Of a group of radio buttons Tab comes to the chosen one, and arrows to the others.
      const other = part instanceof HTMLInputElement && part.type === "radio" && !part.checked;
      return part.checkVisibility({ visibilityProperty: true }) && !part.matches(":disabled") && !hidden && !other && part.tabIndex >= 0;
    });
    places.forEach((part, place) => part.setAttribute("data-tab-place", String(place)));
    document.querySelector<HTMLElement>("#main")?.focus();
    return places.map((part) => `${part.tagName.toLowerCase()} ${(part.getAttribute("aria-label") ?? part.getAttribute("name") ?? part.innerText).trim().slice(0, 40)}`);
  }, usable);
  const reached = new Set<number>();
  const seen = new Set<number>();
  // A field of a day has several places inside.
  for (let step = 0; step < wanted.length * 4 + 5; step += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const part = document.activeElement;
      if (!(part instanceof HTMLElement) || part.closest("main") === null) return undefined;
      const frame = part.closest(".option, .search, .field, label") ?? part;
      const marked = [part, frame].map((one) => getComputedStyle(one)).some((one) => one.outlineStyle !== "none" || one.boxShadow !== "none");
      return { place: Number(part.getAttribute("data-tab-place") ?? -1), marked };
    });
    if (at === undefined) break;
    reached.add(at.place);
    if (at.marked) seen.add(at.place);
  }
  const missed = wanted.filter((_, place) => !reached.has(place));
  const unseen = wanted.filter((_, place) => reached.has(place) && !seen.has(place));
  assert.deepEqual({ missed, unseen }, { missed: [], unseen: [] }, `${name} is not all there by keyboard`);
}
