// Reads what an agent has put into the detail of its question. It may hold anything, so nothing is taken for granted.
import type { Approval } from "@/api/queries";

export interface CheckResult {
  command: string;
  ok: boolean;
  ended: string;
  output: string;
  seconds: number | null;
}

export interface ChangeAsked {
  project: string;
  branch: string;
  base: string;
  message: string;
  checks: CheckResult[];
  notes: string[];
}

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
export const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textsOf = (value: unknown): string[] =>
  listOf(value).filter((each): each is string => typeof each === "string");

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

export const detailOf = (approval: Approval): Record<string, unknown> => recordOf(approval.question.detail);

export function changeOf(approval: Approval): ChangeAsked {
  const detail = detailOf(approval);
  return {
    project: textOf(detail.project),
    branch: textOf(detail.branch),
    base: textOf(detail.base),
    message: textOf(detail.message),
    checks: listOf(detail.checks).map(checkOf),
    notes: textsOf(detail.notes),
  };
}

function checkOf(value: unknown): CheckResult {
  const check = recordOf(value);
  return {
    command: textOf(check.command),
    ok: check.ok === true,
    ended: textOf(check.ended),
    output: textOf(check.output),
    seconds: numberOf(check.seconds),
  };
}

/** What the kinds that are known do not show themselves, as JSON; empty when there is nothing. */
export function restOf(detail: Record<string, unknown>, shown: readonly string[]): string {
  const rest = Object.entries(detail).filter(([name]) => !shown.includes(name) && !name.endsWith("_sha256"));
  return rest.length ? JSON.stringify(Object.fromEntries(rest), null, 2) : "";
}
