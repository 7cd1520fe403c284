// Which commit is told, and which command is offered.
import { expect, test } from "vitest";
import type { RunEvent } from "@/api/queries";
import { committedOf, mergeOf } from "./committed";

const event = (event_type: string, payload: RunEvent["payload"]): RunEvent => ({
  event_id: 1,
  run_id: 1,
  event_type,
  agent_role: null,
  timestamp: "2026-11-20T00:00:00Z",
  payload,
});

test("the event tells the commit, the result while events are still being read", () => {
  const told = event("COMMIT_CREATED", { commit: "abc", branch: "agent/run-1" });
  expect(committedOf({ result: null }, [event("LOG", {}), told])).toEqual({
    id: "abc",
    branch: "agent/run-1",
  });
  expect(committedOf({ result: { commit: "def", branch: "agent/run-2" } }, [])).toEqual({
    id: "def",
    branch: "agent/run-2",
  });
});

test("a run that has committed nothing tells no commit", () => {
  for (const result of [null, "text", [], { commit: null, branch: "b" }, { commit: 7, branch: "b" }]) {
    expect(committedOf({ result }, [])).toBeNull();
  }
});

test.each(["a;rm -rf ~", "$(x)", "--upload-pack=x", "a b", "a\nb", "", "ä"])(
  "no command is made of %j",
  (branch) => {
    expect(mergeOf(branch)).toBeNull();
  },
);

test("a branch is merged by its name", () => {
  expect(mergeOf("agent/run-12")).toBe("git merge agent/run-12");
});
