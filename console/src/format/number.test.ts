// Numbers as people read them.
import { expect, it } from "vitest";
import { bytes, cost, numberIn, plural, short } from "./number";

it.each([
  [0, "0"],
  [999, "999"],
  [1234, "1.2k"],
  [34_200, "34k"],
  [999_900, "1.0M"],
  [1_200_000, "1.2M"],
])("shortens %d to %s", (count, text) => {
  expect(short(count)).toBe(text);
});

it.each([
  [12, "12 B"],
  [3400, "3.4 kB"],
  [999_960, "1.0 MB"],
  [1_200_000, "1.2 MB"],
  [5_000_000_000, "5.0 GB"],
])("tells %d bytes as %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});

it.each([
  [0, "$0"],
  [0.0042, "$0.0042"],
  [0.3, "$0.30"],
  [12, "$12.00"],
])("tells %d dollars as %s", (usd, text) => {
  expect(cost(usd)).toBe(text);
});

it("counts in words", () => {
  expect(plural(1, "run")).toBe("1 run");
  expect(plural(0, "run")).toBe("0 runs");
  expect(plural(1200, "reply", "replies")).toBe("1,200 replies");
});

it.each([
  ["12", 12],
  ["0", null],
  ["-1", null],
  ["1e3", null],
  ["abc", null],
  ["", null],
  [undefined, null],
  ["99999999999999999999", null],
])("reads %s in an address as %s", (text, number) => {
  expect(numberIn(text)).toBe(number);
});
