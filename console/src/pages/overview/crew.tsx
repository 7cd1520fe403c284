// The workers in short, and what is wrong with them.
import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { queries } from "@/api/queries";
import { plural } from "@/format/number";
import { duration } from "@/format/time";
import { Command } from "@/ui/command";
import { Loaded, Panel } from "@/ui/panel";
import { Slots } from "../workers/slots";

export function Crew({ overview }: { overview: Schemas["OverviewPublic"] }) {
  const query = useQuery(queries.workers());
  return (
    <Panel
      title="Workers"
      aside={
        <Link to="/workers" className="text-accent-ink hover:underline">
          All workers
        </Link>
      }
    >
      <div className="flex flex-col gap-3">
        <Trouble overview={overview} />
        <Loaded query={query}>
          {({ workers }) => (
            <ul className="flex flex-col gap-3">
              {workers.slice(0, 6).map((worker) => (
                <li key={worker.id} className="flex flex-col gap-1">
                  <span className="flex items-baseline justify-between gap-3">
                    <span className="truncate font-medium">{worker.host}</span>
                    <span className="truncate text-sm text-muted">{worker.model}</span>
                  </span>
                  <Slots busy={worker.busy} slots={worker.slots} />
                </li>
              ))}
            </ul>
          )}
        </Loaded>
        <p className="text-sm text-muted">{queued(overview)}</p>
      </div>
    </Panel>
  );
}

export const START = "agent-runner worker";

export function Trouble({ overview: { workers, due, runs } }: { overview: Schemas["OverviewPublic"] }) {
  if (workers.alive === 0) {
    return (
      <div role="alert" className="rounded-md bg-waiting-soft p-3">
        <p className="flex items-center gap-2 font-medium text-waiting">
          <TriangleAlert aria-hidden className="size-4" />
          No worker is alive
        </p>
        <p className="mt-1 text-sm">
          {runs.queued > 0
            ? `${plural(runs.queued, "run waits", "runs wait")} for one. `
            : "Nothing will run. "}
          Start one beside the API:
        </p>
        <div className="mt-2">
          <Command text={START} />
        </div>
      </div>
    );
  }
  if (due > 0 && workers.busy >= workers.slots) {
    return (
      <p className="flex gap-2 rounded-md bg-waiting-soft p-3 text-sm text-waiting">
        <TriangleAlert aria-hidden className="size-4 shrink-0" />
        Every slot is busy, so {plural(due, "run waits", "runs wait")}. Another worker would take them.
      </p>
    );
  }
  return null;
}

function queued({ due, runs, oldest_due_seconds: oldest }: Schemas["OverviewPublic"]): string {
  if (due === 0 && runs.queued === 0) return "The queue is empty.";
  if (due === 0)
    return `Nothing is due; ${plural(runs.queued, "run waits for its", "runs wait for their")} time.`;
  const since = oldest === null ? "" : `, the oldest for ${duration(oldest * 1000)}`;
  return `${plural(due, "run is", "runs are")} due${since}.`;
}
