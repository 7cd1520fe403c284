// The same from a terminal: commands of agent-runner that make, follow and change this run.
import { isFinal, type Run } from "@/api/queries";

/** As a shell takes it literally. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

export interface Command {
  does: string;
  line: string;
}

export function commandsOf(run: Run): Command[] {
  const commands = [
    { does: "Follow it", line: `agent-runner runs watch ${run.id}` },
    { does: "All there is to know", line: `agent-runner runs show ${run.id}` },
    { does: "Its log", line: `agent-runner runs logs ${run.id}` },
    { does: "Make the same run again", line: createCommand(run) },
  ];
  if (run.status === "FAILED" || run.status === "CANCELLED")
    commands.push({ does: "Let it go on", line: `agent-runner runs retry ${run.id}` });
  if (!isFinal(run)) commands.push({ does: "Cancel it", line: `agent-runner runs cancel ${run.id}` });
  commands.push({ does: "Fork it", line: `agent-runner runs fork ${run.id}` });
  return commands;
}

export function createCommand(run: Run): string {
  const options: [string, string | number | null | undefined][] = [
    ["project", run.project_id],
    ["agent", run.agent === "simple" ? null : run.agent],
    ["model", run.model],
    ["runner", run.runner],
    ["input", json(run.input)],
    ["config", json(run.config)],
    ["budget", json(withoutNulls(run.budget))],
    ["on-budget", run.on_budget === "ask" ? "ask" : null],
    ["priority", run.priority || null],
    ["approve-commits", run.approve_commits],
  ];
  const given = options.flatMap(([name, value]) =>
    value === null || value === undefined || value === "" ? [] : [`--${name} ${quoted(String(value))}`],
  );
  for (const [name, globs] of [
    ["read", run.allowed_paths?.read],
    ["write", run.allowed_paths?.write],
  ] as const)
    for (const glob of globs ?? []) given.push(`--${name} ${quoted(glob)}`);
  if (run.approve_plan) given.push("--approve-plan");
  const goal = run.goal.startsWith("-") ? `-- ${quoted(run.goal)}` : quoted(run.goal);
  return ["agent-runner runs create", ...given, goal].join(" ");
}

const withoutNulls = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

/** Null for what is empty. */
function json(value: unknown): string | null {
  if (value === null || typeof value !== "object" || Object.keys(value).length === 0) return null;
  return JSON.stringify(value);
}
