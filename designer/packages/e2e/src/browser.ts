// Finding and starting Chromium: `LOAM_CHROMIUM`, or the first that starts of the npm package's and what the system has.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser } from "playwright-core";
import { prepareFonts } from "./fonts.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

export interface Started {
  browser: Browser;
  close: () => Promise<void>;
}

/** One Chromium there is, and what it needs besides to run. */
interface Candidate {
  path: string;
  what: string;
  libraries?: () => Promise<string>;
}

export async function startBrowser(): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "loam-browser-"));
  const env = { ...definedEnvironment(), FONTCONFIG_FILE: prepareFonts(folder) };
  const browser = await launchFirst(await candidates(), env);
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The first that starts: one that is there but lacks a library of the system is no Chromium to test with. */
async function launchFirst(found: Candidate[], env: Record<string, string>): Promise<Browser> {
  const failed: string[] = [];
  for (const { path, what, libraries } of found) {
    try {
      return await launch(path, env);
    } catch (cause) {
      failed.push(`${what} (${path}): ${reason(cause)}`);
    }
    if (libraries === undefined) continue;
    try {
      return await launch(path, { ...env, LD_LIBRARY_PATH: await libraries() }, unpacking);
    } catch (cause) {
      failed.push(`${what}, with the libraries packed with it: ${reason(cause)}`);
    }
  }
  const tried = failed.map((one) => `\n  - ${one}`).join("");
  throw new Error(`the browser tests need Chromium: install \`chromium\` with the system's packages, or set LOAM_CHROMIUM to its path${tried === "" ? "" : `. What was found does not start:${tried}`}`);
}

/** What a library or a program says of which another process of the tests has not yet written all. */
const unpacking = ["ETXTBSY", "error while loading"];

/** Starts it, once nobody writes it any more: the first of several processes that need the packaged one unpacks it for all. */
async function launch(executablePath: string, env: Record<string, string>, passing = unpacking.slice(0, 1)): Promise<Browser> {
  // A container has no usable sandbox for root, and no graphics card.
  const args = ["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--font-render-hinting=none", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
  for (let left = 60; ; left -= 1) {
    try {
      return await chromium.launch({ executablePath, args, env });
    } catch (cause) {
      if (left === 0 || !passing.some((word) => String(cause).includes(word))) throw cause;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}

/** The line that says why, out of the many that a browser leaves behind. */
function reason(cause: unknown): string {
  const lines = String(cause).split("\n");
  return lines.find((line) => line.includes("error while loading")) ?? lines[0] ?? "";
}

async function candidates(): Promise<Candidate[]> {
  const named = process.env["LOAM_CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return [{ path: named, what: "LOAM_CHROMIUM" }];
    throw new Error(`LOAM_CHROMIUM names \`${named}\`, which does not exist`);
  }
  const found = await packagedChromium();
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of names) if (existsSync(join(folder, name))) found.push({ path: join(folder, name), what: "the system's" });
  }
  return found;
}

/** The package holds a Linux build only, and unpacks it into the temporary folder on first use; the libraries a bare system lacks too. */
async function packagedChromium(): Promise<Candidate[]> {
  if (process.platform !== "linux" || process.arch !== "x64") return [];
  try {
    const { default: packaged, inflate } = await import("@sparticuz/chromium");
    const path = await packaged.executablePath();
    const libraries = async (): Promise<string> => {
      const packed = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..", "bin", "al2023.tar.br");
      return join(await inflate(packed), "lib");
    };
    return [{ path, what: "the packaged one", libraries }];
  } catch (cause) {
    console.error(`the packaged Chromium cannot be used: ${String(cause)}`);
    return [];
  }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
