// The tab Graph of a run that is no topology: who took part, and what a topology would be.
import { ArrowRight } from "lucide-react";
import { Link } from "react-router";
import { plural } from "@/format/number";
import { ButtonLink } from "@/ui/button";
import { Panel } from "@/ui/panel";
import { Elapsed, Time } from "@/ui/time";
import type { TabProps } from "../tab";
import { type Part, partsOf } from "./told";

export function Alone({ run, feed }: TabProps) {
  const parts = partsOf(feed.events);
  return (
    <div className="flex flex-col gap-4">
      <Panel title="Who took part" aside={`agent ${run.agent}`}>
        {parts.length === 0 ? (
          <p className="text-muted">Nobody has told anything yet.</p>
        ) : (
          <ol className="flex flex-wrap items-center gap-2">
            {parts.map((part, at) => (
              <li key={part.role} className="flex items-center gap-2">
                {at > 0 && <ArrowRight aria-hidden className="size-4 text-faint" />}
                <PartCard runId={run.id} part={part} />
              </li>
            ))}
          </ol>
        )}
      </Panel>
      <Panel title="A graph is drawn of topologies">
        <div className="flex max-w-prose flex-col gap-3">
          <p>
            This run is one of the agent {run.agent}, which works by itself or brings its own team. A topology
            is a team that you put together: a pattern, such as a debate or a pipeline, and who has which part
            in it. Its runs show here who works, who has answered and what failed.
          </p>
          <div className="flex flex-wrap gap-2">
            <ButtonLink to="/topologies">See the topologies</ButtonLink>
            <ButtonLink to="/topologies?new=pipeline">Make one</ButtonLink>
          </div>
        </div>
      </Panel>
    </div>
  );
}

function PartCard({ runId, part }: { runId: number; part: Part }) {
  return (
    <Link
      to={`/runs/${runId}?agent=${encodeURIComponent(part.role)}`}
      className="flex min-w-40 flex-col rounded-md border px-3 py-2 transition-colors hover:border-edge"
    >
      <span className="font-medium">{part.role}</span>
      <span className="text-sm text-muted">
        {plural(part.events, "event")}
        {part.errors > 0 && <span className="text-failed">, {plural(part.errors, "error")}</span>}
      </span>
      <span className="text-sm text-muted">
        <Elapsed from={part.first} to={part.last} />, from <Time at={part.first} />
      </span>
    </Link>
  );
}
