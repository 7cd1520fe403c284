// The form becomes a request, and the API's sentences find their fields.
import { describe, expect, it } from "vitest";
import { EMPTY } from "./draft";
import { byField, type Chosen, fieldsOf, request } from "./request";

const simple: Chosen = { name: "simple", needsProject: false, options: {} };
const coder: Chosen = { name: "coder", needsProject: true, options: {} };
const metagpt: Chosen = {
  name: "metagpt",
  needsProject: false,
  options: {
    rounds: { type: "integer", minimum: 1, maximum: 100 },
    code_review: { type: "boolean" },
    style: { type: "object" },
  },
};

describe("request", () => {
  it("says nothing that was left empty", () => {
    const { wanted, wrong } = request({ ...EMPTY, goal: "Say hello" }, simple);
    expect(wrong).toEqual({});
    expect(wanted).toEqual({ goal: "Say hello", agent: "simple" });
  });

  it("holds what is set under More", () => {
    const { wanted, wrong } = request(
      {
        ...EMPTY,
        goal: "g",
        agent: "topology:review",
        project: "3",
        priority: " -2 ",
        model: "demo",
        runner: "async",
        costUsd: "0.5",
        modelCalls: "7",
        onBudget: "ask",
        approvePlan: true,
        approveCommits: "sensitive",
        notBefore: "2030-01-02T03:04",
        maxAttempts: "4",
        mayWrite: "src/**, tests/**",
        otherOptions: '{"max_concurrent": 2}',
        input: '{"tone": "dry"}',
      },
      { ...simple, name: "topology:review" },
    );
    expect(wrong).toEqual({});
    expect(wanted).toEqual({
      goal: "g",
      agent: "topology:review",
      project_id: 3,
      priority: -2,
      model: "demo",
      runner: "async",
      budget: { cost_usd: 0.5, model_calls: 7 },
      on_budget: "ask",
      approve_plan: true,
      approve_commits: "sensitive",
      available_at: new Date("2030-01-02T03:04").toISOString(),
      allowed_paths: { write: ["src/**", "tests/**"] },
      config: { max_concurrent: 2, max_attempts: 4 },
      input: { tone: "dry" },
    });
  });

  it("leaves out the runner of an agent that is no topology", () => {
    expect(request({ ...EMPTY, goal: "g", runner: "async" }, simple).wanted).not.toHaveProperty("runner");
  });

  it("gives options the type that the agent says", () => {
    const draft = { ...EMPTY, goal: "g", agent: "metagpt", options: { rounds: "3", code_review: "false" } };
    expect(request(draft, metagpt).wanted.config).toEqual({ rounds: 3, code_review: false });
  });

  it("names the field of each value that cannot be sent", () => {
    const draft = {
      ...EMPTY,
      goal: " ",
      costUsd: "a lot",
      otherOptions: "[1]",
      input: "{",
      maxAttempts: "x",
    };
    const { wrong } = request({ ...draft, options: { rounds: "200" } }, metagpt);
    expect(Object.keys(wrong).sort()).toEqual([
      "budget.cost_usd",
      "config",
      "config.max_attempts",
      "config.rounds",
      "goal",
      "input",
    ]);
    expect(wrong["config.rounds"]).toBe("200 is not between 1 and 100.");
  });

  it("takes the bounds of an option themselves", () => {
    const sent = (rounds: string) => request({ ...EMPTY, goal: "g", options: { rounds } }, metagpt).wrong;
    expect(["1", "100"].map(sent)).toEqual([{}, {}]);
    expect(Object.keys({ ...sent("0.5"), ...sent("101") })).toEqual(["config.rounds"]);
  });

  it("asks for a project where the agent needs one", () => {
    expect(request({ ...EMPTY, goal: "g" }, coder).wrong.project_id).toContain("coder");
    expect(request({ ...EMPTY, goal: "g", project: "1" }, coder).wrong).toEqual({});
  });
});

describe("byField", () => {
  const known = fieldsOf(metagpt);

  it("gives each field its sentence", () => {
    const said =
      "model: 'no good' is no model; write provider:model (got 'no good'); priority: too large (got 9)";
    expect(byField(said, known)).toEqual({
      model: "'no good' is no model; write provider:model (got 'no good')",
      priority: "too large (got 9)",
    });
  });

  it("knows the fields inside of others, and the options of the agent", () => {
    const said = "budget.tokens: too few; allowed_paths.write.1: too long; config.rounds: too many";
    expect(byField(said, known)).toEqual({
      "budget.tokens": "too few",
      "allowed_paths.write": "too long",
      "config.rounds": "too many",
    });
  });

  it("keeps apart what names no field", () => {
    expect(byField("body: the runner 'x' is none; goal: empty", known)).toEqual({
      "": "the runner 'x' is none",
      goal: "empty",
    });
    expect(byField("the agent coder works in a project", known)).toEqual({
      "": "the agent coder works in a project",
    });
  });

  it("does not take the name of a field in a sentence for a field", () => {
    expect(byField("goal: write goal: once", known)).toEqual({ goal: "write goal: once" });
  });
});
