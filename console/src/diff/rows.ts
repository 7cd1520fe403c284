// The lines of a block as rows: one under the other, or side by side, with what differs within a line.
import type { Block } from "./patch";

export interface Row {
  kind: "same" | "added" | "removed" | "note";
  old: number | null;
  new: number | null;
  text: string;
  /** From where to where it differs from the line it replaces; null where the whole line does. */
  edit: [number, number] | null;
}

export type Pair = [Row | null, Row | null];

export function rowsOf(lines: readonly string[], block: Block): Row[] {
  const position = { old: block.oldStart, new: block.newStart };
  const rows = lines.slice(block.from, block.to).map((line) => rowOf(line, position));
  for (const [removed, added] of pairsOf(rows)) {
    if (removed?.kind === "removed" && added?.kind === "added") markEdit(removed, added);
  }
  return rows;
}

/** Removed lines beside the added ones that follow them. */
export function pairsOf(rows: readonly Row[]): Pair[] {
  const pairs: Pair[] = [];
  let at = 0;
  while (at < rows.length) {
    const removed = runOf(rows, at, "removed");
    const added = runOf(rows, at + removed.length, "added");
    const length = removed.length + added.length;
    const row = rows[at] ?? null;
    if (length === 0) pairs.push([row, row]);
    else pairs.push(...zipped(removed, added));
    at += Math.max(1, length);
  }
  return pairs;
}

/** The notes come after the lines, each on its side. */
function zipped(removed: Row[], added: Row[]): Pair[] {
  const [left, right] = [removed.filter(isLine), added.filter(isLine)];
  const lines = Array.from(
    { length: Math.max(left.length, right.length) },
    (_, place): Pair => [left[place] ?? null, right[place] ?? null],
  );
  const isNote = (row: Row) => !isLine(row);
  return [
    ...lines,
    ...removed.filter(isNote).map((note): Pair => [note, null]),
    ...added.filter(isNote).map((note): Pair => [null, note]),
  ];
}

const isLine = (row: Row): boolean => row.kind !== "note";

/** With the note that its last line ends without a line break. */
function runOf(rows: readonly Row[], from: number, kind: Row["kind"]): Row[] {
  let end = from;
  while (rows[end]?.kind === kind) end += 1;
  if (end > from && rows[end]?.kind === "note") end += 1;
  return rows.slice(from, end);
}

function rowOf(line: string, position: { old: number; new: number }): Row {
  const text = line.slice(1);
  switch (line[0]) {
    case "+":
      return { kind: "added", old: null, new: position.new++, text, edit: null };
    case "-":
      return { kind: "removed", old: position.old++, new: null, text, edit: null };
    case "\\":
      return { kind: "note", old: null, new: null, text: text.trim(), edit: null };
    default:
      return { kind: "same", old: position.old++, new: position.new++, text, edit: null };
  }
}

const LEAST_ALIKE = 0.35;

/** By what both lines begin and end with; lines that have little in common differ as a whole. */
function markEdit(removed: Row, added: Row): void {
  const [one, other] = [removed.text, added.text];
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1;
  if (start + end < Math.max(one.length, other.length) * LEAST_ALIKE) return;
  removed.edit = [start, one.length - end];
  added.edit = [start, other.length - end];
}
