// The topologies that are there, each with its latest run.
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { queries, type Topology } from "@/api/queries";
import { plural } from "@/format/number";
import { State } from "@/ui/state";
import { Time } from "@/ui/time";
import { PATTERNS } from "./patterns";

export function TopologyTable({ topologies }: { topologies: Topology[] }) {
  return (
    <ul className="divide-y">
      {topologies.map((topology) => (
        <li
          key={topology.name}
          className="relative grid items-start gap-x-4 gap-y-0.5 px-4 py-2.5 transition-colors hover:bg-sunken sm:grid-cols-[minmax(0,1fr)_11rem] lg:grid-cols-[minmax(0,1fr)_minmax(0,16rem)_11rem]"
        >
          <div className="min-w-0">
            <Link to={`/topologies/${topology.name}`} className="font-medium after:absolute after:inset-0">
              {topology.name}
            </Link>
            <span className="ml-2 text-sm text-muted">
              {PATTERNS[topology.type].name}, version {topology.version}
            </span>
            <p className="truncate text-sm text-muted">
              {topology.description || PATTERNS[topology.type].sentence}
            </p>
          </div>
          <p className="min-w-0 text-sm text-muted max-lg:hidden">
            <span className="line-clamp-2">{teamOf(topology)}</span>
          </p>
          <LatestRun agent={`topology:${topology.name}`} />
        </li>
      ))}
    </ul>
  );
}

const MOST_NAMED = 5;

export function teamOf(topology: Topology): string {
  const seats = Object.values(topology.slots).flat();
  const names = [...new Set(seats)];
  const shown = names.slice(0, MOST_NAMED).join(", ");
  const what = topology.type === "compound" ? "part" : "seat";
  const rest = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `${plural(seats.length, what)}: ${shown}${rest}`;
}

function LatestRun({ agent }: { agent: string }) {
  const { data } = useQuery({
    ...queries.latestRuns({ agent }, 1),
    refetchInterval: false,
    staleTime: 10_000,
  });
  const run = data?.items[0];
  if (!run) return <p className="text-sm text-muted">{data ? "No run yet" : ""}</p>;
  return (
    <p className="flex items-center gap-2 text-sm">
      <State of={run.status} />
      <Link to={`/runs/${run.id}/graph`} className="relative text-muted underline">
        <span className="sr-only">run {run.id}, </span>
        <Time at={run.created_at} />
      </Link>
    </p>
  );
}
