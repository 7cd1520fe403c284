// The rows of a timeline: events under the attempt and the agent they belong to.
import type { RunEvent } from "@/api/queries";
import { numberIn, textIn } from "../reading/payload";

export type Row =
  | { type: "attempt"; key: string; attempt: number; worker: string; at: string }
  | { type: "agent"; key: string; agent: string }
  | { type: "event"; key: string; event: RunEvent };

/** `all` says where attempts begin, also where their first event is not among `shown`. An event without an agent stays with the one before. */
export function rowsOf(shown: readonly RunEvent[], all: readonly RunEvent[]): Row[] {
  const starts = all.filter((each) => each.event_type === "RUN_STARTED");
  const rows: Row[] = [];
  let next = 0;
  let agent: string | null = null;
  for (const event of shown) {
    let start: RunEvent | undefined;
    while (starts[next] && (starts[next] as RunEvent).event_id <= event.event_id) {
      start = starts[next];
      next += 1;
    }
    if (start) {
      rows.push(attemptRow(start));
      agent = null;
    }
    if (event.agent_role && event.agent_role !== agent) {
      agent = event.agent_role;
      rows.push({ type: "agent", key: `agent-${event.event_id}`, agent });
    }
    rows.push({ type: "event", key: String(event.event_id), event });
  }
  return rows;
}

const attemptRow = ({ event_id, payload, timestamp }: RunEvent): Row => ({
  type: "attempt",
  key: `attempt-${event_id}`,
  attempt: numberIn(payload, "attempt") ?? 0,
  worker: textIn(payload, "worker"),
  at: timestamp,
});

/** Where the event stands among the rows; -1 when it is not shown. */
export const placeOf = (rows: readonly Row[], eventId: number | null): number =>
  rows.findIndex((row) => row.type === "event" && row.event.event_id === eventId);

/** The event `by` events further, at the ends the last one there is; null without events. */
export function neighbour(rows: readonly Row[], eventId: number | null, by: 1 | -1): RunEvent | null {
  const events = rows.flatMap((row) => (row.type === "event" ? [row.event] : []));
  const place = events.findIndex((each) => each.event_id === eventId);
  if (place < 0) return (by > 0 ? events[0] : events.at(-1)) ?? null;
  return events[Math.min(Math.max(place + by, 0), events.length - 1)] ?? null;
}

/** The longest of the durations, to draw the others against. */
export function longestOf(events: readonly RunEvent[]): number {
  let longest = 0;
  for (const { payload } of events) longest = Math.max(longest, numberIn(payload, "duration_ms") ?? 0);
  return longest;
}
