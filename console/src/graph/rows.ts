// The graph as a tree of rows, and where the keys lead in it. Pure.
import type { Item } from "./model";

export interface Row {
  item: Item;
  level: number;
  /** Null: nothing stands in it. */
  isOpen: boolean | null;
  /** Its place among its siblings, from 1 on. */
  place: number;
  of: number;
  parent: string | null;
}

export function rowsOf(
  items: readonly Item[],
  isOpen: (item: Item) => boolean,
  level = 1,
  parent: string | null = null,
): Row[] {
  const shown = items.filter((item) => item.kind !== "begin" && item.kind !== "end");
  return shown.flatMap((item, at) => {
    const opens = item.inner.length ? isOpen(item) : null;
    const row: Row = { item, level, isOpen: opens, place: at + 1, of: shown.length, parent };
    return opens ? [row, ...rowsOf(item.inner, isOpen, level + 1, item.id)] : [row];
  });
}

export type Move = { to: string } | { open: string } | { close: string } | null;

/** As trees do: up and down, right opens or goes in, left closes or goes out. */
export function moved(rows: readonly Row[], current: string, key: string): Move {
  const at = Math.max(
    0,
    rows.findIndex((row) => row.item.id === current),
  );
  const row = rows[at];
  if (!row) return null;
  if (key === "ArrowRight") return inward(rows, at, row);
  if (key === "ArrowLeft")
    return row.isOpen ? { close: row.item.id } : row.parent ? { to: row.parent } : null;
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key];
  const next = target === undefined ? undefined : rows[target];
  return next ? { to: next.item.id } : null;
}

function inward(rows: readonly Row[], at: number, row: Row): Move {
  if (row.isOpen === false) return { open: row.item.id };
  const next = rows[at + 1];
  return row.isOpen && next ? { to: next.item.id } : null;
}
