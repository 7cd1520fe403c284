// Which worker holds a run, and whether one has lost it.
import { useQuery } from "@tanstack/react-query";
import { HeartPulse, Unplug } from "lucide-react";
import { Link } from "react-router";
import { queries, type Run } from "@/api/queries";
import { plural } from "@/format/number";
import { Time } from "@/ui/time";
import type { Claim, Loss, Work } from "./reading/attempts";

export function Lease({ run, work }: { run: Run; work: Work }) {
  const isHeld = run.status === "RUNNING" && work.latest !== null;
  return (
    <>
      {isHeld && work.latest && <Holder claim={work.latest} />}
      {work.losses.length > 0 && <Losses run={run} losses={work.losses} />}
    </>
  );
}

function Holder({ claim }: { claim: Claim }) {
  const { data } = useQuery(queries.workers());
  const worker = data?.workers.find(({ id }) => id === claim.worker);
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
      <HeartPulse aria-hidden className="size-4 text-running" />
      <span>
        Held by{" "}
        <Link to="/workers" className="font-medium text-accent-ink underline-offset-2 hover:underline">
          {claim.worker}
        </Link>{" "}
        since <Time at={claim.at} />
      </span>
      {data &&
        (worker ? (
          <span>
            heartbeat <Time at={worker.last_heartbeat} />
          </span>
        ) : (
          <span className="font-medium text-waiting">
            it does not answer: another goes on once its lease runs out
          </span>
        ))}
      <span title="Every claim raises it, and every write of a worker must match it">
        fence {claim.fence}
      </span>
    </p>
  );
}

function Losses({ run, losses }: { run: Run; losses: Loss[] }) {
  const last = losses.at(-1);
  if (!last) return null;
  return (
    <p role="status" className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-sm">
      <Unplug aria-hidden className="size-4 text-waiting" />
      <span className="font-medium text-waiting">
        {losses.length === 1 ? "Lease lost" : `${plural(losses.length, "lease")} lost`}
      </span>
      <span className="text-muted">
        {last.worker} stopped answering <Time at={last.at} />;{" "}
        {last.continuedBy ? `${last.continuedBy} went on from the last finished step` : ending(run)}
      </span>
      <Link
        to={`/runs/${run.id}/timeline?event=${last.eventId}`}
        className="text-accent-ink underline-offset-2 hover:underline"
      >
        Show
      </Link>
    </p>
  );
}

const ending = (run: Run): string =>
  run.status === "QUEUED" ? "the next free worker goes on" : "nobody has gone on with it";
