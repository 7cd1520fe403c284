// Rows are selected one by one, from here to there, or all.
import { describe, expect, it } from "vitest";
import { isSelected, NOTHING, toggled, toggledAll } from "./selection";

const rows = [9, 8, 7, 6, 5];
const ids = (selection: { ids: ReadonlySet<number> }) => [...selection.ids].sort();

describe("a selection", () => {
  it("takes a row and gives it back", () => {
    const one = toggled(NOTHING, rows, 8);
    expect(ids(one)).toEqual([8]);
    expect(ids(toggled(one, rows, 8))).toEqual([]);
  });

  it("takes a range in either direction, beginning where it was touched last", () => {
    expect(ids(toggled(toggled(NOTHING, rows, 8), rows, 6, true))).toEqual([6, 7, 8]);
    expect(ids(toggled(toggled(NOTHING, rows, 6), rows, 8, true))).toEqual([6, 7, 8]);
  });

  it("gives back a range", () => {
    const all = toggledAll(NOTHING, rows);
    expect(ids(toggled(toggled(all, rows, 8), rows, 6, true))).toEqual([5, 9]);
  });

  it("is one row where a range has no beginning that is shown", () => {
    expect(ids(toggled(NOTHING, rows, 7, true))).toEqual([7]);
    expect(ids(toggled({ ...NOTHING, anchor: 99 }, rows, 7, true))).toEqual([7]);
  });

  it("takes all that are loaded, then none", () => {
    const all = toggledAll(NOTHING, rows);
    expect(ids(all)).toEqual([5, 6, 7, 8, 9]);
    expect(toggledAll(all, rows)).toEqual(NOTHING);
  });

  it("of all that match becomes one of the loaded without the row that is given back", () => {
    const everything = { ...NOTHING, isAll: true };
    expect(isSelected(everything, 1234)).toBe(true);
    const without = toggled(everything, rows, 7);
    expect(without.isAll).toBe(false);
    expect(ids(without)).toEqual([5, 6, 8, 9]);
  });
});
