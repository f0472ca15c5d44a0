// A running demo of our own: the binary named by `LOAM_BIN` with one centre of the sample, its data in a temporary folder or a database
// of its own, gone at the end.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Database } from "./postgres.ts";

const patience = 180_000;

export interface Loam {
  url: string;
  /** What the program has printed so far: the demo prints its sign-ins. */
  printed: () => string;
  stop: () => Promise<void>;
}

export async function startLoam(database?: Database, more: { port?: number; variables?: Record<string, string> } = {}): Promise<Loam> {
  const binary = process.env["LOAM_BIN"];
  if (binary === undefined || binary === "") throw new Error("set LOAM_BIN to the `loam` binary, or run `cargo xtask test --only browser`");
  const data = mkdtempSync(join(tmpdir(), "loam-e2e-"));
  const port = more.port ?? (await freePort());
  const place = database === undefined ? {} : { LOAM_DATABASE: database.url };
  const child = spawn(binary, ["demo", "--tier", "tiny"], { env: { ...process.env, PORT: String(port), LOAM_DATA: data, ...place, ...more.variables }, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    await end(child);
    await database?.drop();
    rmSync(data, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await ready(url, child, () => text);
  } catch (problem) {
    await stop();
    throw problem;
  }
  return { url, printed: () => text, stop };
}

async function ready(url: string, child: ChildProcess, printed: () => string): Promise<void> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`\`loam demo\` ended with ${child.exitCode}:\n${printed()}`);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await wait(100);
  }
  throw new Error(`\`loam demo\` was not ready after ${patience / 1000} s:\n${printed()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(late);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}
