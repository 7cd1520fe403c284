// What events tell of nodes.
import { expect, it } from "vitest";
import type { RunEvent } from "@/api/queries";
import { mark, modelsOf, partsOf, toldOf } from "./told";

const event = (event_id: number, event_type: string, agent_role: string | null, payload = {}): RunEvent => ({
  event_id,
  run_id: 1,
  event_type,
  agent_role,
  payload,
  timestamp: `2026-11-20T10:00:0${event_id}Z`,
});
const events = [
  event(1, "RUN_STARTED", null),
  event(2, "MODEL_CALL", "a/ann", { model: "one" }),
  event(3, "MESSAGE", "a/ann", { content: "first" }),
  event(4, "ERROR", "a/ann", { message: "no answer" }),
  event(5, "MODEL_CALL", "a/ann", { model: "two" }),
  event(6, "MESSAGE", "bob", { content: "other" }),
  event(7, "LOG", "bob", { message: "a detail" }),
];

it("gives a node's answers and errors, the latest first", () => {
  expect(toldOf(events, "a/ann").map(({ text, isError }) => [text, isError])).toEqual([
    ["no answer", true],
    ["first", false],
  ]);
  expect(toldOf(events, "ann")).toEqual([]);
});

it("knows the model that each has asked last", () => {
  expect([...modelsOf(events)]).toEqual([["a/ann", "two"]]);
});

it("lists who took part, in the order in which each was heard first", () => {
  expect(partsOf(events)).toEqual([
    { role: "a/ann", events: 4, errors: 1, first: "2026-11-20T10:00:02Z", last: "2026-11-20T10:00:05Z" },
    { role: "bob", events: 2, errors: 0, first: "2026-11-20T10:00:06Z", last: "2026-11-20T10:00:07Z" },
  ]);
});

it("asks for the graph anew for what may have changed it, and not for a line of a log", () => {
  expect(mark([])).toBe(0);
  expect(mark(events)).toBe(6);
});
