// Which rows are selected: one by one, from here to there, all that are shown, or all that match.

export interface Selection {
  ids: ReadonlySet<number>;
  /** Whether it is everything that the filter finds, loaded or not. */
  isAll: boolean;
  /** The row that was touched last: where a range begins. */
  anchor: number | null;
}

export const NOTHING: Selection = { ids: new Set(), isAll: false, anchor: null };

export const isSelected = (selection: Selection, id: number): boolean =>
  selection.isAll || selection.ids.has(id);

/** `rows` are the ids in the order they are shown; with `isRange`, all from the anchor to this one take its new state. */
export function toggled(
  selection: Selection,
  rows: readonly number[],
  id: number,
  isRange = false,
): Selection {
  const ids = new Set(selection.isAll ? rows : selection.ids);
  const isOn = !isSelected(selection, id);
  for (const each of isRange ? range(rows, selection.anchor, id) : [id]) {
    if (isOn) ids.add(each);
    else ids.delete(each);
  }
  return { ids, isAll: false, anchor: id };
}

/** All that are loaded, or none when they all were selected. */
export function toggledAll(selection: Selection, rows: readonly number[]): Selection {
  const isFull = rows.length > 0 && rows.every((id) => isSelected(selection, id));
  return isFull ? NOTHING : { ids: new Set(rows), isAll: false, anchor: null };
}

function range(rows: readonly number[], anchor: number | null, id: number): readonly number[] {
  const from = anchor === null ? -1 : rows.indexOf(anchor);
  const to = rows.indexOf(id);
  if (from < 0 || to < 0) return [id];
  return rows.slice(Math.min(from, to), Math.max(from, to) + 1);
}
