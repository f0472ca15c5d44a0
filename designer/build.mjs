// Bundles the browser side into the folder given as the only argument: minified files with a hash in their name, each with a
// gzipped twin, and `assets.tsv` listing them (name, file, content type, "gzip" or "plain") for build.rs.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "packages/elements/src");
const out = process.argv[2];
if (out === undefined) {
  console.error("usage: node build.mjs OUTPUT-FOLDER");
  process.exit(2);
}
mkdirSync(out, { recursive: true });

const bundle = async (entry) => {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [join(source, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: ["chrome111", "firefox113", "safari16.4"],
    legalComments: "none",
    logLevel: "warning",
  });
  return Buffer.from(result.outputFiles[0].contents);
};

const svg = (file) => Buffer.from(readFileSync(join(source, file), "utf8").replace(/<!--[^]*?-->/g, "").replace(/>\s+</g, "><").trim());

const assets = [
  ["app.css", await bundle("app.css"), "text/css; charset=utf-8"],
  ["app.js", await bundle("app.ts"), "text/javascript; charset=utf-8"],
  ["icons.svg", svg("icons.svg"), "image/svg+xml"],
  ["icon.svg", svg("icon.svg"), "image/svg+xml"],
];

const lines = assets.map(([name, content, kind]) => {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const file = name.replace(".", `-${hash}.`);
  const packed = gzipSync(content, { level: 9 });
  const smaller = packed.length < content.length;
  writeFileSync(join(out, file), content);
  if (smaller) writeFileSync(join(out, `${file}.gz`), packed);
  return [name, file, kind, smaller ? "gzip" : "plain"].join("\t");
});
writeFileSync(join(out, "assets.tsv"), `${lines.join("\n")}\n`);
