// What each kind of question is called, and what can be answered to it.
import type { Approval } from "@/api/queries";

export interface Wording {
  name: string;
  approve: string;
  /** Null where the API takes no such answer. */
  revise: string | null;
  hint: string;
}

const BACK = "Send back for another try";

const WORDINGS: Record<Approval["kind"], Wording> = {
  COMMIT: {
    name: "Commit",
    approve: "Approve and commit",
    revise: BACK,
    hint: "Approved, exactly this change is committed on its own branch. Sent back, the agent reads your comment and tries again.",
  },
  PLAN: {
    name: "Plan",
    approve: "Approve the plan",
    revise: BACK,
    hint: "Nothing is changed before the plan is approved. Sent back, the agent reads your comment and plans again.",
  },
  PERMISSION: {
    name: "Permission",
    approve: "Allow it",
    revise: "Refuse it, and let the run go on",
    hint: "It is allowed once. Refused, the agent reads your comment and goes on without it.",
  },
  BUDGET: {
    name: "Budget",
    approve: "Grant more",
    revise: null,
    hint: "Granted, the run goes on where it stopped.",
  },
  INPUT: { name: "Question", approve: "Send the answer", revise: null, hint: "" },
};

export function wordingOf(approval: Approval): Wording {
  const wording = WORDINGS[approval.kind];
  if (approval.kind !== "PERMISSION" || typeof approval.question.detail?.answer !== "string") return wording;
  return {
    ...wording,
    approve: "Let it count",
    revise: BACK,
    hint: "Approved, the answer counts. Sent back, the agent reads your comment and answers again.",
  };
}

const OUTCOMES: Record<Approval["status"], string> = {
  OPEN: "Open",
  GRANTED: "Approved",
  REJECTED: "Rejected",
  ANSWERED: "Answered",
  EXPIRED: "Expired",
  VOID: "Called off",
};

export const outcomeOf = ({ status, revise }: Approval): string =>
  status === "REJECTED" && revise ? "Sent back" : OUTCOMES[status];

/** `by ada`, `by time or a cancel`. */
export const deciderOf = ({ decided_by, status }: Approval): string => {
  if (decided_by !== "nobody") return `by ${decided_by ?? "nobody"}`;
  return status === "EXPIRED" ? "because its time was over" : "because the run was cancelled";
};
