// Chinese glyphs for a browser on a machine that may have none: the font package carries WOFF files, which fontconfig does not read,
// so each is unpacked to the OpenType font inside it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { inflateSync } from "node:zlib";

const weights = [400, 700];

/** Writes the fonts and a configuration into `folder`; the answer is the file for `FONTCONFIG_FILE`. */
export function prepareFonts(folder: string): string {
  const fonts = join(folder, "fonts");
  mkdirSync(fonts, { recursive: true });
  const source = join(dirname(createRequire(import.meta.url).resolve("@fontsource/noto-sans-sc/package.json")), "files");
  for (const subset of ["chinese-simplified", "latin"]) {
    for (const weight of weights) {
      const name = `noto-sans-sc-${subset}-${weight}-normal`;
      writeFileSync(join(fonts, `${name}.otf`), unpackWoff(readFileSync(join(source, `${name}.woff`))));
    }
  }
  const system = "/etc/fonts/fonts.conf";
  const include = existsSync(system) ? `<include ignore_missing="yes">${system}</include>` : "";
  const file = join(folder, "fonts.conf");
  writeFileSync(file, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${include}<dir>${fonts}</dir><cachedir>${folder}/cache</cachedir></fontconfig>`);
  return file;
}

/** WOFF 1.0 is an OpenType font with each table deflated; its directory entries are 20 bytes where OpenType's are 16. */
export function unpackWoff(woff: Buffer): Buffer {
  if (woff.toString("latin1", 0, 4) !== "wOFF") throw new Error("not a WOFF font");
  const count = woff.readUInt16BE(12);
  const power = 2 ** Math.floor(Math.log2(count));
  const head = Buffer.alloc(12 + 16 * count);
  head.writeUInt32BE(woff.readUInt32BE(4), 0);
  head.writeUInt16BE(count, 4);
  head.writeUInt16BE(power * 16, 6);
  head.writeUInt16BE(Math.log2(power), 8);
  head.writeUInt16BE(count * 16 - power * 16, 10);
  const tables: Buffer[] = [];
  let offset = head.length;
  for (let index = 0; index < count; index += 1) {
    const entry = 44 + 20 * index;
    const start = woff.readUInt32BE(entry + 4);
    const packed = woff.readUInt32BE(entry + 8);
    const length = woff.readUInt32BE(entry + 12);
    const stored = woff.subarray(start, start + packed);
    const table = packed < length ? inflateSync(stored) : stored;
    const record = 12 + 16 * index;
    woff.copy(head, record, entry, entry + 4);
    head.writeUInt32BE(woff.readUInt32BE(entry + 16), record + 4);
    head.writeUInt32BE(offset, record + 8);
    head.writeUInt32BE(length, record + 12);
    const padded = Buffer.alloc((length + 3) & ~3);
    table.copy(padded);
    tables.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([head, ...tables]);
}
