// What was decided lately, over all runs.
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { queries } from "@/api/queries";
import { Outcome } from "@/pages/run/review/decisions";
import { Time } from "@/ui/time";
import { Visible } from "@/ui/visible";
import { deciderOf } from "./wording";

const SHOWN = 10;

export function DecidedLately() {
  const { data } = useQuery(queries.latestApprovals());
  const decided = (data?.items ?? []).filter(({ status }) => status !== "OPEN").slice(0, SHOWN);
  if (decided.length === 0) return null;
  return (
    <details className="rounded-lg border bg-panel">
      <summary className="px-4 py-2 text-sm text-muted">Decided lately</summary>
      <ul className="divide-y border-t">
        {decided.map((approval) => (
          <li key={approval.id} className="flex flex-col gap-1 px-4 py-2.5">
            <span className="flex flex-wrap items-center gap-x-2">
              <Outcome approval={approval} />
              <span className="text-sm text-muted">
                {deciderOf(approval)} {approval.decided_at && <Time at={approval.decided_at} />}
              </span>
            </span>
            <Link to={`/runs/${approval.run_id}/review`} className="line-clamp-2 hover:underline">
              Run {approval.run_id}: <Visible text={approval.question.text} />
            </Link>
          </li>
        ))}
      </ul>
    </details>
  );
}
