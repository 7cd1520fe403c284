// The detail of a question may hold anything, and nothing of it breaks the page.
import { expect, test } from "vitest";
import type { Approval } from "@/api/queries";
import { changeOf, restOf } from "./reading";
import { deciderOf, outcomeOf, wordingOf } from "./wording";

const approval = (detail: unknown, more: Partial<Approval> = {}): Approval =>
  ({
    kind: "COMMIT",
    status: "OPEN",
    revise: false,
    decided_by: null,
    question: { detail },
    ...more,
  }) as Approval;

test("the detail of a change is read", () => {
  const check = {
    command: "pytest",
    ok: false,
    ended: "exit code 1",
    output: "1 failed",
    seconds: 2.5,
    sandbox: "L2",
  };
  expect(
    changeOf(approval({ project: "p", branch: "b", base: "c", message: "m", checks: [check], notes: ["n"] })),
  ).toEqual({
    project: "p",
    branch: "b",
    base: "c",
    message: "m",
    notes: ["n"],
    checks: [{ command: "pytest", ok: false, ended: "exit code 1", output: "1 failed", seconds: 2.5 }],
  });
});

test.each([undefined, null, "text", 7, [], { checks: "x", notes: { a: 1 }, message: 3, branch: null }])(
  "a detail of %j is an empty one",
  (detail) => {
    expect(changeOf(approval(detail))).toEqual({
      project: "",
      branch: "",
      base: "",
      message: "",
      checks: [],
      notes: [],
    });
  },
);

test("a check that does not say that it passed has failed", () => {
  for (const ok of [undefined, "true", 1]) {
    expect(changeOf(approval({ checks: [{ command: "x", ok }] })).checks[0]?.ok).toBe(false);
  }
});

test("what nobody shows otherwise is kept as JSON, hashes aside", () => {
  expect(restOf({ title: "t", rows: 3, input_sha256: "x" }, ["title"])).toBe('{\n  "rows": 3\n}');
  expect(restOf({ title: "t" }, ["title"])).toBe("");
});

test("outcomes and deciders are told in words", () => {
  expect(outcomeOf(approval({}, { status: "REJECTED", revise: true }))).toBe("Sent back");
  expect(outcomeOf(approval({}, { status: "REJECTED" }))).toBe("Rejected");
  expect(deciderOf(approval({}, { status: "GRANTED", decided_by: "ada" }))).toBe("by ada");
  expect(deciderOf(approval({}, { status: "EXPIRED", decided_by: "nobody" }))).toBe(
    "because its time was over",
  );
  expect(deciderOf(approval({}, { status: "VOID", decided_by: "nobody" }))).toBe(
    "because the run was cancelled",
  );
});

test("an answer that may count is sent back, a step that needs leave is refused, a budget only granted", () => {
  expect(wordingOf(approval({ answer: "42" }, { kind: "PERMISSION" })).revise).toBe(
    "Send back for another try",
  );
  expect(wordingOf(approval({}, { kind: "PERMISSION" })).revise).toBe("Refuse it, and let the run go on");
  expect(wordingOf(approval({}, { kind: "BUDGET" })).revise).toBeNull();
});
