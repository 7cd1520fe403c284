// One run in the list: a row on a desk, a card on a phone. Both are one link, with a box to select it.
import { type CSSProperties, type MouseEvent, useEffect, useRef } from "react";
import { Link } from "react-router";
import type { Run } from "@/api/queries";
import { names } from "@/format/names";
import { cost, short } from "@/format/number";
import { moment } from "@/format/time";
import { State } from "@/ui/state";
import { Elapsed, Time, useNow } from "@/ui/time";
import { saidOf } from "./wording";

export const COLUMNS =
  "grid grid-cols-[1.5rem_8.25rem_3.5rem_minmax(0,1fr)_9rem_7rem_5rem_5rem] max-xl:grid-cols-[1.5rem_8.25rem_3.5rem_minmax(0,1fr)_9rem_7rem_5rem] max-lg:grid-cols-[1.5rem_8.25rem_3.5rem_minmax(0,1fr)_7rem] gap-x-3 px-3";

const PLACED = "absolute inset-x-0 top-0 border-b last:border-b-0";

export interface Shown {
  run: Run;
  project: string | null;
  isSelected: boolean;
  /** Whether the keyboard is here. */
  isCurrent: boolean;
  select: (isRange: boolean) => void;
  onFocus: () => void;
  /** Where it stands in the list. */
  style: CSSProperties;
}

export function Row(shown: Shown & { index: number }) {
  const { run, project } = shown;
  return (
    <tr
      aria-rowindex={shown.index + 2}
      className={names(COLUMNS, PLACED, "items-center", tint(shown))}
      style={shown.style}
    >
      <td>
        <Select {...shown} />
      </td>
      <td>
        <State of={run.status} />
      </td>
      <td className="text-muted">{run.id}</td>
      <td className="min-w-0">
        <Goal {...shown} />
        <Said run={run} />
      </td>
      <td className="min-w-0 max-lg:hidden">
        <p className="truncate">{run.agent.replace(/^(topology|host):/, "")}</p>
        <p className="truncate text-sm text-muted">{project ?? "No project"}</p>
      </td>
      <td className="min-w-0">
        <Progress run={run} />
      </td>
      <td className="text-sm text-muted max-lg:hidden">
        <Time at={run.started_at ?? run.created_at} />
      </td>
      <td className="text-right text-sm text-muted max-xl:hidden">
        <Usage run={run} />
      </td>
    </tr>
  );
}

export function Card(shown: Shown) {
  const { run, project } = shown;
  return (
    <li className={names("flex gap-3 px-3 py-2.5", PLACED, tint(shown))} style={shown.style}>
      <Select {...shown} />
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        <Goal {...shown} />
        <Said run={run} />
        <div className="mt-auto flex items-center gap-2 overflow-hidden text-sm whitespace-nowrap text-muted">
          <State of={run.status} />
          <span>{run.id}</span>
          <span className="truncate">{project ?? run.agent}</span>
          <span className="ml-auto">
            <Time at={run.started_at ?? run.created_at} />
          </span>
        </div>
      </div>
    </li>
  );
}

const tint = ({ isSelected }: Shown): string =>
  names(
    "transition-colors has-[a:focus-visible]:outline-2 has-[a:focus-visible]:-outline-offset-2 has-[a:focus-visible]:outline-accent",
    isSelected ? "bg-accent-soft" : "hover:bg-sunken",
  );

function Select({ run, isSelected, select }: Shown) {
  const click = (event: MouseEvent<HTMLInputElement>) => select(event.shiftKey);
  return (
    <span className="relative z-10 -m-1.5 flex size-7 items-center justify-center">
      <input
        type="checkbox"
        aria-label={`Select run ${run.id}`}
        checked={isSelected}
        onChange={() => undefined}
        onClick={click}
        className="size-4 accent-accent"
      />
    </span>
  );
}

function Goal({ run, isCurrent, onFocus, select }: Shown) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isCurrent && document.activeElement !== link.current) link.current?.focus({ preventScroll: true });
  }, [isCurrent]);
  return (
    <Link
      ref={link}
      to={`/runs/${run.id}`}
      title={run.goal.slice(0, 500)}
      onFocus={onFocus}
      onKeyDown={(event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        select(event.shiftKey);
      }}
      className="block truncate font-medium outline-none after:absolute after:inset-0"
    >
      {run.goal.slice(0, 500)}
    </Link>
  );
}

function Said({ run }: { run: Run }) {
  const said = saidOf(run, useNow());
  return (
    <p
      className={names("h-5 truncate text-sm", run.status === "FAILED" ? "text-failed" : "text-muted")}
      title={said}
    >
      {said}
    </p>
  );
}

function Progress({ run }: { run: Run }) {
  if (run.started_at === null) return <span className="text-sm text-muted">Not begun</span>;
  const end = run.completed_at ?? (run.status === "QUEUED" ? run.available_at : null);
  const isOver = end !== null && moment(end) <= moment(run.started_at);
  return (
    <div className="flex flex-col gap-1 text-sm text-muted">
      {run.status === "RUNNING" && <Bar of={run.progress} />}
      <span>{isOver ? "" : <Elapsed from={run.started_at} to={end} />}</span>
    </div>
  );
}

/** From 0 to 1. */
export function Bar({ of, label = "Progress" }: { of: number; label?: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, of)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      className="h-1 overflow-hidden rounded-full bg-line"
    >
      <div className="h-full bg-running transition-[width]" style={{ width: `${percent}%` }} />
    </div>
  );
}

function Usage({ run: { usage } }: { run: Run }) {
  const tokens = (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
  if (tokens === 0) return null;
  const isEstimated = (usage.estimated_calls ?? 0) > 0;
  return (
    <>
      <p title={isEstimated ? `${tokens} tokens, estimated` : `${tokens} tokens`}>
        {isEstimated && "~"}
        {short(tokens)} tok
      </p>
      {usage.cost_usd ? <p>{cost(usage.cost_usd)}</p> : null}
    </>
  );
}
