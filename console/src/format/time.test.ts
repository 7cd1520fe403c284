// Times in few characters.
import { describe, expect, it } from "vitest";
import { duration, relative } from "./time";

const SECOND = 1000;
const HOUR = 3600 * SECOND;

describe("relative", () => {
  const now = Date.parse("2026-11-26T12:00:00Z");

  it.each([
    [0, "now"],
    [12 * SECOND, "12s ago"],
    [59.9 * SECOND, "59s ago"],
    [60 * SECOND, "1m ago"],
    [3 * HOUR, "3h ago"],
    [29 * 24 * HOUR, "29d ago"],
    [40 * 24 * HOUR, "17 Oct 2026"],
    [-4 * 60 * SECOND, "in 4m"],
  ])("tells %d ms ago as %s", (ms, words) => {
    expect(relative(now - ms, now)).toBe(words);
  });
});

describe("duration", () => {
  it.each([
    [0, "0ms"],
    [340, "340ms"],
    [4_240, "4.2s"],
    [59_900, "59s"],
    [725_000, "12m 5s"],
    [720_000, "12m"],
    [12_000_000, "3h 20m"],
    [2 * 24 * HOUR + 4 * HOUR, "2d 4h"],
  ])("tells %d ms as %s", (ms, words) => {
    expect(duration(ms)).toBe(words);
  });
});
