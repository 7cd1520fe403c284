// What is half written survives, goes over to the next question of the run, and is gone once it is sent.
import { beforeEach, expect, test } from "vitest";
import { carry, draftOf, drop, forget, write } from "./draft";

const first = { run_id: 7, id: 3 };
const second = { run_id: 7, id: 4 };
const draft = { comment: "keep the old name", text: "", ticked: ["Makefile: it builds"] };

beforeEach(() => {
  sessionStorage.clear();
  forget();
});

test("a reload loses nothing", () => {
  write(first, draft);
  forget();
  expect(draftOf(first)).toEqual(draft);
});

test("what was sent is gone, also after a reload", () => {
  write(first, draft);
  drop(first);
  forget();
  expect(draftOf(first).comment).toBe("");
  expect(sessionStorage.length).toBe(0);
});

test("the comment goes over to the next question, the ticks do not", () => {
  write(first, draft);
  carry(second);
  expect(draftOf(second)).toEqual({ comment: "keep the old name", text: "", ticked: [] });
  expect(draftOf(first).comment).toBe("");
});

test("a comment that the next question has already stays", () => {
  write(first, draft);
  write(second, { ...draft, comment: "its own" });
  carry(second);
  expect(draftOf(second).comment).toBe("its own");
});

test("another run's words stay with it, and so do those to a later question", () => {
  write({ run_id: 77, id: 2 }, draft);
  write({ run_id: 7, id: 9 }, draft);
  carry(second);
  expect(draftOf(second).comment).toBe("");
  expect(draftOf({ run_id: 77, id: 2 }).comment).toBe("keep the old name");
});

test("what is no draft is none", () => {
  sessionStorage.setItem("agent-runner.draft.7.3", "{");
  expect(draftOf(first).comment).toBe("");
});
