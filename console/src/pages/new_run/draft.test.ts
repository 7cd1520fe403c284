// A form is begun from what was typed, chosen, or done before.
import { beforeEach, describe, expect, it } from "vitest";
import type { Run } from "@/api/queries";
import { begun, countUnderMore, draftOf, EMPTY, keep, prefilled, remember } from "./draft";

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

const run = {
  id: 12,
  goal: "Add a test",
  agent: "coder",
  project_id: 3,
  priority: 0,
  model: "demo",
  runner: null,
  budget: { cost_usd: null, tokens: 1000, model_calls: null, seconds: 60 },
  on_budget: "ask",
  approve_plan: true,
  approve_commits: null,
  allowed_paths: { read: ["**"], write: ["src/", "tests/"] },
  config: { max_attempts: 2, rounds: 3 },
  input: { tone: "dry" },
} as unknown as Run;

describe("begun", () => {
  it("keeps what was being written over a reload", () => {
    keep({ ...EMPTY, goal: "half a goal", priority: "3" });
    expect(begun()).toEqual({ ...EMPTY, goal: "half a goal", priority: "3" });
  });

  it("remembers the choice of the last run, not what was of that run alone", () => {
    const draft = {
      ...EMPTY,
      agent: "coder",
      project: "2",
      goal: "g",
      input: "{}",
      notBefore: "2030-01-01T00:00",
    };
    keep(draft);
    remember(draft);
    expect(begun()).toEqual({ ...EMPTY, agent: "coder", project: "2" });
  });

  it("begins anew where what is stored cannot be read", () => {
    sessionStorage.setItem("agent-runner.new-run", "{");
    localStorage.setItem("agent-runner.last-run", "[1]");
    expect(begun()).toEqual(EMPTY);
  });
});

describe("prefilled", () => {
  it("lays the address over what is there", () => {
    const filled = prefilled(
      { ...EMPTY, goal: "old", model: "demo" },
      new URLSearchParams("goal=new&project=4"),
    );
    expect(filled).toMatchObject({ goal: "new", project: "4", model: "demo", agent: "simple" });
  });

  it("takes all of an earlier run, and the address over it", () => {
    const filled = prefilled({ ...EMPTY, priority: "9" }, new URLSearchParams("from=12&goal=other"), run);
    expect(filled).toEqual({ ...draftOf(run), goal: "other" });
  });
});

it("asks for the same run again", () => {
  expect(draftOf(run)).toEqual({
    ...EMPTY,
    goal: "Add a test",
    agent: "coder",
    project: "3",
    model: "demo",
    tokens: "1000",
    seconds: "60",
    onBudget: "ask",
    approvePlan: true,
    maxAttempts: "2",
    mayRead: "**",
    mayWrite: "src/, tests/",
    otherOptions: '{\n  "rounds": 3\n}',
    input: '{\n  "tone": "dry"\n}',
  });
});

it("counts what is set out of sight", () => {
  expect(countUnderMore({ ...EMPTY, goal: "g", agent: "coder", project: "1" })).toBe(0);
  expect(
    countUnderMore({ ...EMPTY, model: "demo", onBudget: "ask", options: { rounds: "3", files: "" } }),
  ).toBe(3);
});
