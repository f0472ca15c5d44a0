// What the functions of expressions give, compared with another spreadsheet engine wherever it has the function too: the examples of
// the reference are put into a cell of HyperFormula (a tool of this test only, under GPL-3.0) and must give the same to twelve digits.
// Where we answer null, it must answer an error.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { type CellValue, DetailedCellError, HyperFormula } from "hyperformula";

interface Example { expression: string; gives: string }
interface Documented { name: string; examples: Example[] }

/** The same function under the name a sheet has for it. */
const RENAMED: Record<string, string> = {
  CEILING: "CEILING.MATH",
  COVARIANCE_P: "COVARIANCE.P",
  COVARIANCE_S: "COVARIANCE.S",
  FLOOR: "FLOOR.MATH",
  LARGEST: "LARGE",
  NORM_DIST: "NORM.DIST",
  NORM_INV: "NORM.INV",
  NORM_S_DIST: "NORM.S.DIST",
  NORM_S_INV: "NORM.S.INV",
  NETWORKDAYS_INTL: "NETWORKDAYS.INTL",
  SMALLEST: "SMALL",
  STDEV_P: "STDEV.P",
  STDEV_S: "STDEV.S",
  VAR_P: "VAR.P",
  VAR_S: "VAR.S",
  WORKDAY_INTL: "WORKDAY.INTL",
};

/** Functions of one name and two meanings, each with the reason. What is not here must agree. */
const DIFFERS: Record<string, string> = {
  COUNTA: "an empty text counts as blank",
  COUNTBLANK: "an empty text counts as blank",
  SEQUENCE: "from one number to another, where a sheet takes rows and columns",
  SORT: "without nulls, as a list",
  SPLIT: "a list of all parts, where a sheet takes one by its place",
  TEXT: "per cent are percentage points, and days have patterns of their own",
  UNIQUE: "a list of one dimension, without nulls",
};

/** Single examples that cannot agree, each with the reason. */
const APART: Record<string, string> = {
  "DATE(2025, 2, 30)": "no such day is null; a sheet counts on into March",
  'DATEVALUE("2025年12月1日")': "Chinese days are understood",
  "IF(false, 1)": "nothing said is null; a sheet says FALSE",
  'IFS(75 >= 90, "A", 75 >= 70, "B", "C")': "a value left over is the answer otherwise",
  "INT(-7.1)": "down, as its documentation and other sheets say; HyperFormula 3.5 cuts",
  "IPMT(0.01, 13, 12, 10000)": "there is no thirteenth of twelve payments",
  'ISBLANK("")': "an empty text is blank too",
  'ISNUMBER("12.5")': "a text that reads as a number is one",
  "ISODD(-3)": "odd, as in other sheets; HyperFormula 3.5 says no of negative numbers",
  'ISOWEEKNUM("2025-12-29")': "that Monday is in the first week of 2026 by ISO 8601; HyperFormula 3.5 says 53",
  'MAXIFS([10], ["a"], "x")': "there is no largest of none; a sheet says 0",
  'NETWORKDAYS("2025-11-03", "2025-11-09", ["2025-11-04"])': "a sheet takes holidays from cells, not from texts",
  'NETWORKDAYS_INTL("2025-11-03", "2025-11-09", "0000011", ["2025-11-04", "2025-11-08"])': "a sheet takes holidays from cells, not from texts",
  "SIN(1000001)": "beyond a million there is no answer",
  'VALUE("1,234.50")': "thousands are understood",
  'WEEKDAY("2025-11-05")': "Monday is 1 unless said otherwise; a sheet starts on Sunday",
  'WEEKNUM("2025-01-05")': "weeks start on Monday unless said otherwise; in a sheet on Sunday",
  'WEEKNUM("2025-01-06")': "weeks start on Monday unless said otherwise; in a sheet on Sunday",
  'WORKDAY("2025-11-07", 1, ["2025-11-10"])': "a sheet takes holidays from cells, not from texts",
  'XIRR([-100, 110], ["2025-01-01", "2026-01-01"])': "a sheet takes days from cells, not from texts",
  'XIRR([5, 6], ["2025-01-01", "2026-01-01"])': "a sheet takes days from cells, not from texts",
  'XNPV(-1, [5], ["2025-01-01"])': "HyperFormula 3.5 takes no flows in a list here",
  'XNPV(0.09, [-10000, 2750, 4250, 3250, 2750], ["2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01"])': "HyperFormula 3.5 takes no flows in a list here",
};

