// The lines of a timeline. Only those that are seen are in the document, so ten thousand are as quick as ten.
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Run, RunEvent } from "@/api/queries";
import { moment } from "@/format/time";
import { useKeys } from "@/shell/keys";
import { Empty } from "@/ui/panel";
import { useIsRoomy } from "../wide";
import { AgentLine, AttemptLine, EventLine } from "./line";
import { longestOf, neighbour, placeOf, type Row } from "./rows";

const HEIGHTS = { attempt: 38, agent: 32, event: 34 };
const PHONE_HEIGHTS = { ...HEIGHTS, event: 60 };
const NEAR_END = 48;

interface ListProps {
  run: Run;
  rows: readonly Row[];
  events: readonly RunEvent[];
  selectedId: number | null;
  select: (eventId: number | null) => void;
  isFollowing: boolean;
  follow: (isFollowing: boolean) => void;
}

export function EventList({ run, rows, events, selectedId, select, isFollowing, follow }: ListProps) {
  const box = useRef<HTMLElement>(null);
  const isRoomy = useIsRoomy();
  const heights = isRoomy ? HEIGHTS : PHONE_HEIGHTS;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => heights[rows[index]?.type ?? "event"],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other heights are measured anew
  useLayoutEffect(() => virtual.measure(), [virtual, isRoomy]);
  const unseen = useFollowing({ box, rows, events, isFollowing, follow, height: virtual.getTotalSize() });
  useSelectedInView(rows, selectedId, virtual.scrollToIndex);
  const step = (by: 1 | -1) => {
    const next = neighbour(rows, selectedId, by);
    if (!next) return;
    follow(false);
    select(next.event_id);
  };
  useKeys([
    { keys: "j", does: "Next event", run: () => step(1) },
    { keys: "k", does: "Event before", run: () => step(-1) },
    { keys: "Enter", does: "Read the selected event", run: readSelected },
    ...(selectedId ? [{ keys: "Escape", does: "Close the event", run: () => select(null) }] : []),
  ]);
  const start = moment(events[0]?.timestamp ?? run.created_at);
  const longest = useMemo(() => longestOf(events), [events]);
  return (
    <div className="relative min-w-0 flex-1">
      <section
        ref={box}
        aria-label="Events"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-[max(calc(100dvh-15rem),24rem)] min-h-24 overflow-x-hidden overflow-y-auto overscroll-contain rounded-lg border bg-panel"
      >
        {rows.length === 0 && (
          <Empty title="No event passes the filter">Take a word out of it, or reset it.</Empty>
        )}
        <ol className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <li
                key={item.key}
                aria-setsize={rows.length}
                aria-posinset={item.index + 1}
                className="absolute inset-x-0 top-0"
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                {row.type === "attempt" && <AttemptLine row={row} />}
                {row.type === "agent" && <AgentLine agent={row.agent} />}
                {row.type === "event" && (
                  <EventLine
                    event={row.event}
                    offsetMs={moment(row.event.timestamp) - start}
                    longestMs={longest}
                    isSelected={row.event.event_id === selectedId}
                    select={select}
                  />
                )}
              </li>
            );
          })}
        </ol>
      </section>
      {unseen > 0 && (
        <button
          type="button"
          onClick={() => follow(true)}
          className="absolute bottom-4 left-1/2 inline-flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3.5 text-sm font-medium text-on-accent shadow-pop"
        >
          <ArrowDown aria-hidden className="size-3.5" />
          {unseen.toLocaleString("en")} new
        </button>
      )}
    </div>
  );
}

const readSelected = () => document.querySelector<HTMLElement>("[data-event-detail]")?.focus();

/** Keeps the end in sight until the person scrolls away from it. How many have come since then. */
function useFollowing({
  box,
  rows,
  events,
  isFollowing,
  follow,
  height,
}: Pick<ListProps, "rows" | "events" | "isFollowing" | "follow"> & {
  box: React.RefObject<HTMLElement | null>;
  height: number;
}): number {
  const [seen, setSeen] = useState(events.length);
  const latest = useRef({ isFollowing, count: events.length, follow });
  latest.current = { isFollowing, count: events.length, follow };
  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows move the end
  useLayoutEffect(() => {
    if (isFollowing && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [box, isFollowing, height, rows]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => {
      const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
      const { isFollowing: is, count, follow: set } = latest.current;
      if (is === isAtEnd) return;
      if (is) setSeen(count);
      set(isAtEnd);
    };
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [box]);
  return isFollowing ? 0 : Math.max(events.length - seen, 0);
}

/** Only when another is selected: rows that come must not pull it back. */
function useSelectedInView(
  rows: readonly Row[],
  selectedId: number | null,
  scrollToIndex: (index: number, options: { align: "auto" | "center" }) => void,
): void {
  const shownId = useRef<number | null>(null);
  const show = useCallback(
    (place: number) => {
      const isFirst = shownId.current === null;
      scrollToIndex(place, { align: isFirst ? "center" : "auto" });
    },
    [scrollToIndex],
  );
  useEffect(() => {
    if (selectedId === shownId.current) return;
    const place = placeOf(rows, selectedId);
    if (selectedId !== null && place < 0) return;
    if (place >= 0) show(place);
    shownId.current = selectedId;
  }, [rows, selectedId, show]);
}
