// A small server for the gallery: the built assets, the sample pages under the policy the real server sends, and canned answers.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { freePort } from "./loam.ts";

// The tests run from their package's folder, wherever their bundle is.
const root = process.cwd();
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const people = [
  { id: "1", label: "王伟", hint: "心内科 · 主治医师" },
  { id: "2", label: "李娜", hint: "护理部 · 护士长" },
];

export interface Gallery {
  url: string;
  stop: () => Promise<void>;
}

export async function startGallery(): Promise<Gallery> {
  const built = mkdtempSync(join(tmpdir(), "loam-gallery-"));
  const run = spawnSync(process.execPath, ["build.mjs", built], { cwd: join(root, "../.."), encoding: "utf8" });
  if (run.status !== 0) throw new Error(`the browser side could not be built: ${run.stderr}`);
  const assets = new Map(
    readFileSync(join(built, "assets.tsv"), "utf8").trim().split("\n").map((line) => {
      const [name = "", file = "", kind = ""] = line.split("\t");
      return [name, { file, kind, content: gzipSync(readFileSync(join(built, file))) }] as const;
    }),
  );
  const page = (name: string): Buffer => {
    const sample = (file: string): string => readFileSync(join(root, "test/gallery", `${file}.html`), "utf8");
    const html = sample("frame").replace("<!-- page -->", () => sample(name));
    const whole = html.replace(/\{\{ (\S+) \}\}/g, (_, asset: string) => `/assets/${assets.get(asset)?.file ?? asset}`).replace(/<i-(\S+?)>/g, (_, icon: string) => `<svg class="icon" aria-hidden="true"><use href="/assets/${assets.get("icons.svg")?.file}#${icon}"></use></svg>`);
    return gzipSync(whole);
  };
  const server = createServer((request, response) => void answer(request, response, assets, page));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(built, { recursive: true, force: true });
    },
  };
}

type Assets = Map<string, { file: string; kind: string; content: Buffer }>;

async function answer(request: IncomingMessage, response: ServerResponse, assets: Assets, page: (name: string) => Buffer): Promise<void> {
  const url = new URL(request.url ?? "/", "http://gallery");
  const path = url.pathname;
  const json = (body: unknown, headers: Record<string, string> = {}): void => void response.writeHead(200, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
  const asset = [...assets.values()].find(({ file }) => path === `/assets/${file}`);
  if (asset !== undefined) response.writeHead(200, { "Content-Type": asset.kind, "Content-Encoding": "gzip" }).end(asset.content);
  else if (["/list", "/form", "/detail", "/board", "/term", "/charts"].includes(path)) {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip", "Content-Security-Policy": policy }).end(page(path.slice(1)));
  } else if (path === "/lookup") json({ items: people.filter(({ label }) => label.includes(url.searchParams.get("q") ?? "")) });
  else if (path === "/children") response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end('<li class="tree-node"><div class="tree-row"><span class="tree-leaf"></span><a class="tree-label" href="#x">心内科</a></div></li>');
  else if (path === "/live") json(live(new URLSearchParams(await body(request))));
  else if (request.method === "PATCH" && request.headers["x-csrf-token"] === "token") json({}, { ETag: '"2"' });
  else response.writeHead(404).end();
}

function live(form: URLSearchParams): unknown {
  const weight = Number(form.get("weight"));
  return {
    values: { score: String(weight / 2) },
    visible: { note: weight <= 100 },
    required: { note: weight > 50 },
    errors: { weight: weight > 100 ? "不能超过 100%" : "" },
  };
}

async function body(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
