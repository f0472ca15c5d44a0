// Finding and starting Chromium: `LOAM_CHROMIUM`, then the npm package, then what the system has.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { prepareFonts } from "./fonts.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

export interface Started {
  browser: Browser;
  close: () => Promise<void>;
}

export async function startBrowser(): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "loam-browser-"));
  const env = { ...definedEnvironment(), FONTCONFIG_FILE: prepareFonts(folder) };
  // A container has no usable sandbox for root, and no graphics card.
  const args = ["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--font-render-hinting=none", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
  const browser = await chromium.launch({ executablePath: await findChromium(), args, env });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function findChromium(): Promise<string> {
  const named = process.env["LOAM_CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw new Error(`LOAM_CHROMIUM names \`${named}\`, which does not exist`);
  }
  const packaged = await packagedChromium();
  if (packaged !== undefined) return packaged;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  }
  throw new Error("the browser tests need Chromium: install `chromium` with the system's packages, or set LOAM_CHROMIUM to its path");
}

/** The package holds a Linux build only, and unpacks it into the temporary folder on first use. */
async function packagedChromium(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  try {
    const { default: packaged } = await import("@sparticuz/chromium");
    return await packaged.executablePath();
  } catch (cause) {
    console.error(`the packaged Chromium cannot be used: ${String(cause)}`);
    return undefined;
  }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
