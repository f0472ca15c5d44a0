// What every page must hold, whatever it shows: no serious fault of accessibility, nothing wider than the screen, a light first load.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const firstLoadLimit = 100 * 1024;

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Takes a picture and checks the page as it stands. */
export async function inspect(page: Page, name: string): Promise<void> {
  await picture(page, name);
  await fits(page, name);
  await accessible(page, name);
}

/** Saves a screenshot into `LOAM_SCREENSHOTS`, or a folder beside the other temporary files. */
export async function picture(page: Page, name: string): Promise<string> {
  const folder = process.env["LOAM_SCREENSHOTS"] ?? join(tmpdir(), "loam-screenshots");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  try {
    await page.screenshot({ path });
  } catch (fault) {
    // A browser that has only just started has, now and then, nothing to take a picture of yet; what the page is like is looked at anyway.
    if (!String(fault).includes("Unable to capture screenshot")) throw fault;
    await page.waitForTimeout(500);
    await page.screenshot({ path });
  }
  return path;
}

export async function fits(page: Page, name: string): Promise<void> {
  const over = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return [];
    return [...document.querySelectorAll("body *")]
      .filter((part) => part.getBoundingClientRect().right > limit + 1)
      .slice(0, 5)
      .map((part) => `${part.tagName.toLowerCase()}.${part.className}`);
  });
  assert.deepEqual(over, [], `${name} is wider than the screen`);
}

export async function accessible(page: Page, name: string): Promise<void> {
  // The page's own policy refuses scripts that are put in as text, so axe comes in through the debugger's door.
  await page.evaluate(axeSource);
  const violations = await page.evaluate<Violation[]>(`axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)`);
  const serious = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.slice(0, 4).map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.failureSummary.replaceAll("\n", " ")}`));
  assert.deepEqual(serious, [], `${name} has serious accessibility faults`);
}

/** Opens `url` with an empty cache and checks what came over the wire, headers included. */
export async function firstLoad(page: Page, url: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(url, { waitUntil: "load" });
  await session.detach();
  assert.ok(bytes <= firstLoadLimit, `${url} loads ${bytes} bytes at first, the limit is ${firstLoadLimit}`);
  return bytes;
}