/** Functions that both have and no example can compare, each with the reason. */
const ALONE: Record<string, string> = {
  CLEAN: "its only example holds a tab, which a text in a formula cannot",
  HOUR: "its only example is of the present moment, in the zone of the app",
  MINUTE: "its only example is of the present moment, in the zone of the app",
  NOW: "the present moment is not that of the examples",
  SECOND: "its only example is of the present moment, in the zone of the app",
  TEXTJOIN: "its only example leaves null out, for which a sheet has no word",
  TODAY: "the present day is not that of the examples",
  XNPV: "its flows stand in a list, which HyperFormula 3.5 does not take here",
};

/** Upwards from the bundle, which stands in `node_modules`. */
function reference(): Documented[] {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, "runtime/definition/schemas/functions.json");
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { functions: Documented[] }).functions;
    assert.notEqual(folder, dirname(folder), "the reference of functions is not there: run `cargo xtask generate`");
  }
}

const known = new Set(HyperFormula.getRegisteredFunctionNames("enGB"));
const engine = HyperFormula.buildEmpty({ licenseKey: "gpl-v3", smartRounding: false, dateFormats: ["YYYY-MM-DD"], leapYear1900: false, nullDate: { year: 1899, month: 12, day: 30 } });

/** The expression as a sheet writes it; undefined where it has no words for it. The present day is not that of the examples. */
function translated(expression: string): string | undefined {
  if (expression.includes("`") || /\bnull\b|\?\?|&&|\|\||!(?!=)|\b(?:TODAY|NOW)\(/.test(expression)) return undefined;
  let formula = "=";
  for (const part of expression.match(/"(?:[^"\\]|\\.)*"|[A-Z][A-Z0-9_]*(?=\()|[^"]/g) ?? []) {
    if (part.startsWith('"')) formula += part.includes("\\") ? "\u0000" : part;
    else if (/^[A-Z]/.test(part) && part.length > 1) {
      const name = RENAMED[part] ?? part;
      if (!known.has(name) || part in DIFFERS) return undefined;
      formula += name;
    } else formula += part;
  }
  if (formula.includes("\u0000")) return undefined;
  const inside = formula.split(/("[^"]*")/).map((part) => part.startsWith('"') ? part : part
    .replaceAll("==", "=").replaceAll("!=", "<>").replaceAll("[", "{").replaceAll("]", "}")
    .replace(/\btrue\b/g, "TRUE()").replace(/\bfalse\b/g, "FALSE()"));
  return inside.join("");
}

function agrees(gives: string, found: CellValue): boolean {
  if (gives === "null") return found instanceof DetailedCellError;
  if (gives === "true" || gives === "false") return found === (gives === "true");
  if (gives.startsWith('"')) return found === gives.slice(1, -1);
  if (typeof found !== "number") return false;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(gives) ? (Date.parse(`${gives}T00:00:00Z`) - Date.UTC(1899, 11, 30)) / 86_400_000 : undefined;
  const wanted = day ?? Number(gives);
  return Math.abs(found - wanted) <= 1e-12 * Math.max(1, Math.abs(wanted));
}

test("functions agree with another spreadsheet engine", () => {
  const functions = new Set<string>();
  const wrong: string[] = [];
  let compared = 0;
  for (const { name, examples } of reference()) {
    for (const { expression, gives } of examples) {
      const formula = gives.startsWith("[") || expression in APART ? undefined : translated(expression);
      if (formula === undefined) continue;
      const found = engine.calculateFormula(formula, engine.getSheetId(engine.getSheetNames()[0] ?? engine.addSheet("examples")) ?? 0);
      compared += 1;
      functions.add(name);
      const value = Array.isArray(found) ? found[0]?.[0] ?? null : found;
      if (!agrees(gives, value)) {
        wrong.push(`${expression} gives ${gives}, and ${formula} gives ${value instanceof DetailedCellError ? value.value : String(value)}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
  // What both have is compared, or differs, or stands here with the reason why it is neither.
  const left = reference().map(({ name }) => name).filter((name) => known.has(RENAMED[name] ?? name) && !(name in DIFFERS) && !functions.has(name));
  assert.deepEqual(left.sort(), Object.keys(ALONE).sort());
  assert.ok(functions.size >= 130, `only ${functions.size} functions were compared, by ${compared} examples`);
});

test("every known difference is still one", () => {
  const names = new Set(reference().map((documented) => documented.name));
  for (const name of Object.keys(DIFFERS)) {
    assert.ok(names.has(name) && known.has(RENAMED[name] ?? name), `\`${name}\` needs no entry: only one of the two has it`);
  }
  const examples = new Set(reference().flatMap((documented) => documented.examples.map((example) => example.expression)));
  assert.deepEqual(Object.keys(APART).filter((expression) => !examples.has(expression)), []);
});
