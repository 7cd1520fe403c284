// From the form to the request, and from the API's sentences back to the fields they are about.
import type { Schemas } from "@/api/client";
import type { Draft } from "./draft";
import { type Option, optionsOf } from "./options";

export type Wanted = Schemas["RunCreate"];
/** A sentence for each field, by the name the API has for it: `goal`, `budget.tokens`, `config.rounds`. */
export type Wrong = Record<string, string>;

/** What the API knows of the agent that is chosen, as far as the form needs it. */
export interface Chosen {
  name: string;
  needsProject: boolean;
  options: Record<string, unknown>;
}

/** The request, or why there is none. Only what cannot be sent is refused here; the rest the API says. */
export function request(draft: Draft, agent: Chosen): { wanted: Wanted; wrong: Wrong } {
  const wrong: Wrong = {};
  const wanted: Wanted = { goal: draft.goal, agent: draft.agent || null };
  if (!draft.goal.trim()) wrong.goal = "Say what is to be done.";
  if (agent.needsProject && !draft.project) {
    wrong.project_id = `The agent ${agent.name} works in a project: choose one, or add one.`;
  }
  if (draft.project) wanted.project_id = Number(draft.project);
  if (draft.model.trim()) wanted.model = draft.model.trim();
  if (draft.runner.trim() && draft.agent.startsWith("topology:")) wanted.runner = draft.runner.trim();
  const priority = number("priority", draft.priority, wrong);
  if (priority !== null) wanted.priority = priority;
  if (draft.notBefore) wanted.available_at = new Date(draft.notBefore).toISOString();
  Object.assign(
    wanted,
    asked(draft),
    budget(draft, wrong),
    paths(draft),
    config(draft, agent, wrong),
    input(draft, wrong),
  );
  return { wanted, wrong };
}

function asked(draft: Draft): Partial<Wanted> {
  return {
    ...(draft.approvePlan && { approve_plan: true }),
    ...(draft.approveCommits && { approve_commits: draft.approveCommits }),
    ...(draft.onBudget === "ask" && { on_budget: "ask" }),
  };
}

function budget(draft: Draft, wrong: Wrong): Pick<Wanted, "budget"> {
  const typed = {
    cost_usd: draft.costUsd,
    tokens: draft.tokens,
    model_calls: draft.modelCalls,
    seconds: draft.seconds,
  };
  const limits: Record<string, number> = {};
  for (const [name, text] of Object.entries(typed)) {
    const value = number(`budget.${name}`, text, wrong);
    if (value !== null) limits[name] = value;
  }
  return Object.keys(limits).length ? { budget: limits as NonNullable<Wanted["budget"]> } : {};
}

function paths(draft: Draft): Pick<Wanted, "allowed_paths"> {
  const allowed: NonNullable<Wanted["allowed_paths"]> = {};
  if (draft.mayRead.trim()) allowed.read = globs(draft.mayRead);
  if (draft.mayWrite.trim()) allowed.write = globs(draft.mayWrite);
  return Object.keys(allowed).length ? { allowed_paths: allowed } : {};
}

const globs = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((glob) => glob.trim())
    .filter(Boolean);

function config(draft: Draft, agent: Chosen, wrong: Wrong): Pick<Wanted, "config"> {
  const set = json("config", draft.otherOptions, wrong);
  for (const option of optionsOf(agent.options).fields) {
    const text = draft.options[option.name] ?? "";
    if (!text) continue;
    const value = typed(option, text, wrong);
    if (value !== null) set[option.name] = value;
  }
  const attempts = number("config.max_attempts", draft.maxAttempts, wrong);
  if (attempts !== null) set.max_attempts = attempts;
  return Object.keys(set).length ? { config: set as NonNullable<Wanted["config"]> } : {};
}

function input(draft: Draft, wrong: Wrong): Pick<Wanted, "input"> {
  const given = json("input", draft.input, wrong);
  return Object.keys(given).length ? { input: given as NonNullable<Wanted["input"]> } : {};
}

function typed(option: Option, text: string, wrong: Wrong): unknown {
  if (option.type === "boolean") return text === "true";
  if (option.type === "string") return text;
  const value = number(`config.${option.name}`, text, wrong);
  if (value === null) return null;
  const { minimum, maximum } = option;
  if ((minimum !== null && value < minimum) || (maximum !== null && value > maximum)) {
    wrong[`config.${option.name}`] = `${text} is not between ${minimum ?? "…"} and ${maximum ?? "…"}.`;
    return null;
  }
  return value;
}

function number(name: string, text: string, wrong: Wrong): number | null {
  const trimmed = text.trim();
  if (!trimmed) return null;
  const value = Number(trimmed);
  if (Number.isFinite(value)) return value;
  wrong[name] = `${trimmed} is not a number.`;
  return null;
}

function json(name: string, text: string, wrong: Wrong): Record<string, unknown> {
  if (!text.trim()) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
    wrong[name] = 'This is JSON, but not an object such as {"rounds": 3}.';
  } catch (error) {
    wrong[name] = `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  return {};
}

/** The API says `field: sentence; field: sentence`. What names no field that is known stays under "". */
export function byField(detail: string, known: readonly string[]): Wrong {
  const spelled = known.map((name) => name.replaceAll(".", "\\.")).join("|");
  const beginnings = [...detail.matchAll(new RegExp(`(?:^|; )(${spelled})(?:\\.\\d+)?: `, "g"))];
  const [first] = beginnings;
  const wrong: Wrong = {};
  const before = (first ? detail.slice(0, first.index) : detail).replace(/^body: /, "");
  if (before) wrong[""] = before;
  beginnings.forEach((match, index) => {
    const end = beginnings[index + 1]?.index ?? detail.length;
    wrong[match[1] ?? ""] = detail.slice(match.index + match[0].length, end);
  });
  return wrong;
}

/** Every field of the form that a sentence can stand beside. */
export function fieldsOf(agent: Chosen): string[] {
  return [
    ...["goal", "agent", "project_id", "priority", "model", "runner", "available_at", "approve_plan"],
    ...["approve_commits", "on_budget", "budget.cost_usd", "budget.tokens", "budget.model_calls"],
    ...["budget.seconds", "allowed_paths.read", "allowed_paths.write", "config.max_attempts"],
    ...optionsOf(agent.options).fields.map((option) => `config.${option.name}`),
    ...["config", "input"],
  ];
}
