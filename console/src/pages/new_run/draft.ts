// What the form of a new run holds: kept over reloads of this tab, begun from the last choice, an address, or an earlier run.
import type { Run } from "@/api/queries";

/** Every value as it is typed; an empty one says nothing. */
export interface Draft {
  goal: string;
  agent: string;
  project: string;
  priority: string;
  model: string;
  runner: string;
  costUsd: string;
  tokens: string;
  modelCalls: string;
  seconds: string;
  onBudget: "stop" | "ask";
  approvePlan: boolean;
  approveCommits: "" | "always" | "sensitive" | "never";
  notBefore: string;
  maxAttempts: string;
  mayRead: string;
  mayWrite: string;
  /** Of the agent, by name. */
  options: Record<string, string>;
  /** JSON. */
  otherOptions: string;
  /** JSON. */
  input: string;
}

export const EMPTY: Draft = {
  goal: "",
  agent: "simple",
  project: "",
  priority: "",
  model: "",
  runner: "",
  costUsd: "",
  tokens: "",
  modelCalls: "",
  seconds: "",
  onBudget: "stop",
  approvePlan: false,
  approveCommits: "",
  notBefore: "",
  maxAttempts: "",
  mayRead: "",
  mayWrite: "",
  options: {},
  otherOptions: "",
  input: "",
};

const DRAFT = "agent-runner.new-run";
const LAST = "agent-runner.last-run";
/** Of one run, and not of a habit. */
const NOT_REMEMBERED = { goal: "", notBefore: "", input: "", mayRead: "", mayWrite: "" };

/** What was being written in this tab, else the last choice, else an empty form. */
export function begun(): Draft {
  return { ...EMPTY, ...read(localStorage, LAST), ...read(sessionStorage, DRAFT) };
}

export function keep(draft: Draft): void {
  write(sessionStorage, DRAFT, draft);
}

/** After a run was made: the goal goes, the choice is where the next form begins. */
export function remember(draft: Draft): void {
  write(localStorage, LAST, { ...draft, ...NOT_REMEMBERED });
  try {
    sessionStorage.removeItem(DRAFT);
  } catch {
    // forbidden by the browser's settings
  }
}

/** `?goal=…&agent=…&project=…`, over what is there; `like` is the run of `from=12`. */
export function prefilled(draft: Draft, params: URLSearchParams, like?: Run): Draft {
  const filled = like ? draftOf(like) : { ...draft };
  for (const name of ["goal", "agent", "project"] as const) {
    const value = params.get(name);
    if (value !== null) filled[name] = value;
  }
  return filled;
}

/** The form that would make the same run again. */
export function draftOf(run: Run): Draft {
  const { max_attempts: attempts, ...options } = entries(run.config);
  const input = entries(run.input);
  return {
    ...EMPTY,
    goal: run.goal,
    agent: run.agent,
    project: spelled(run.project_id),
    priority: run.priority ? String(run.priority) : "",
    model: run.model ?? "",
    runner: run.runner ?? "",
    costUsd: spelled(run.budget.cost_usd),
    tokens: spelled(run.budget.tokens),
    modelCalls: spelled(run.budget.model_calls),
    seconds: spelled(run.budget.seconds),
    onBudget: run.on_budget,
    approvePlan: run.approve_plan ?? false,
    approveCommits: run.approve_commits ?? "",
    maxAttempts: spelled(attempts),
    mayRead: run.allowed_paths?.read?.join(", ") ?? "",
    mayWrite: run.allowed_paths?.write?.join(", ") ?? "",
    otherOptions: Object.keys(options).length ? JSON.stringify(options, null, 2) : "",
    input: Object.keys(input).length ? JSON.stringify(input, null, 2) : "",
  };
}

const UNDER_MORE = [
  "priority",
  "model",
  "runner",
  "costUsd",
  "tokens",
  "modelCalls",
  "seconds",
  "approvePlan",
  "approveCommits",
  "notBefore",
  "maxAttempts",
  "mayRead",
  "mayWrite",
  "otherOptions",
  "input",
] as const satisfies readonly (keyof Draft)[];

/** How much is set where it is not seen while "More" is closed. */
export function countUnderMore(draft: Draft): number {
  const options = Object.values(draft.options).filter(Boolean).length;
  return UNDER_MORE.filter((name) => draft[name]).length + options + (draft.onBudget === "ask" ? 1 : 0);
}

const spelled = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

function entries(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function read(storage: Storage, name: string): Partial<Draft> {
  try {
    return entries(JSON.parse(storage.getItem(name) ?? "{}"));
  } catch {
    return {};
  }
}

function write(storage: Storage, name: string, value: unknown): void {
  try {
    storage.setItem(name, JSON.stringify(value));
  } catch {
    // full or forbidden: then the form begins anew
  }
}
