// The four ways every page is looked at.
import type { Browser, BrowserContext, Page } from "playwright-core";

export interface View {
  name: string;
  width: number;
  height: number;
  theme: "light" | "dark";
}

export const desktop: View = { name: "desktop-light", width: 1280, height: 800, theme: "light" };
export const phone: View = { name: "phone-light", width: 360, height: 740, theme: "light" };
export const views: readonly View[] = [desktop, { ...desktop, name: "desktop-dark", theme: "dark" }, phone, { ...phone, name: "phone-dark", theme: "dark" }];

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What went wrong in the browser itself: script errors and refused resources. A test ends by checking that there is none. */
  faults: string[];
}

/** A fresh visitor, without cookies, in `view`. */
export async function visit(browser: Browser, view: View, language = "zh-CN"): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: view.width, height: view.height },
    colorScheme: view.theme,
    locale: language,
    timezoneId: "Asia/Shanghai",
    reducedMotion: "reduce",
    hasTouch: view.width < 720,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // A refused resource (404, content security policy) is an error in the console and nowhere else.
    if (message.type() === "error") faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  return { page, context, faults };
}
