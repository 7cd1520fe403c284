// The filters above the list, and what they hide.
import { useQuery } from "@tanstack/react-query";
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { queries } from "@/api/queries";
import { names } from "@/format/names";
import { useKeys } from "@/shell/keys";
import { Button } from "@/ui/button";
import { STATES } from "@/ui/state";
import { type Filters, isFiltered, NO_FILTERS, SINCE, type Since, STATUSES } from "./filters";

interface Bar {
  filters: Filters;
  change: (part: Partial<Filters>) => void;
}

export function FilterBar({ filters, change }: Bar) {
  return (
    <search aria-label="Filter runs" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <TextFilter text={filters.text} change={(text) => change({ text })} />
        <Choices filters={filters} change={change} />
        {isFiltered(filters) && (
          <Button
            look="quiet"
            icon={<X aria-hidden className="size-3.5" />}
            onClick={() => change(NO_FILTERS)}
          >
            Clear
          </Button>
        )}
      </div>
      <fieldset className="flex flex-wrap gap-1.5">
        <legend className="sr-only">State</legend>
        {STATUSES.map((status) => {
          const { icon: Icon, word, text } = STATES[status];
          const isOn = filters.status.includes(status);
          return (
            <button
              key={status}
              type="button"
              aria-pressed={isOn}
              onClick={() =>
                change({
                  status: STATUSES.filter((each) =>
                    each === status ? !isOn : filters.status.includes(each),
                  ),
                })
              }
              className={names(
                "inline-flex h-7 max-sm:h-9 items-center gap-1.5 rounded-full border px-2.5 text-sm transition-colors",
                isOn ? "border-accent bg-accent-soft text-accent-ink" : "bg-panel hover:bg-sunken",
              )}
            >
              <Icon aria-hidden className={names("size-3.5", !isOn && text)} strokeWidth={2.4} />
              {word}
            </button>
          );
        })}
      </fieldset>
    </search>
  );
}

const PAUSE_MS = 250;

/** Goes into the address once the typing pauses. */
function TextFilter({ text, change }: { text: string; change: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const box = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", does: "Filter by words of the goal", run: () => box.current?.focus() }]);
  const latest = useRef(change);
  latest.current = change;
  const sent = useRef(text);
  useEffect(() => {
    if (text === sent.current) return;
    sent.current = text;
    setTyped(text);
  }, [text]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = window.setTimeout(() => {
      sent.current = typed;
      latest.current(typed);
    }, PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);
  return (
    <div className="relative min-w-48 flex-1 max-sm:basis-full">
      <Search aria-hidden className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted" />
      <input
        ref={box}
        type="search"
        aria-label="Words of the goal"
        placeholder="Words of the goal"
        maxLength={500}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        className="h-8 w-full rounded-md border border-edge bg-panel pr-2.5 pl-8 max-sm:h-10 max-sm:text-lg"
      />
    </div>
  );
}

const SELECT =
  "h-8 max-sm:h-10 max-sm:text-lg min-w-0 max-w-52 max-sm:max-w-full max-sm:flex-1 max-sm:px-1 rounded-md border border-edge bg-panel px-2";

function Choices({ filters, change }: Bar) {
  const agents = useQuery(queries.agents()).data ?? [];
  const topologies = useQuery(queries.topologies()).data ?? [];
  const projects = useQuery(queries.projects()).data?.items ?? [];
  const known = [
    ...agents.filter(({ kind }) => kind !== "type").map(({ name }) => name),
    ...topologies.map(({ name }) => `topology:${name}`),
  ];
  const isStrange = filters.agent && !known.includes(filters.agent);
  const isForeign = filters.project && !projects.some(({ id }) => String(id) === filters.project);
  return (
    <>
      <select
        aria-label="Agent"
        className={SELECT}
        value={filters.agent}
        onChange={(event) => change({ agent: event.target.value })}
      >
        <option value="">Any agent</option>
        {isStrange && <option>{filters.agent}</option>}
        {known.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Project"
        className={SELECT}
        value={filters.project}
        onChange={(event) => change({ project: event.target.value })}
      >
        <option value="">Any project</option>
        {isForeign && <option value={filters.project}>Project {filters.project}</option>}
        {projects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label="Created"
        className={SELECT}
        value={filters.since}
        onChange={(event) => change({ since: event.target.value as Since | "" })}
      >
        <option value="">Any time</option>
        {Object.entries(SINCE).map(([value, { name }]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </>
  );
}
