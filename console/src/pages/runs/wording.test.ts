// What stands under a goal.
import { expect, it } from "vitest";
import type { Run } from "@/api/queries";
import { saidOf } from "./wording";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const run = (part: Partial<Run>): Run =>
  ({ attempt: 0, available_at: "2029-12-31T00:00:00Z", error: null, last_message: null, ...part }) as Run;

it("says the first line of why it failed, and no more than a row holds", () => {
  expect(saidOf(run({ status: "FAILED", error: "\nno key\nTraceback" }), NOW)).toBe("no key");
  expect(saidOf(run({ status: "FAILED", error: "x".repeat(1000) }), NOW)).toHaveLength(301);
  expect(saidOf(run({ status: "FAILED" }), NOW)).toBe("");
});

it("says what a running one does", () => {
  const part = { status: "RUNNING", current_agent: "critic", last_message: "Reading" } as const;
  expect(saidOf(run(part), NOW)).toBe("critic: Reading");
  expect(saidOf(run({ ...part, cancel_requested: true }), NOW)).toBe("Being cancelled");
});

it("says what a waiting one asks", () => {
  const approval = { question: { text: "Commit 1 file?" } } as NonNullable<Run["approval"]>;
  expect(saidOf(run({ status: "WAITING", approval }), NOW)).toBe("Commit 1 file?");
});

it("says why a queued one does not run", () => {
  const later = "2030-01-01T01:00:00Z";
  expect(saidOf(run({ status: "QUEUED" }), NOW)).toBe("In the queue");
  expect(saidOf(run({ status: "QUEUED", available_at: later }), NOW)).toBe("Waits for its time");
  expect(saidOf(run({ status: "QUEUED", attempt: 1 }), NOW)).toBe("Tries again");
  expect(saidOf(run({ status: "QUEUED", attempt: 1, available_at: later }), NOW)).toContain("later");
});
