// The parts of the elements that need no browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswer } from "../src/plain/answer.ts";
import { readItems } from "../src/plain/items.ts";
import { deed, goTo } from "../src/plain/keys.ts";
import { complete, mentionAt, remaining } from "../src/plain/mention.ts";
import { renumber, renumberIds } from "../src/plain/rows.ts";
import { around } from "../src/plain/steps.ts";
import { extend, path, place, read, write, type Stroke } from "../src/plain/strokes.ts";
import { withQuery } from "../src/request.ts";
import { say } from "../src/words.ts";

test("names of a row follow its place", () => {
  assert.equal(renumber("goals[3][title]", "goals", 0), "goals[0][title]");
  assert.equal(renumber("goals[#][title]", "goals", 12), "goals[12][title]");
  assert.equal(renumber("goals.7", "goals", 2), "goals.2");
  assert.equal(renumber("other_goals[3][title]", "goals", 0), "other_goals[3][title]");
  assert.equal(renumber("goals[3][steps][4][text]", "goals", 1), "goals[1][steps][4][text]");
});

test("a list is gone through by keys, and its ends are not gone beyond", () => {
  assert.deepEqual(["j", "k", "x", "?", "Enter"].map((key) => deed(key, true)), ["next", "before", "choose", "help", undefined]);
  assert.deepEqual(["ArrowDown", "ArrowUp", "x"].map((key) => deed(key, false)), [undefined, undefined, undefined]);
  assert.deepEqual([deed("ArrowDown", true), deed("ArrowUp", true)], ["next", "before"]);
  assert.deepEqual([goTo(-1, 1, 3), goTo(-1, -1, 3), goTo(0, -1, 3), goTo(2, 1, 3), goTo(0, 1, 3)], [0, 2, 0, 2, 1]);
  assert.equal(goTo(-1, 1, 0), undefined);
});

test("ids and references to ids follow too", () => {
  assert.equal(renumberIds("f-goals-#-title", "goals", 4), "f-goals-4-title");
  assert.equal(renumberIds("h-goals-1-title e-goals-1-title", "goals", 0), "h-goals-0-title e-goals-0-title");
  assert.equal(renumberIds("e-goals[2][title]", "goals", 5), "e-goals[5][title]");
});

test("lines of a hand are kept as text and come back", () => {
  const box = { left: 10, top: 20, width: 300, height: 100 };
  assert.deepEqual(place(160, 70, box), [300, 100]);
  assert.deepEqual(place(-5, 900, box), [0, 200]);
  assert.deepEqual(place(1, 1, { left: 0, top: 0, width: 0, height: 0 }), [0, 0]);
  const line: Stroke = [];
  for (const x of [10, 11, 12, 20]) extend(line, [x, 5]);
  assert.deepEqual(line, [[10, 5], [20, 5]]);
  const strokes: Stroke[] = [line, [[7, 8]]];
  assert.equal(write(strokes), "10,5 20,5;7,8");
  assert.deepEqual(read(write(strokes)), strokes);
  assert.deepEqual(read("x;1,;;2,3 4"), [[[2, 3]]]);
  assert.equal(path(strokes), "M10 5L20 5M7 8h0");
});

test("a mention is found only where one is being typed", () => {
  assert.deepEqual(mentionAt("请 @王", 4), { start: 2, query: "王" });
  assert.deepEqual(mentionAt("@", 1), { start: 0, query: "" });
  assert.equal(mentionAt("a@b.cn", 6), undefined);
  assert.equal(mentionAt("@王伟 好", 5), undefined);
});

test("a completed mention leaves the caret behind it", () => {
  assert.deepEqual(complete("请 @王 看", 2, 4, "王伟"), { text: "请 @王伟 看", caret: 6 });
});

test("a name deleted from the text is no longer meant", () => {
  const chosen = new Map([["1", "王伟"], ["2", "李娜"]]);
  assert.deepEqual(remaining("@李娜 你好", chosen), ["2"]);
});

test("of two who have one name, the one chosen last is meant where it stands once", () => {
  const chosen = new Map([["1", "王伟"], ["2", "李娜"], ["3", "王伟"]]);
  assert.deepEqual(remaining("@王伟 @李娜", chosen), ["2", "3"]);
  assert.deepEqual(remaining("@王伟 @王伟", chosen), ["1", "3"]);
});

test("an answer of the wrong shape changes nothing", () => {
  for (const json of [null, 3, [], { values: [] }, { errors: "no" }]) {
    const answer = readAnswer(json);
    assert.equal(answer.values.size + answer.visible.size + answer.required.size + answer.errors.size, 0);
    assert.equal(answer.step, "");
  }
  const answer = readAnswer({ values: { score: 86.5, gone: null }, visible: { reason: true }, errors: { weight: "" } });
  assert.equal(answer.values.get("score"), "86.5");
  assert.equal(answer.values.get("gone"), "");
  assert.equal(answer.visible.get("reason"), true);
  assert.equal(answer.errors.get("weight"), "");
});

test("steps that are not shown are passed over", () => {
  const shown = [true, false, true, true];
  assert.deepEqual(around(shown, 0), { before: undefined, after: 2 });
  assert.deepEqual(around(shown, 2), { before: 0, after: 3 });
  assert.deepEqual(around(shown, 3), { before: 2, after: undefined });
  // One that has just gone still knows its neighbours.
  assert.deepEqual(around(shown, 1), { before: 0, after: 2 });
  assert.deepEqual(around([], 0), { before: undefined, after: undefined });
});

test("a lookup keeps only whole items", () => {
  assert.deepEqual(readItems({ items: [{ id: "1", label: "王伟" }, { id: 2, label: "x" }, null] }), [{ id: "1", label: "王伟", hint: "" }]);
  assert.deepEqual(readItems("no"), []);
});

test("a query is added to an address with or without one", () => {
  assert.equal(withQuery("/lookup", "q", "王 & co"), "/lookup?q=%E7%8E%8B%20%26%20co");
  assert.equal(withQuery("/lookup?f=a", "q", ""), "/lookup?f=a&q=");
});

test("words follow the language of the page", () => {
  assert.equal(say("remove", "王伟", "zh-CN"), "移除 王伟");
  assert.equal(say("remove", "$& x", "en"), "Remove $& x");
});
