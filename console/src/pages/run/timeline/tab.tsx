// What happened in a run, line by line, as it happens.
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { isFinal } from "@/api/queries";
import { Empty, Failure, Loading } from "@/ui/panel";
import type { TabProps } from "../tab";
import { useUrlState, withParam } from "../url_state";
import { useIsWide } from "../wide";
import { EventDetail } from "./detail";
import { filtered, filterOf, withFilter } from "./filter";
import { Filters } from "./filter_bar";
import { EventList } from "./list";
import { rowsOf } from "./rows";

export default function Timeline({ run, feed }: TabProps) {
  const [params, change] = useUrlState();
  const { events } = useDeferredValue(feed);
  const text = params.toString();
  const filter = useMemo(() => filterOf(new URLSearchParams(text)), [text]);
  const applied = useDeferredValue(filter);
  const shown = useMemo(() => filtered(events, applied), [events, applied]);
  const rows = useMemo(() => rowsOf(shown, events), [shown, events]);
  const [isFollowing, setIsFollowing] = useState(() => !isFinal(run) && !params.has("event"));
  const isWide = useIsWide();
  const selectedId = Number(params.get("event")) || null;
  const selected = selectedId ? (events[selectedId - 1] ?? null) : null;
  const select = useCallback(
    (eventId: number | null) => change((now) => withParam(now, "event", eventId ? String(eventId) : null)),
    [change],
  );
  if (feed.error && events.length === 0) return <Failure error={feed.error} what="The events" />;
  if (events.length === 0) return feed.isCaughtUp ? <NoEvents /> : <Loading lines={6} />;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <Filters
        filter={filter}
        events={events}
        hidden={events.length - shown.length}
        change={(next) => change((now) => withFilter(now, next))}
        isFollowing={isFollowing}
        follow={setIsFollowing}
        hasEnded={feed.transport === "ended"}
      />
      <div className="flex min-w-0 items-start gap-4">
        <EventList
          run={run}
          rows={rows}
          events={events}
          selectedId={selectedId}
          select={select}
          isFollowing={isFollowing}
          follow={setIsFollowing}
        />
        {selected && (
          <EventDetail key={selected.event_id} event={selected} isWide={isWide} close={() => select(null)} />
        )}
      </div>
    </div>
  );
}

const NoEvents = () => (
  <Empty title="Nothing has happened yet">The first event comes when the run is created.</Empty>
);
