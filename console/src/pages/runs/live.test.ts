// Rows change in their places; what comes and goes is counted.
import { describe, expect, it } from "vitest";
import type { Run } from "@/api/queries";
import { compared, patched } from "./live";

const run = (id: number, status: Run["status"] = "QUEUED") => ({ id, status }) as Run;
const list = () => ({
  pages: [
    { items: [run(9), run(8)], next_cursor: "8" },
    { items: [run(7)], next_cursor: null },
  ],
  pageParams: [null, 8],
});

describe("patched", () => {
  it("changes rows where they stand and adds none", () => {
    const before = list();
    const after = patched(before, [run(10), run(8, "RUNNING")]);
    expect(after.pages.map(({ items }) => items.map(({ id, status }) => `${id} ${status}`))).toEqual([
      ["9 QUEUED", "8 RUNNING"],
      ["7 QUEUED"],
    ]);
    expect(after.pages[1]).toBe(before.pages[1]);
    expect(before.pages[0]?.items[1]?.status).toBe("QUEUED");
  });

  it("is the same list where nothing differs", () => {
    const before = list();
    expect(patched(before, [run(9), run(3, "FAILED")])).toBe(before);
  });
});

describe("compared", () => {
  it("finds what has left the filter and what has come into it", () => {
    expect(compared([9, 8, 5], [run(9), run(7), run(5)], 10)).toEqual({ left: [8], appeared: [7] });
  });

  it("does not take for gone what lies beyond a full answer", () => {
    expect(compared([9, 8, 5], [run(9), run(8)], 2)).toEqual({ left: [], appeared: [] });
    expect(compared([9, 8, 5], [run(9), run(8)], 3)).toEqual({ left: [5], appeared: [] });
  });

  it("does not count what lies below the rows that are seen", () => {
    expect(compared([9, 8], [run(9), run(8), run(7)], 10)).toEqual({ left: [], appeared: [] });
  });

  it("takes all for gone when the filter finds nothing", () => {
    expect(compared([9, 8], [], 10)).toEqual({ left: [9, 8], appeared: [] });
  });
});
