// What the charts draw, and the words that say the same.
import { expect, it } from "vitest";
import { type Bucket, depth, ended, rangeOf, said, summary } from "./series";

const empty = { created: 0, started: 0, completed: 0, failed: 0, cancelled: 0, queued: 0, running: 0 };
const buckets: Bucket[] = [
  { ...empty, begins_at: "2030-01-01T00:00:00Z", created: 5, completed: 2, queued: 3, running: 1 },
  { ...empty, begins_at: "2030-01-01T00:30:00Z", created: 1, completed: 1, failed: 2, cancelled: 1 },
];
const at = Date.parse("2030-01-01T00:15:00Z") / 1000;

it("draws each bucket at its middle", () => {
  expect(depth(buckets, 1800)).toEqual([
    [at, at + 1800],
    [3, 0],
    [1, 0],
  ]);
});

it("stacks how runs ended, the tallest first", () => {
  expect(ended(buckets, 1800)).toEqual([
    [at, at + 1800],
    [2, 4],
    [2, 3],
    [2, 1],
  ]);
});

it("says in words what the charts show", () => {
  expect(summary(buckets, "1")).toBe(
    "In the last hour 6 runs were made, 3 completed, 2 failed, 1 cancelled, and up to 3 waited in the queue.",
  );
  const quiet = buckets.map((bucket) => ({ ...bucket, ...empty }));
  expect(summary(quiet, "24")).toBe("In the last 24 hours 0 runs were made, 0 completed, 0 failed.");
});

it("says what is under the pointer, and of cancelled ones only where there are any", () => {
  expect(said({ ...empty, begins_at: "2030-01-01T00:00:00Z", completed: 2 }, 1800)).toMatch(
    /: 2 completed, 0 failed, 0 queued, 0 under way$/,
  );
});

it("takes no other range than those it offers", () => {
  expect(rangeOf(new URLSearchParams("hours=6"))).toBe("6");
  expect(rangeOf(new URLSearchParams("hours=constructor"))).toBe("24");
  expect(rangeOf(new URLSearchParams())).toBe("24");
});
