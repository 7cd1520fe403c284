// What of the timeline is shown: by kind, by agent, by text; and how much is hidden by that.
import { ArrowDownToLine, FilterX } from "lucide-react";
import { useMemo, useRef } from "react";
import type { RunEvent } from "@/api/queries";
import { names } from "@/format/names";
import { plural } from "@/format/number";
import { useKeys } from "@/shell/keys";
import { Button } from "@/ui/button";
import { Select, TextField } from "@/ui/field";
import { KIND_NAMES, KINDS, type Kind, storyOf } from "../reading/story";
import { agentsOf, type Filter, isFiltering } from "./filter";

export function Filters({
  filter,
  events,
  hidden,
  change,
  isFollowing,
  follow,
  hasEnded,
}: {
  filter: Filter;
  events: readonly RunEvent[];
  hidden: number;
  change: (filter: Filter) => void;
  isFollowing: boolean;
  follow: (isFollowing: boolean) => void;
  hasEnded: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  useKeys([
    { keys: "/", does: "Filter the events", run: () => box.current?.querySelector("input")?.focus() },
    { keys: "l", does: "Follow the end, or stop", run: () => follow(!isFollowing) },
  ]);
  const agents = useMemo(() => agentsOf(events), [events]);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div ref={box} className="w-52 max-sm:w-auto max-sm:flex-1">
        <TextField
          label="Filter the events by text"
          hideLabel
          type="search"
          placeholder="Filter by text"
          value={filter.text}
          onChange={(event) => change({ ...filter, text: event.target.value })}
        />
      </div>
      <Kinds filter={filter} events={events} change={change} />
      {(agents.length > 1 || filter.agent) && (
        <div className="w-40">
          <Select
            label="Agent"
            hideLabel
            value={filter.agent}
            onChange={(event) => change({ ...filter, agent: event.target.value })}
          >
            <option value="">All agents</option>
            {agents.map((agent) => (
              <option key={agent}>{agent}</option>
            ))}
          </Select>
        </div>
      )}
      {isFiltering(filter) && (
        <Button
          look="quiet"
          icon={<FilterX aria-hidden className="size-3.5" />}
          onClick={() => change({ kinds: [], agent: "", text: "" })}
        >
          {plural(hidden, "event")} hidden by filter
        </Button>
      )}
      <span className="sm:ml-auto">
        {hasEnded ? (
          <Button onClick={() => follow(true)} icon={<ArrowDownToLine aria-hidden className="size-3.5" />}>
            To the end
          </Button>
        ) : (
          <FollowButton isFollowing={isFollowing} follow={follow} />
        )}
      </span>
    </div>
  );
}

function FollowButton({
  isFollowing,
  follow,
}: {
  isFollowing: boolean;
  follow: (isFollowing: boolean) => void;
}) {
  return (
    <Button
      aria-pressed={isFollowing}
      icon={<ArrowDownToLine aria-hidden className={names("size-3.5", isFollowing && "text-accent-ink")} />}
      onClick={() => follow(!isFollowing)}
    >
      {isFollowing ? "Following" : "Follow"}
    </Button>
  );
}

function Kinds({
  filter,
  events,
  change,
}: {
  filter: Filter;
  events: readonly RunEvent[];
  change: (filter: Filter) => void;
}) {
  const there = useMemo(() => new Set<Kind>(events.map((each) => storyOf(each).kind)), [events]);
  const toggle = (kind: Kind) => {
    const kinds = filter.kinds.includes(kind)
      ? filter.kinds.filter((each) => each !== kind)
      : [...filter.kinds, kind];
    change({ ...filter, kinds });
  };
  return (
    <fieldset className="flex min-w-0 gap-1 max-sm:order-last max-sm:w-full max-sm:overflow-x-auto sm:flex-wrap">
      <legend className="sr-only">Kinds of events</legend>
      {KINDS.filter((kind) => there.has(kind) || filter.kinds.includes(kind)).map((kind) => {
        const isOn = filter.kinds.includes(kind);
        return (
          <button
            key={kind}
            type="button"
            aria-pressed={isOn}
            onClick={() => toggle(kind)}
            className={names(
              "h-7 shrink-0 rounded-full border px-2.5 text-sm transition-colors max-sm:h-9",
              isOn
                ? "border-accent bg-accent-soft text-accent-ink"
                : "text-muted hover:bg-sunken hover:text-ink",
            )}
          >
            {KIND_NAMES[kind]}
          </button>
        );
      })}
    </fieldset>
  );
}
