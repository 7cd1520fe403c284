// Who decided what, and when; the newest first, each with what was asked.
import type { Approval } from "@/api/queries";
import { names } from "@/format/names";
import { Detail } from "@/pages/approvals/detail";
import { deciderOf, outcomeOf, wordingOf } from "@/pages/approvals/wording";
import { Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { Visible } from "@/ui/visible";

const COLOURS: Record<Approval["status"], string> = {
  OPEN: "bg-waiting-soft text-waiting",
  GRANTED: "bg-done-soft text-done",
  ANSWERED: "bg-done-soft text-done",
  REJECTED: "bg-failed-soft text-failed",
  EXPIRED: "bg-cancelled-soft text-cancelled",
  VOID: "bg-cancelled-soft text-cancelled",
};

export function Decisions({ approvals }: { approvals: readonly Approval[] }) {
  if (approvals.length === 0) return null;
  return (
    <Panel title="Decisions" flush>
      <ol className="divide-y">
        {approvals.map((approval) => (
          <li key={approval.id}>
            <Decided approval={approval} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}

export function Decided({ approval }: { approval: Approval }) {
  return (
    <details className="group">
      <summary className="flex flex-col gap-1 px-4 py-2.5 hover:bg-sunken">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Outcome approval={approval} />
          <span className="text-sm text-muted">
            {wordingOf(approval).name}, {deciderOf(approval)}{" "}
            {approval.decided_at && <Time at={approval.decided_at} />}
          </span>
        </span>
        <span className="line-clamp-2">
          <Visible text={approval.question.text} />
        </span>
        {(approval.comment || approval.text) && (
          <span className="border-l-2 border-edge pl-3 whitespace-pre-wrap text-muted">
            <Visible text={approval.comment ?? approval.text ?? ""} />
          </span>
        )}
      </summary>
      <div className="flex flex-col gap-3 px-4 pb-4">
        <Detail approval={approval} />
        {approval.diff_sha && (
          <p className="text-sm text-muted">
            Diff <code className="font-mono text-xs">{approval.diff_sha}</code>
          </p>
        )}
      </div>
    </details>
  );
}

export function Outcome({ approval }: { approval: Approval }) {
  return (
    <span
      className={names(
        "inline-flex h-5.5 items-center rounded-full px-2 text-xs font-medium",
        COLOURS[approval.status],
      )}
    >
      {outcomeOf(approval)}
    </span>
  );
}
