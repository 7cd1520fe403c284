// What an event says, in one line a person can read: its kind, its words, how it went and how long it took.
import type { RunEvent } from "@/api/queries";
import { bytes, cost, plural, short } from "@/format/number";
import { duration } from "@/format/time";
import { compact, listIn, numberIn, textIn } from "./payload";

export const KINDS = ["run", "agent", "model", "tool", "file", "question", "log"] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_NAMES: Record<Kind, string> = {
  run: "Run",
  agent: "Agent",
  model: "Model calls",
  tool: "Tool calls",
  file: "Files",
  question: "Questions",
  log: "Logs",
};

export type Tone = "plain" | "good" | "bad" | "waiting" | "quiet";

export interface Story {
  kind: Kind;
  /** What happened, in a few words. */
  title: string;
  /** What about; may be long. */
  text: string;
  tone: Tone;
  durationMs: number | null;
}

type Payload = RunEvent["payload"];
type Teller = (payload: Payload) => Partial<Story> & { title: string };

const stories = new WeakMap<RunEvent, Story>();

/** The same object for the same event. */
export function storyOf(event: RunEvent): Story {
  const known = stories.get(event);
  if (known) return known;
  const [kind, tell] = TELLERS[event.event_type] ?? ["log", () => unknown(event)];
  const told = tell(event.payload);
  const story = {
    kind,
    text: "",
    tone: "plain" as const,
    durationMs: numberIn(event.payload, "duration_ms"),
    ...told,
  };
  stories.set(event, story);
  return story;
}

const searchTexts = new WeakMap<RunEvent, string>();

/** All that a search looks through, in small letters. */
export function searchText(event: RunEvent): string {
  const known = searchTexts.get(event);
  if (known !== undefined) return known;
  const { title, text } = storyOf(event);
  const all =
    `${event.event_id} ${event.event_type} ${event.agent_role ?? ""} ${title} ${text}`.toLowerCase();
  searchTexts.set(event, all);
  return all;
}

const TELLERS: Record<string, [Kind, Teller]> = {
  RUN_CREATED: ["run", (p) => ({ title: createdTitle(p), text: textIn(p, "goal") })],
  RUN_STARTED: [
    "run",
    (p) => ({ title: `Attempt ${numberIn(p, "attempt") ?? "?"} started`, text: startedText(p) }),
  ],
  RUN_COMPLETED: ["run", (p) => ({ title: "Completed", text: textIn(p, "summary"), tone: "good" })],
  RUN_FAILED: ["run", (p) => ({ title: "Failed", text: textIn(p, "error"), tone: "bad" })],
  RUN_RETRY_SCHEDULED: ["run", retryStory],
  RUN_RELEASED: ["run", (p) => ({ title: "Released by its worker", text: releasedText(p), tone: "waiting" })],
  RUN_LEASE_EXPIRED: ["run", (p) => ({ title: "Lease lost", text: leaseText(p), tone: "bad" })],
  RUN_CANCEL_REQUESTED: [
    "run",
    (p) => ({ title: "Cancel requested", text: textIn(p, "reason"), tone: "waiting" }),
  ],
  RUN_CANCELLED: ["run", (p) => ({ title: "Cancelled", text: textIn(p, "reason"), tone: "bad" })],
  RUN_RETRIED: ["run", (p) => ({ title: "Queued again", text: textIn(p, "reason") })],
  APPROVAL_REQUESTED: [
    "question",
    (p) => ({ title: ASKED[textIn(p, "kind")] ?? "Asks", text: textIn(p, "text"), tone: "waiting" }),
  ],
  APPROVAL_GRANTED: [
    "question",
    (p) => ({ title: `Approved by ${by(p)}`, text: textIn(p, "comment"), tone: "good" }),
  ],
  APPROVAL_REJECTED: [
    "question",
    (p) => ({ title: rejectedTitle(p), text: textIn(p, "comment"), tone: "bad" }),
  ],
  INPUT_RECEIVED: [
    "question",
    (p) => ({ title: `Answered by ${by(p)}`, text: textIn(p, "text"), tone: "good" }),
  ],
  APPROVAL_EXPIRED: [
    "question",
    (p) => ({ title: "Nobody answered in time", text: textIn(p, "key"), tone: "bad" }),
  ],
  LOG: ["log", (p) => ({ title: "Log", text: textIn(p, "message"), tone: "quiet" })],
  MESSAGE: ["log", (p) => ({ title: "Says", text: textIn(p, "content") })],
  ERROR: ["log", (p) => ({ title: "Error", text: textIn(p, "message"), tone: "bad" })],
  RESULT: ["log", (p) => ({ title: "Result", text: compact(p.result ?? null), tone: "good" })],
  AGENT_START: ["agent", (p) => ({ title: "Starts", text: agentText(p) })],
  AGENT_COMPLETE: ["agent", (p) => ({ title: "Is done", text: agentText(p), tone: "good" })],
  AGENT_THINKING: ["agent", (p) => ({ title: "Thinks", text: textIn(p, "message"), tone: "quiet" })],
  PLAN_GENERATED: [
    "agent",
    (p) => ({
      title: `Plan of ${plural(listIn(p, "steps").length, "step")}`,
      text: listIn(p, "steps").join(" · "),
    }),
  ],
  EXECUTING: [
    "agent",
    (p) => ({
      title: `Step ${numberIn(p, "step") ?? "?"} of ${numberIn(p, "of") ?? "?"}`,
      text: textIn(p, "description"),
    }),
  ],
  STEP_COMPLETED: ["agent", (p) => ({ title: "Step done", text: textIn(p, "key"), tone: "good" })],
  MODEL_CALL: ["model", modelStory],
  TOOL_CALL: ["tool", toolStory],
  BUDGET_EXCEEDED: ["run", (p) => ({ title: "Budget reached", text: budgetText(p), tone: "bad" })],
  FILE_CHANGED: [
    "file",
    (p) => ({
      title: `File ${textIn(p, "change") || "changed"}`,
      text: `${textIn(p, "path")}${linesText(p)}`,
    }),
  ],
  ARTIFACT_CREATED: [
    "file",
    (p) => ({ title: "Artifact", text: `${textIn(p, "path")} · ${bytes(numberIn(p, "size") ?? 0)}` }),
  ],
  COMMIT_CREATED: [
    "file",
    (p) => ({
      title: "Committed",
      text: `${textIn(p, "commit").slice(0, 10)} on ${textIn(p, "branch")}`,
      tone: "good",
    }),
  ],
};

