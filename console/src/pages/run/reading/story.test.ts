// Every type of event has a line of its own, whatever its payload holds.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { eventsOf } from "./fixtures";
import { searchText, storyOf } from "./story";

const story = (...entry: Parameters<typeof eventsOf>[0]) => {
  const [event] = eventsOf(entry);
  if (!event) throw new Error("no event");
  return storyOf(event);
};

const SOURCE = resolve(import.meta.dirname, "../../../../../agent_runner/domain/events.py");
const TYPES = [...readFileSync(SOURCE, "utf8").matchAll(/^ {4}([A-Z_]+) = "\1"$/gm)].map(
  (found) => found[1] ?? "",
);

describe("every type of the runner", () => {
  test("is known", () => expect(TYPES.length).toBeGreaterThan(30));
  test.each(TYPES)("%s has words of its own, also with an empty payload", (type) => {
    const told = story(type);
    expect(told.title).not.toBe("");
    expect(told.title).not.toBe(type);
    expect(`${told.title} ${told.text}`).not.toMatch(/undefined|NaN|null \w/);
  });
});

describe("the essence", () => {
  test.each<[string, Parameters<typeof eventsOf>[0][1], string]>([
    ["RUN_CREATED", { agent: "coder", goal: "Fix it" }, "Created for coder | Fix it"],
    [
      "RUN_CREATED",
      { agent: "coder", goal: "Fix it", forked_from: 3 },
      "Forked from run 3 for coder | Fix it",
    ],
    [
      "RUN_STARTED",
      { attempt: 2, worker: "w1", model: "demo", sandbox: "L2", fence: 4 },
      "Attempt 2 started | on w1 · demo · sandbox L2",
    ],
    [
      "RUN_STARTED",
      { attempt: 1, worker: "w1", model: "demo", sandbox: null, fence: 1 },
      "Attempt 1 started | on w1 · demo",
    ],
    [
      "RUN_RETRY_SCHEDULED",
      { error: "boom", attempt: 1, delay_seconds: 4.5 },
      "Attempt 1 failed, again in 4.5s | boom",
    ],
    [
      "RUN_LEASE_EXPIRED",
      { worker: "w1", attempt: 1 },
      "Lease lost | w1 no longer answered in attempt 1; another worker goes on from the last finished step",
    ],
    [
      "RUN_RELEASED",
      { reason: "drain" },
      "Released by its worker | its worker was stopped; another goes on with it",
    ],
    ["APPROVAL_REQUESTED", { kind: "COMMIT", text: "Commit 1 file?" }, "Asks to commit | Commit 1 file?"],
    ["APPROVAL_REJECTED", { decided_by: "ann", comment: "no", revise: true }, "Sent back by ann | no"],
    ["APPROVAL_REJECTED", { decided_by: "ann", comment: "no", revise: false }, "Rejected by ann | no"],
    ["PLAN_GENERATED", { steps: ["a", "b"] }, "Plan of 2 steps | a · b"],
    ["EXECUTING", { step: 1, of: 3, description: "Write" }, "Step 1 of 3 | Write"],
    [
      "MODEL_CALL",
      { model: "demo", input_tokens: 1200, output_tokens: 48, estimated: true, cost_usd: 0, duration_ms: 7 },
      "demo | ~1.2k in, ~48 out",
    ],
    [
      "MODEL_CALL",
      {
        model: "gpt",
        input_tokens: 1,
        output_tokens: 2,
        estimated: false,
        cost_usd: null,
        cached: true,
        duration_ms: 7,
      },
      "gpt | 1 in, 2 out · price unknown · from the cache",
    ],
    [
      "MODEL_CALL",
      { model: "gpt", input_tokens: 1, output_tokens: 2, cost_usd: 0.5, fallback: "429" },
      "gpt | 1 in, 2 out · $0.50 · instead of the first model: 429",
    ],
    [
      "TOOL_CALL",
      { tool: "check", arguments: "sh check.sh", ok: true, duration_ms: 3 },
      "check | sh check.sh",
    ],
    [
      "TOOL_CALL",
      { tool: "check", arguments: "sh x", ok: false, error: "exit 1", duration_ms: 3 },
      "check failed | exit 1 · sh x",
    ],
    [
      "BUDGET_EXCEEDED",
      { budget: "model_calls", limit: 1, used: 1 },
      "Budget reached | 1 of 1 model calls used",
    ],
    [
      "FILE_CHANGED",
      { path: "a.py", change: "edited", added: 3, removed: null },
      "File edited | a.py · +3 -0",
    ],
    ["FILE_CHANGED", { path: "a.py", change: "deleted", added: null, removed: null }, "File deleted | a.py"],
    ["ARTIFACT_CREATED", { path: "out.txt", size: 1500 }, "Artifact | out.txt · 1.5 kB"],
    [
      "COMMIT_CREATED",
      { commit: "0123456789abcdef", branch: "agent/run-1" },
      "Committed | 0123456789 on agent/run-1",
    ],
    ["RESULT", { result: { a: 1 } }, 'Result | {"a":1}'],
    ["NEW_IN_2027", { a: 1 }, 'NEW_IN_2027 | {"a":1}'],
  ])("%s %j", (type, payload, line) => {
    const { title, text } = story(type, payload);
    expect(`${title} | ${text}`).toBe(line);
  });

  test("what goes wrong looks so", () => {
    expect(story("TOOL_CALL", { tool: "t", ok: false }).tone).toBe("bad");
    expect(story("TOOL_CALL", { tool: "t", ok: true }).tone).toBe("plain");
    expect(story("RUN_LEASE_EXPIRED").tone).toBe("bad");
    expect(story("RUN_COMPLETED").tone).toBe("good");
  });

  test("payloads of other types than promised do no harm", () => {
    const told = story("MODEL_CALL", { model: 7, input_tokens: "x", duration_ms: "long" });
    expect(told).toMatchObject({ title: "Model call", durationMs: null });
    expect(story("PLAN_GENERATED", { steps: "no list" }).title).toBe("Plan of 0 steps");
  });

  test("a search looks through number, type, agent and words", () => {
    const [event] = eventsOf(["EXECUTING", { step: 1, of: 2, description: "Write Tests" }, "coder"]);
    expect(event && searchText(event)).toBe("1 executing coder step 1 of 2 write tests");
  });
});
