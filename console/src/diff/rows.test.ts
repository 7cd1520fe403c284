// Lines become rows with their numbers, pairs side by side, and what differs within a line is found.
import { expect, test } from "vitest";
import { parsePatch } from "./patch";
import { pairsOf, rowsOf } from "./rows";

function rows(...lines: string[]) {
  const [removed, added] = ["-", "+"].map(
    (sign) => lines.filter((line) => [sign, " "].includes(line[0] ?? "")).length,
  );
  const patch = parsePatch(`--- a\n+++ b\n@@ -5,${removed} +7,${added} @@\n${lines.join("\n")}\n`);
  const block = patch.files[0]?.blocks[0];
  if (!block) throw new Error("no block");
  return rowsOf(patch.lines, block);
}

test("each side counts its own lines", () => {
  expect(rows(" a", "-b", "+c", "+d", " e").map((row) => [row.old, row.new, row.text])).toEqual([
    [5, 7, "a"],
    [6, null, "b"],
    [null, 8, "c"],
    [null, 9, "d"],
    [7, 10, "e"],
  ]);
});

test("removed lines stand beside the added ones that replace them", () => {
  const pairs = pairsOf(rows(" a", "-b", "+c", "+d", "-e", " f"));
  expect(pairs.map(([left, right]) => [left?.text, right?.text])).toEqual([
    ["a", "a"],
    ["b", "c"],
    [undefined, "d"],
    ["e", undefined],
    ["f", "f"],
  ]);
});

test("the notes on missing line breaks stay on their side, after the lines", () => {
  const pairs = pairsOf(rows("-x", "\\ No newline at end of file", "+y", "\\ No newline at end of file"));
  expect(pairs.map(([left, right]) => [left?.text, right?.text])).toEqual([
    ["x", "y"],
    ["No newline at end of file", undefined],
    [undefined, "No newline at end of file"],
  ]);
});

test("what differs within a line is marked on both sides", () => {
  const [removed, added] = rows("-const limit = 10;", "+const limit = 250;");
  expect(removed?.text.slice(...(removed.edit ?? []))).toBe("1");
  expect(added?.text.slice(...(added.edit ?? []))).toBe("25");
});

test("lines that have little in common differ as a whole", () => {
  const [removed, added] = rows("-import os", "+return 42 + calculate()");
  expect([removed?.edit, added?.edit]).toEqual([null, null]);
});
