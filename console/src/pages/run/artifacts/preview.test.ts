// Which file is shown as what.
import { expect, test } from "vitest";
import { cut, indented, isTooLarge, previewOf } from "./preview";

test.each([
  ["a.svg", "image/svg+xml", "text"],
  ["a.html", "text/html; charset=utf-8", "text"],
  ["a.xhtml", "application/xhtml+xml", "text"],
  ["a.md", "text/markdown", "text"],
  ["a.js", "application/javascript", "text"],
  ["a.png", "image/PNG", "image"],
  ["diff.patch", "text/x-diff", "diff"],
  ["plain.diff", "text/plain", "diff"],
  ["a.json", "application/json", "json"],
  ["a.geo", "application/geo+json", "json"],
  ["a.pdf", "application/pdf", "none"],
  ["a", "", "none"],
])("%s of type %j is shown as %s", (path, media_type, preview) => {
  expect(previewOf({ path, media_type })).toBe(preview);
});

test("what is too large is only saved", () => {
  expect(isTooLarge({ path: "a.txt", media_type: "text/plain", size: 2_000_000 })).toBe(false);
  expect(isTooLarge({ path: "a.txt", media_type: "text/plain", size: 2_000_001 })).toBe(true);
});

test("JSON is indented, and what is none stays as it is", () => {
  expect(indented('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(indented("{a}")).toBe("{a}");
});

test("a long text is cut, and says so", () => {
  expect(cut("x".repeat(200_001)).isCut).toBe(true);
  expect(cut("short")).toEqual({ shown: "short", isCut: false });
});
