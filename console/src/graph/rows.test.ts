// The tree as rows, and where the keys lead.
import { describe, expect, it } from "vitest";
import { type Item, itemsOf } from "./model";
import { moved, rowsOf } from "./rows";
import { article } from "./sample";

const items = itemsOf(article);
const all = (item: Item) => item.inner.length > 0;
const open = rowsOf(items, all);
const closed = rowsOf(items, () => false);

it("shows what is open, and neither task nor output", () => {
  expect(closed.map((row) => row.item.id)).toEqual(["research", "review"]);
  expect(open.map((row) => `${row.level} ${row.item.id}`)).toEqual([
    "1 research",
    "2 research/ann",
    "2 research/bob",
    "2 research/dot",
    "1 review",
    "2 review/dot",
    "2 review/cid",
  ]);
  expect(open[2]).toMatchObject({ place: 2, of: 3, parent: "research", isOpen: null });
  expect(closed[1]).toMatchObject({ place: 2, of: 2, parent: null, isOpen: false });
});

describe("keys", () => {
  it.each([
    ["research", "ArrowDown", { to: "research/ann" }],
    ["research", "ArrowUp", null],
    ["review/cid", "ArrowDown", null],
    ["review", "Home", { to: "research" }],
    ["research", "End", { to: "review/cid" }],
    ["research", "ArrowRight", { to: "research/ann" }],
    ["research", "ArrowLeft", { close: "research" }],
    ["research/bob", "ArrowLeft", { to: "research" }],
    ["research/bob", "ArrowRight", null],
    ["research/bob", "x", null],
  ])("from %s with %s", (current, key, move) => {
    expect(moved(open, current, key)).toEqual(move);
  });

  it("open what is closed", () => {
    expect(moved(closed, "review", "ArrowRight")).toEqual({ open: "review" });
    expect(moved(closed, "review", "ArrowLeft")).toBeNull();
  });

  it("begin at the first row where the current one is gone", () => {
    expect(moved(closed, "research/ann", "ArrowDown")).toEqual({ to: "review" });
    expect(moved([], "x", "ArrowDown")).toBeNull();
  });
});