const ASKED: Record<string, string> = {
  COMMIT: "Asks to commit",
  PLAN: "Asks about its plan",
  INPUT: "Asks you something",
  BUDGET: "Asks for a larger budget",
  PERMISSION: "Asks for permission",
};

const by = (p: Payload): string => textIn(p, "decided_by") || "nobody";
const joined = (...parts: (string | false | null)[]): string => parts.filter(Boolean).join(" · ");

/** An event that this console does not know yet. */
const unknown = (event: RunEvent) => ({
  title: event.event_type,
  text: compact(event.payload),
  tone: "quiet" as const,
});

function createdTitle(p: Payload): string {
  const origin = numberIn(p, "forked_from");
  return origin ? `Forked from run ${origin} for ${textIn(p, "agent")}` : `Created for ${textIn(p, "agent")}`;
}

const startedText = (p: Payload): string =>
  joined(
    `on ${textIn(p, "worker")}`,
    textIn(p, "model"),
    textIn(p, "sandbox") && `sandbox ${textIn(p, "sandbox")}`,
  );

function retryStory(p: Payload) {
  const delay = duration((numberIn(p, "delay_seconds") ?? 0) * 1000);
  return {
    title: `Attempt ${numberIn(p, "attempt") ?? "?"} failed, again in ${delay}`,
    text: textIn(p, "error"),
    tone: "bad" as const,
  };
}

const releasedText = (p: Payload): string =>
  textIn(p, "reason") === "drain" ? "its worker was stopped; another goes on with it" : textIn(p, "reason");

const leaseText = (p: Payload): string =>
  `${textIn(p, "worker")} no longer answered in attempt ${numberIn(p, "attempt") ?? "?"}; another worker goes on from the last finished step`;

const rejectedTitle = (p: Payload): string =>
  p.revise === true ? `Sent back by ${by(p)}` : `Rejected by ${by(p)}`;

const agentText = (p: Payload): string => textIn(p, "message") || textIn(p, "node");

function modelStory(p: Payload) {
  const about = p.estimated === true ? "~" : "";
  const tokens = `${about}${short(numberIn(p, "input_tokens") ?? 0)} in, ${about}${short(numberIn(p, "output_tokens") ?? 0)} out`;
  const price = numberIn(p, "cost_usd");
  const fallback = textIn(p, "fallback");
  return {
    title: textIn(p, "model") || "Model call",
    text: joined(
      tokens,
      price === null ? "price unknown" : price > 0 && cost(price),
      p.cached === true && "from the cache",
      fallback && `instead of the first model: ${fallback}`,
    ),
  };
}

function toolStory(p: Payload) {
  const failed = p.ok === false;
  const error = textIn(p, "error");
  const tool = textIn(p, "tool") || "Tool call";
  return {
    title: failed ? `${tool} failed` : tool,
    text: failed && error ? joined(error, textIn(p, "arguments")) : textIn(p, "arguments"),
    ...(failed && { tone: "bad" as const }),
  };
}

const UNITS: Record<string, string> = {
  cost_usd: "US dollars",
  tokens: "tokens",
  model_calls: "model calls",
  seconds: "seconds",
};

function budgetText(p: Payload): string {
  const unit = UNITS[textIn(p, "budget")] ?? textIn(p, "budget");
  return `${numberIn(p, "used") ?? "?"} of ${numberIn(p, "limit") ?? "?"} ${unit} used`;
}

function linesText(p: Payload): string {
  const added = numberIn(p, "added");
  const removed = numberIn(p, "removed");
  return added === null && removed === null ? "" : ` · +${added ?? 0} -${removed ?? 0}`;
}
