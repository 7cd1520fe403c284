// What cannot be seen is found, and nothing else.
import { expect, test } from "vitest";
import { hasHidden, parts } from "./hidden";

test("a right-to-left override stands as its code between what is read", () => {
  expect(parts("a\u202eb")).toEqual(["a", { code: "U+202E", name: "right-to-left override" }, "b"]);
});

test("ordinary text in any script is one part", () => {
  for (const text of ["", "plain", "tab\tand\nlines\r\n", "äöü 日本語 العربية", "ends with\r"]) {
    expect(parts(text)).toEqual([text]);
    expect(hasHidden(text)).toBe(false);
  }
});

test.each(["\u200b", "\u2066", "\u00ad", "\ufeff", "\u3164", "\u2028", "\u0000", "\u001b", "\u{e0041}"])(
  "%j is found",
  (character) => {
    expect(parts(`x${character}y`)).toHaveLength(3);
    expect(hasHidden(character)).toBe(true);
  },
);

test("a carriage return that hides the line before it is found", () => {
  expect(parts("evil\rgood")[1]).toEqual({ code: "U+000D", name: "carriage return" });
});
