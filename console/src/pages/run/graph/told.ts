// What the events of a run tell of one node, and of agents in a run that is no topology. Pure.
import type { RunEvent } from "@/api/queries";

export interface Told {
  eventId: number;
  at: string;
  text: string;
  isError: boolean;
}

const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

/** Answers and errors of a node, the latest first. */
export function toldOf(events: readonly RunEvent[], node: string): Told[] {
  return events
    .filter((event) => event.agent_role === node && ["MESSAGE", "ERROR"].includes(event.event_type))
    .map((event) => ({
      eventId: event.event_id,
      at: event.timestamp,
      text: textIn(event.payload.content) || textIn(event.payload.message),
      isError: event.event_type === "ERROR",
    }))
    .reverse();
}

/** The model that each node has asked last. */
export function modelsOf(events: readonly RunEvent[]): Map<string, string> {
  const calls = events.filter((event) => event.event_type === "MODEL_CALL" && event.agent_role);
  return new Map(calls.map((event) => [event.agent_role ?? "", textIn(event.payload.model)]));
}

export interface Part {
  role: string;
  events: number;
  first: string;
  last: string;
  errors: number;
}

/** Who has told something, in the order in which each was heard first. */
export function partsOf(events: readonly RunEvent[]): Part[] {
  const parts = new Map<string, Part>();
  for (const event of events) {
    if (!event.agent_role) continue;
    const part = parts.get(event.agent_role) ?? {
      role: event.agent_role,
      events: 0,
      first: event.timestamp,
      last: event.timestamp,
      errors: 0,
    };
    part.events += 1;
    part.last = event.timestamp;
    if (event.event_type === "ERROR") part.errors += 1;
    parts.set(event.agent_role, part);
  }
  return [...parts.values()];
}

/** A number that grows when something was told that may change the graph. */
export function mark(events: readonly RunEvent[]): number {
  return events.findLast((event) => CHANGING.test(event.event_type))?.event_id ?? 0;
}

const CHANGING = /^(RUN_|APPROVAL_|INPUT_|AGENT_START$|AGENT_COMPLETE$|ERROR$|MODEL_CALL$|MESSAGE$)/;
