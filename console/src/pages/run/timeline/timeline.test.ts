// What of a timeline is shown, and under which headings.
import { describe, expect, test } from "vitest";
import { eventsOf } from "../reading/fixtures";
import { agentsOf, filtered, filterOf, isFiltering, withFilter } from "./filter";
import { longestOf, neighbour, placeOf, rowsOf } from "./rows";

const EVENTS = eventsOf(
  ["RUN_CREATED", { agent: "mgx", goal: "Go" }],
  ["RUN_STARTED", { attempt: 1, worker: "w1" }],
  ["AGENT_START", { message: "Hello" }, "leader"],
  ["MODEL_CALL", { model: "demo", duration_ms: 40 }],
  ["TOOL_CALL", { tool: "check", ok: true, duration_ms: 7 }, "tester"],
  ["RUN_LEASE_EXPIRED", { worker: "w1" }],
  ["RUN_STARTED", { attempt: 2, worker: "w2" }],
  ["LOG", { message: "Checking the CHECKS" }, "tester"],
);

const shape = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) =>
    row.type === "event" ? row.event.event_id : row.type === "agent" ? row.agent : `#${row.attempt}`,
  );
const params = (text: string) => filterOf(new URLSearchParams(text));

describe("rows", () => {
  test("stand under their attempt and agent; an event without an agent stays with the one before", () => {
    expect(shape(rowsOf(EVENTS, EVENTS))).toEqual([
      1,
      "#1",
      2,
      "leader",
      3,
      4,
      "tester",
      5,
      6,
      "#2",
      7,
      "tester",
      8,
    ]);
  });

  test("of a filtered timeline still say which attempt they belong to, and skip those without any", () => {
    expect(shape(rowsOf(EVENTS.slice(4, 5), EVENTS))).toEqual(["#1", "tester", 5]);
    expect(shape(rowsOf(EVENTS.slice(7), EVENTS))).toEqual(["#2", "tester", 8]);
    expect(rowsOf([], EVENTS)).toEqual([]);
  });

  test("have keys of their own", () => {
    const keys = rowsOf(EVENTS, EVENTS).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("lead from one event to the next, over headings and not beyond the ends", () => {
    const rows = rowsOf(EVENTS, EVENTS);
    expect(neighbour(rows, null, 1)?.event_id).toBe(1);
    expect(neighbour(rows, null, -1)?.event_id).toBe(8);
    expect(neighbour(rows, 1, 1)?.event_id).toBe(2);
    expect(neighbour(rows, 7, -1)?.event_id).toBe(6);
    expect(neighbour(rows, 8, 1)?.event_id).toBe(8);
    expect(neighbour(rows, 1, -1)?.event_id).toBe(1);
    expect(neighbour([], 1, 1)).toBeNull();
    expect(placeOf(rows, 3)).toBe(4);
    expect(placeOf(rows, 99)).toBe(-1);
  });

  test("know the longest duration", () => expect(longestOf(EVENTS)).toBe(40));
});

describe("a filter", () => {
  const ids = (text: string) => filtered(EVENTS, params(text)).map((each) => each.event_id);

  test("takes kinds, an agent, a text, and all of them together", () => {
    expect(ids("kind=model,tool")).toEqual([4, 5]);
    expect(ids("agent=tester")).toEqual([5, 8]);
    expect(ids("text=%20CHECK")).toEqual([5, 8]);
    expect(ids("text=check&agent=tester&kind=log")).toEqual([8]);
    expect(ids("text=w1&kind=tool")).toEqual([]);
  });

  test("that filters nothing gives back the very same list", () => {
    expect(filtered(EVENTS, params("text=%20&kind=nonsense"))).toBe(EVENTS);
    expect(isFiltering(params("event=3"))).toBe(false);
  });

  test("goes into the URL and back, and leaves the rest of it alone", () => {
    const filter = params("kind=tool,run&agent=tester&text=a%26b");
    const url = withFilter(new URLSearchParams("event=3&text=old"), filter);
    expect(url.get("event")).toBe("3");
    expect(filterOf(url)).toEqual(filter);
    expect(withFilter(url, { kinds: [], agent: "", text: "" }).toString()).toBe("event=3");
  });

  test("offers the agents there are", () => expect(agentsOf(EVENTS)).toEqual(["leader", "tester"]));
});
