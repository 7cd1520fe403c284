// How a run goes, in two lines: its state and progress, then what it is and what it has used.
import { GitFork } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { Link } from "react-router";
import type { Run } from "@/api/queries";
import { cost, plural, short } from "@/format/number";
import { duration } from "@/format/time";
import type { RunFeed } from "@/live/feed";
import { State } from "@/ui/state";
import { Elapsed, Time } from "@/ui/time";
import { Lease } from "./lease";
import { type Claim, workOf } from "./reading/attempts";
import { usageOf } from "./reading/usage";
import { TransportBadge } from "./transport";

export function Header({ run, feed }: { run: Run; feed: RunFeed }) {
  const work = useMemo(() => workOf(feed.events), [feed.events]);
  return (
    <section aria-label="How it goes" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <State of={run.status} />
        {run.cancel_requested && run.status === "RUNNING" && (
          <span className="text-sm text-waiting">Cancelling: its worker stops the agent</span>
        )}
        <Times run={run} />
        {run.status === "RUNNING" && <Progress run={run} />}
        <span className="ml-auto max-sm:ml-0 max-sm:basis-full">
          <TransportBadge feed={feed} />
        </span>
      </div>
      <Lease run={run} work={work} />
      <dl className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
        <What run={run} claim={work.latest} />
        <Used run={run} />
      </dl>
    </section>
  );
}

function Times({ run }: { run: Run }) {
  if (!run.started_at) {
    return (
      <span className="text-muted">
        created <Time at={run.created_at} />
      </span>
    );
  }
  return (
    <span className="text-muted">
      <span className="font-medium text-ink">
        <Elapsed from={run.started_at} to={run.completed_at} />
      </span>
      {run.completed_at ? (
        <>
          , ended <Time at={run.completed_at} />
        </>
      ) : (
        <>
          , started <Time at={run.started_at} />
        </>
      )}
    </span>
  );
}

function Progress({ run }: { run: Run }) {
  const percent = Math.round(run.progress * 100);
  return (
    <span className="flex min-w-0 items-center gap-2">
      <progress
        aria-label="Progress"
        value={percent}
        max={100}
        className="h-1.5 w-28 appearance-none overflow-hidden rounded-full bg-running-soft [&::-moz-progress-bar]:bg-running [&::-webkit-progress-bar]:bg-running-soft [&::-webkit-progress-value]:bg-running [&::-webkit-progress-value]:transition-all"
      />
      <span className="w-9 text-sm text-muted">{percent}%</span>
      {run.current_agent && <span className="truncate text-sm font-medium">{run.current_agent}</span>}
    </span>
  );
}

function Item({ name, children, title }: { name: string; children: ReactNode; title?: string }) {
  return (
    <div className="flex min-w-0 gap-1.5" title={title}>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 font-medium">{children}</dd>
    </div>
  );
}

const LINK = "text-accent-ink underline-offset-2 hover:underline";

function What({ run, claim }: { run: Run; claim: Claim | null }) {
  const topology = run.agent.startsWith("topology:") ? run.agent.slice("topology:".length) : null;
  return (
    <>
      <Item name="Agent">
        <Link className={LINK} to={topology ? `/topologies/${encodeURIComponent(topology)}` : "/agents"}>
          {run.agent}
        </Link>
      </Item>
      {run.project_id !== null && (
        <Item name="Project">
          <Link className={LINK} to={`/projects/${run.project_id}`}>
            {run.project_id}
          </Link>
        </Item>
      )}
      {(run.model || claim?.model) && <Item name="Model">{run.model || claim?.model}</Item>}
      {run.runner && <Item name="Runner">{run.runner}</Item>}
      {run.task_id && (
        <Item name="Task" title={run.task_id}>
          {run.task_id.slice(0, 8)}
        </Item>
      )}
      {run.forked_from !== null && (
        <Item name="Forked from">
          <Link className={LINK} to={`/runs/${run.forked_from}`}>
            <GitFork aria-hidden className="mr-0.5 inline size-3.5" />
            run {run.forked_from}
          </Link>
        </Item>
      )}
      <Item name="Attempt">
        {/* While it waits for a person the attempt is not charged, and yet it is that one. */}
        {Math.max(run.attempt, claim?.attempt ?? 0)} of {run.max_attempts}
      </Item>
    </>
  );
}

function Used({ run }: { run: Run }) {
  const usage = usageOf(run);
  const about = usage.estimated_calls > 0 ? "~" : "";
  const exactly = `${usage.input_tokens.toLocaleString("en")} in, ${usage.output_tokens.toLocaleString("en")} out, in ${plural(usage.model_calls, "model call")}${
    about ? `; ${usage.estimated_calls} of them estimated` : ""
  }`;
  return (
    <>
      <Item name="Tokens" title={exactly}>
        {about}
        {short(usage.input_tokens)} in, {about}
        {short(usage.output_tokens)} out
      </Item>
      <Item name="Cost" title="Of the model calls whose price is known">
        {cost(usage.cost_usd)}
      </Item>
      <Item name="Worked" title="The time that workers spent on it">
        {duration(usage.active_seconds * 1000)}
      </Item>
      {run.priority !== 0 && <Item name="Priority">{run.priority}</Item>}
    </>
  );
}
