// Who worked on a run, where it failed, and how to make it again.
import { describe, expect, test } from "vitest";
import { workOf } from "./attempts";
import { commandsOf, createCommand, quoted } from "./command";
import { adviceOf, failingOf } from "./failure";
import { eventsOf, runOf } from "./fixtures";

describe("who works on it", () => {
  test("a lost lease is told with who lost it and who went on", () => {
    const events = eventsOf(
      ["RUN_CREATED"],
      ["RUN_STARTED", { attempt: 1, worker: "w1", fence: 1, model: "demo" }],
      ["RUN_LEASE_EXPIRED", { worker: "w1", attempt: 1 }],
    );
    expect(workOf(events).losses).toMatchObject([{ worker: "w1", eventId: 3, continuedBy: null }]);
    const later = eventsOf(
      ["RUN_STARTED", { attempt: 1, worker: "w1", fence: 1 }],
      ["RUN_LEASE_EXPIRED", { worker: "w1", attempt: 1 }],
      ["RUN_STARTED", { attempt: 2, worker: "w2", fence: 2 }],
      ["RUN_LEASE_EXPIRED", { worker: "w2", attempt: 2 }],
      ["RUN_STARTED", { attempt: 3, worker: "w3", fence: 3 }],
    );
    expect(workOf(later).losses.map((each) => each.continuedBy)).toEqual(["w2", "w3"]);
    expect(workOf(later).latest).toMatchObject({ attempt: 3, worker: "w3", fence: 3, eventId: 5 });
  });

  test("before anybody took it there is nobody", () => {
    expect(workOf(eventsOf(["RUN_CREATED"]))).toEqual({ claims: [], losses: [], latest: null });
  });
});

describe("where it failed", () => {
  const failed = eventsOf(
    ["RUN_CREATED"],
    ["RUN_STARTED", { attempt: 1 }],
    ["EXECUTING", { step: 1, of: 3, description: "Old" }, "coder"],
    ["TOOL_CALL", { tool: "old", ok: false }, "coder"],
    ["RUN_RETRY_SCHEDULED", { error: "x", attempt: 1 }],
    ["RUN_STARTED", { attempt: 2 }],
    ["EXECUTING", { step: 2, of: 3, description: "Write" }, "tester"],
    ["TOOL_CALL", { tool: "check", ok: false, error: "exit 1" }, "tester"],
    ["MODEL_CALL", {}],
    ["RUN_FAILED", { error: "the checks fail", attempt: 2 }],
  );

  test("names the step, the agent, the attempt and what went wrong before, of the last attempt", () => {
    expect(failingOf(failed)).toMatchObject({
      eventId: 10,
      error: "the checks fail",
      attempt: 2,
      step: "Step 2 of 3: Write",
      agent: "tester",
      budget: null,
      cause: { event_id: 8 },
      isWorkerLost: false,
    });
  });

  test("says nothing of a step that only an earlier attempt began", () => {
    const early = failingOf([...failed.slice(0, 6), ...failed.slice(9)]);
    expect(early).toMatchObject({ step: "", agent: "", cause: null });
  });

  test("is nowhere once the run was queued again", () => {
    expect(failingOf([...failed, ...eventsOf(["RUN_RETRIED"])])).toBeNull();
    expect(failingOf([])).toBeNull();
  });

  test("a reached budget names its limit, and the advice is to raise it", () => {
    const failing = failingOf(
      eventsOf(
        ["RUN_STARTED", { attempt: 1 }],
        ["BUDGET_EXCEEDED", { budget: "tokens", limit: 100, used: 120 }],
        ["RUN_FAILED", { error: "budget" }],
      ),
    );
    expect(failing?.budget).toEqual({ name: "tokens", limit: 100 });
    expect(failing && adviceOf(failing)).toContain("larger budget");
  });

  test("workers that died too often are the advice's matter", () => {
    const failing = failingOf(
      eventsOf(
        ["RUN_STARTED", { attempt: 1 }],
        ["RUN_LEASE_EXPIRED", { worker: "w" }],
        ["RUN_STARTED", { attempt: 2 }],
        ["RUN_FAILED", { error: "the worker was lost in attempt 2 of 2", attempt: 2 }],
      ),
    );
    expect(failing?.isWorkerLost).toBe(true);
    expect(failing && adviceOf(failing)).toContain("workers died");
    const plain = failingOf(failed);
    expect(plain && adviceOf(plain)).toContain("Retry goes on");
  });
});

describe("from a terminal", () => {
  test("what a shell would read is quoted", () => {
    expect(quoted("plain-word_1.2/x")).toBe("plain-word_1.2/x");
    expect(quoted("it's $HOME; rm `x`")).toBe("'it'\\''s $HOME; rm `x`'");
    expect(quoted("")).toBe("''");
    expect(quoted("a\nb")).toBe("'a\nb'");
  });

  test("a plain run needs its goal only", () => {
    expect(createCommand(runOf())).toBe(`agent-runner runs create --budget '{"seconds":3600}' 'Say hello'`);
  });

  test("everything that was chosen is there", () => {
    const run = runOf({
      goal: "-x",
      project_id: 3,
      agent: "coder",
      model: "openai:gpt",
      runner: "async",
      input: { a: "it's" },
      config: { b: 1 },
      budget: { tokens: 5, seconds: 60 },
      on_budget: "ask",
      priority: 4,
      approve_commits: "never",
      approve_plan: true,
      allowed_paths: { read: ["**"], write: ["src/"] },
    });
    expect(createCommand(run)).toBe(
      "agent-runner runs create --project 3 --agent coder --model openai:gpt --runner async " +
        `--input '{"a":"it'\\''s"}' --config '{"b":1}' --budget '{"tokens":5,"seconds":60}' --on-budget ask --priority 4 ` +
        "--approve-commits never --read '**' --write src/ --approve-plan -- -x",
    );
  });

  test("only what is possible is offered", () => {
    const lines = (status: "RUNNING" | "FAILED" | "COMPLETED") =>
      commandsOf(runOf({ status }))
        .map(({ line }) => line)
        .join("\n");
    expect(lines("RUNNING")).toContain("agent-runner runs cancel 12");
    expect(lines("RUNNING")).not.toContain("retry");
    expect(lines("FAILED")).toContain("agent-runner runs retry 12");
    expect(lines("FAILED")).not.toContain("cancel");
    expect(lines("COMPLETED")).not.toMatch(/cancel|retry/);
    expect(lines("COMPLETED")).toContain("agent-runner runs watch 12");
  });
});
