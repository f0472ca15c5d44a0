// Runs the tests of one package with node's own runner: `node test.mjs packages/elements [name…]`. The TypeScript is bundled first,
// into the package's node_modules, so that every Node.js from 20 on runs it and no build output stands in the tree.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [folder, ...only] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node test.mjs PACKAGE-FOLDER [TEST…]");
  process.exit(2);
}
const root = resolve(here, folder);
const out = join(root, "node_modules/.tests");
const files = readdirSync(join(root, "test")).filter((name) => name.endsWith(".test.ts") && (only.length === 0 || only.includes(name.replace(".test.ts", ""))));
if (files.length === 0) {
  console.error(`no test in ${folder}/test${only.length > 0 ? ` is named ${only.join(" or ")}` : ""}`);
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  entryPoints: files.map((name) => join(root, "test", name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  logLevel: "warning",
});
const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", `--test-concurrency=${availableParallelism()}`, "--test-timeout=300000", ...files.map((name) => join(out, name.replace(/\.ts$/, ".mjs")))], { stdio: "inherit", cwd: root });
process.exit(run.status ?? 1);
