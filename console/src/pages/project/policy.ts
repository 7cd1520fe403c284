// A project's policy as a form: lists are lines of text, and only what was changed is sent. Pure.
import type { Schemas } from "@/api/client";
import type { ProjectPolicy } from "@/api/queries";
import { plural } from "@/format/number";

export type Lists = "read" | "write" | "deny" | "sensitive" | "checks" | "commands" | "toolchain";
export type Limits = "costUsd" | "tokens" | "modelCalls";

export type PolicyDraft = Record<Lists | Limits | "checkSeconds", string> & {
  approveCommits: Schemas["CommitApproval"];
  approvePlan: boolean;
};

const lines = (list: readonly string[] | undefined): string => (list ?? []).join("\n");
const listed = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
const spelled = (value: number | null | undefined): string => (value == null ? "" : String(value));

export function draftOf(policy: ProjectPolicy): PolicyDraft {
  return {
    read: lines(policy.allowed_paths?.read),
    write: lines(policy.allowed_paths?.write),
    deny: lines(policy.deny),
    sensitive: lines(policy.sensitive),
    checks: lines(policy.checks),
    commands: lines(policy.commands),
    toolchain: lines(policy.toolchain),
    checkSeconds: spelled(policy.check_seconds),
    approveCommits: policy.approve_commits ?? "always",
    approvePlan: policy.approve_plan ?? false,
    costUsd: spelled(policy.budget?.cost_usd),
    tokens: spelled(policy.budget?.tokens),
    modelCalls: spelled(policy.budget?.model_calls),
  };
}

/** What differs from the policy as it is; nothing where the form says the same. */
export function changesIn(draft: PolicyDraft, policy: ProjectPolicy): ProjectPolicy {
  const [wanted, current] = [policyOf(draft), policyOf(draftOf(policy))];
  const changed = Object.entries(wanted).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(current[name as keyof ProjectPolicy]),
  );
  return Object.fromEntries(changed);
}

function policyOf(draft: PolicyDraft): ProjectPolicy {
  const limits = {
    ...limit("cost_usd", draft.costUsd),
    ...limit("tokens", draft.tokens),
    ...limit("model_calls", draft.modelCalls),
  };
  return {
    allowed_paths: { read: listed(draft.read), write: listed(draft.write) },
    deny: listed(draft.deny),
    sensitive: listed(draft.sensitive),
    checks: listed(draft.checks),
    commands: listed(draft.commands),
    toolchain: listed(draft.toolchain),
    check_seconds: Number(draft.checkSeconds),
    approve_commits: draft.approveCommits,
    approve_plan: draft.approvePlan,
    budget: Object.keys(limits).length > 0 ? limits : null,
  };
}

const limit = (name: string, text: string): Record<string, number> =>
  text.trim() === "" ? {} : { [name]: Number(text) };

export const COMMITS: Record<Schemas["CommitApproval"], string> = {
  always: "Ask before every commit",
  sensitive: "Ask before commits that touch a sensitive file",
  never: "Never ask before a commit",
};

/** A policy in one line: `Ask before every commit, 2 checks, 1 path denied`. */
export function summary(policy: ProjectPolicy): string {
  const counted = (list: readonly string[] | undefined, what: string, after = "") =>
    list?.length ? `${plural(list.length, what)}${after}` : "";
  return [
    COMMITS[policy.approve_commits ?? "always"],
    policy.approve_plan ? "asks for the plan" : "",
    counted(policy.checks, "check"),
    counted(policy.commands, "command"),
    counted(policy.deny, "path", " denied"),
    policy.budget ? "a budget" : "",
  ]
    .filter(Boolean)
    .join(", ");
}
