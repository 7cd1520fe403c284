// One line of a timeline: when, what, how long.
import {
  Bot,
  Cpu,
  FileText,
  Flag,
  Hand,
  type LucideIcon,
  MessageSquareText,
  TriangleAlert,
  Wrench,
} from "lucide-react";
import { memo } from "react";
import type { RunEvent } from "@/api/queries";
import { names } from "@/format/names";
import { duration, exact, moment } from "@/format/time";
import { Time } from "@/ui/time";
import { Visible } from "@/ui/visible";
import { type Kind, storyOf, type Tone } from "../reading/story";
import type { Row } from "./rows";

const ICONS: Record<Kind, LucideIcon> = {
  run: Flag,
  agent: Bot,
  model: Cpu,
  tool: Wrench,
  file: FileText,
  question: Hand,
  log: MessageSquareText,
};

const TONES: Record<Tone, string> = {
  plain: "text-ink",
  good: "text-done",
  bad: "text-failed",
  waiting: "text-waiting",
  quiet: "text-muted",
};

const LONGEST_TEXT = 400;

export const EventLine = memo(function EventLine({
  event,
  offsetMs,
  longestMs,
  isSelected,
  select,
}: {
  event: RunEvent;
  offsetMs: number;
  longestMs: number;
  isSelected: boolean;
  select: (eventId: number | null) => void;
}) {
  const { kind, title, text, tone, durationMs } = storyOf(event);
  const Icon = tone === "bad" ? TriangleAlert : ICONS[kind];
  return (
    <button
      type="button"
      aria-pressed={isSelected}
      data-event={event.event_id}
      data-type={event.event_type}
      onClick={() => select(isSelected ? null : event.event_id)}
      className={names(
        "grid size-full grid-cols-[4rem_1rem_minmax(0,1fr)_auto] items-center gap-x-2.5 px-3 text-left transition-colors focus-visible:-outline-offset-2 max-sm:grid-cols-[1rem_minmax(0,1fr)] max-sm:grid-rows-2 max-sm:gap-y-0 max-sm:py-1",
        isSelected ? "bg-accent-soft" : "hover:bg-sunken",
      )}
    >
      <span
        className="text-right text-sm text-faint max-sm:order-3 max-sm:col-start-2 max-sm:text-left"
        title={exact(moment(event.timestamp))}
      >
        +{duration(Math.max(offsetMs, 0))}
        {durationMs !== null && <span className="sm:hidden"> · took {duration(durationMs)}</span>}
      </span>
      <Icon aria-hidden className={names("size-4 max-sm:order-1", TONES[tone])} />
      <span className="truncate max-sm:order-2">
        <span className={names("font-medium", TONES[tone])}>
          <Visible text={title} />
        </span>{" "}
        <span className="text-muted">
          <Visible text={text.slice(0, LONGEST_TEXT)} />
        </span>
      </span>
      {durationMs !== null && <DurationBar ms={durationMs} longestMs={longestMs} />}
    </button>
  );
});

function DurationBar({ ms, longestMs }: { ms: number; longestMs: number }) {
  const share = longestMs > 0 ? Math.max(ms / longestMs, 0.02) : 0.02;
  return (
    <span className="flex w-36 items-center justify-end gap-2 max-sm:hidden" title={`took ${duration(ms)}`}>
      <span className="text-sm text-faint">{duration(ms)}</span>
      <span aria-hidden className="h-1.5 w-20 overflow-hidden rounded-full bg-sunken">
        <span className="block h-full rounded-full bg-running" style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}

export function AttemptLine({ row }: { row: Extract<Row, { type: "attempt" }> }) {
  return (
    <div className="flex h-full items-end gap-2 border-b bg-sunken px-3 pb-1.5 text-sm">
      <h2 className="font-semibold">Attempt {row.attempt}</h2>
      <span className="truncate text-muted">
        {row.worker} · <Time at={row.at} />
      </span>
    </div>
  );
}

export const AgentLine = ({ agent }: { agent: string }) => (
  <div className="flex h-full items-end gap-2 px-3 pb-1 text-sm font-medium text-muted">
    <p className="truncate border-l-2 border-accent pl-2">{agent}</p>
  </div>
);
