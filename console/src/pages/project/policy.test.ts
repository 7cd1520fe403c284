// The form of a policy, and what is sent of it.
import { describe, expect, it } from "vitest";
import type { ProjectPolicy } from "@/api/queries";
import { changesIn, draftOf, summary } from "./policy";

const POLICY: ProjectPolicy = {
  allowed_paths: { read: ["**"], write: ["src/", "docs/**"] },
  deny: ["secrets/"],
  sensitive: [],
  checks: ["pytest -q"],
  commands: [],
  toolchain: [],
  check_seconds: 600,
  approve_commits: "always",
  approve_plan: false,
  budget: { cost_usd: 2, tokens: null, model_calls: null },
};

describe("changesIn", () => {
  it("finds none in a form that nobody has touched", () => {
    expect(changesIn(draftOf(POLICY), POLICY)).toEqual({});
    expect(changesIn(draftOf({}), {})).toEqual({});
  });

  it("sends only what differs, lists without blank lines", () => {
    const draft = { ...draftOf(POLICY), checks: " pytest -q \n\nruff check .\n", approvePlan: true };
    expect(changesIn(draft, POLICY)).toEqual({ checks: ["pytest -q", "ruff check ."], approve_plan: true });
  });

  it("empties a list, and takes the budget away", () => {
    const draft = { ...draftOf(POLICY), deny: "", costUsd: "" };
    expect(changesIn(draft, POLICY)).toEqual({ deny: [], budget: null });
  });

  it("sends both lists of paths, and the whole budget", () => {
    const draft = { ...draftOf(POLICY), write: "src/", tokens: "5000", checkSeconds: "60" };
    expect(changesIn(draft, POLICY)).toEqual({
      allowed_paths: { read: ["**"], write: ["src/"] },
      budget: { cost_usd: 2, tokens: 5000 },
      check_seconds: 60,
    });
  });
});

it("says a policy in one line", () => {
  expect(summary(POLICY)).toBe("Ask before every commit, 1 check, 1 path denied, a budget");
  expect(summary({ approve_commits: "never", approve_plan: true })).toBe(
    "Never ask before a commit, asks for the plan",
  );
});
