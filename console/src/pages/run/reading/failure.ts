// Where a run failed: the event that says so, what it was at, whose work that was, and what had gone wrong just before.
import type { RunEvent } from "@/api/queries";
import { numberIn, textIn } from "./payload";

export interface Failing {
  /** Of the event RUN_FAILED. */
  eventId: number;
  error: string;
  attempt: number | null;
  /** `Step 2 of 3: Write the tests`; empty when nothing had begun. */
  step: string;
  agent: string;
  /** The limit that was reached, of `cost_usd`, `tokens`, `model_calls` and `seconds`. */
  budget: { name: string; limit: number } | null;
  /** The last error or failed tool call of that attempt. */
  cause: RunEvent | null;
  /** Its last worker died; nobody but the janitor could say so. */
  isWorkerLost: boolean;
}

const STARTS: readonly string[] = ["RUN_STARTED", "RUN_RETRIED"];

/** Null unless the last thing that became of the run is that it failed. */
export function failingOf(events: readonly RunEvent[]): Failing | null {
  const last = events.at(-1);
  if (last?.event_type !== "RUN_FAILED") return null;
  const start = events.findLastIndex((each) => STARTS.includes(each.event_type));
  const attempt = events.slice(Math.max(start, 0), -1);
  const find = (...types: string[]) => attempt.findLast((each) => types.includes(each.event_type)) ?? null;
  const executing = find("EXECUTING");
  return {
    eventId: last.event_id,
    error: textIn(last.payload, "error"),
    attempt: numberIn(last.payload, "attempt"),
    step: executing ? stepOf(executing) : "",
    agent: attempt.findLast((each) => each.agent_role)?.agent_role ?? "",
    budget: budgetOf(find("BUDGET_EXCEEDED")),
    cause: attempt.findLast(isTrouble) ?? null,
    isWorkerLost: textIn(last.payload, "error").startsWith("the worker was lost"),
  };
}

const isTrouble = (event: RunEvent): boolean =>
  event.event_type === "ERROR" || (event.event_type === "TOOL_CALL" && event.payload.ok === false);

const stepOf = ({ payload }: RunEvent): string =>
  `Step ${numberIn(payload, "step") ?? "?"} of ${numberIn(payload, "of") ?? "?"}: ${textIn(payload, "description")}`;

function budgetOf(event: RunEvent | null): Failing["budget"] {
  const limit = event && numberIn(event.payload, "limit");
  return event && limit !== null ? { name: textIn(event.payload, "budget"), limit } : null;
}

/** What to do about it, in a sentence. */
export function adviceOf({ budget, isWorkerLost }: Failing): string {
  if (budget) return "Give it a larger budget and let it go on. What is finished is not paid for again.";
  if (isWorkerLost) return "Its workers died more often than allowed. See whether they run, then retry.";
  return "Retry goes on after the last finished step. Fork begins a new run from a step you choose.";
}
