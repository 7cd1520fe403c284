// The latest runs of something, with a way to all of them.
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { queries } from "@/api/queries";
import { Empty, Loaded } from "@/ui/panel";
import { State } from "@/ui/state";
import { Time } from "@/ui/time";

const SHOWN = 5;

export function LatestRuns({ of, all }: { of: { agent?: string; project_id?: number }; all: string }) {
  const query = useQuery(queries.latestRuns(of, SHOWN));
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No run yet">A run is one execution of a goal; start one with the button above.</Empty>
        ) : (
          <>
            <ul className="divide-y">
              {items.map((run) => (
                <li key={run.id} className="relative flex items-center gap-3 px-4 py-2 hover:bg-sunken">
                  <State of={run.status} />
                  <Link
                    to={`/runs/${run.id}`}
                    className="min-w-0 flex-1 truncate after:absolute after:inset-0"
                  >
                    <span className="text-muted">{run.id}</span> {run.goal}
                  </Link>
                  <span className="text-sm text-muted">
                    <Time at={run.created_at} />
                  </span>
                </li>
              ))}
            </ul>
            <p className="border-t px-4 py-2">
              <Link to={all} className="text-accent-ink underline">
                All its runs
              </Link>
            </p>
          </>
        )
      }
    </Loaded>
  );
}
