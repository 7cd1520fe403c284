// How the events come in: as they happen, by asking, or not at all.
import { Check, CloudOff, type LucideIcon, Pause, Radio, RefreshCw } from "lucide-react";
import { names } from "@/format/names";
import type { RunFeed, Transport } from "@/live/feed";

const LOOKS: Record<Transport, { icon: LucideIcon; word: string; title: string; colour: string }> = {
  connecting: { icon: RefreshCw, word: "Connecting", title: "Asks for the events", colour: "text-muted" },
  live: { icon: Radio, word: "Live", title: "Events come in as they happen", colour: "text-done" },
  polling: {
    icon: RefreshCw,
    word: "Polling",
    title:
      "Events are asked for every two seconds: other tabs have the streams, or streams do not get through",
    colour: "text-muted",
  },
  paused: { icon: Pause, word: "Paused", title: "Nobody looks at this tab", colour: "text-muted" },
  offline: {
    icon: CloudOff,
    word: "Offline",
    title: "The API does not answer; it is asked again",
    colour: "text-failed",
  },
  ended: { icon: Check, word: "Ended", title: "The run has ended; nothing more comes", colour: "text-muted" },
};

export function TransportBadge({ feed }: { feed: RunFeed }) {
  const { icon: Icon, word, title, colour } = LOOKS[feed.transport];
  const why = feed.transport === "offline" && feed.error instanceof Error ? `: ${feed.error.message}` : "";
  return (
    <span
      role="status"
      data-transport={feed.transport}
      title={`${title}${why}`}
      className={names("inline-flex items-center gap-1.5 text-sm font-medium", colour)}
    >
      <Icon aria-hidden className="size-3.5" />
      {word}
      <span className="font-normal text-muted">
        {feed.isCaughtUp || feed.total === 0
          ? `${feed.total.toLocaleString("en")} events`
          : `${feed.events.length.toLocaleString("en")} of ${feed.total.toLocaleString("en")} events`}
      </span>
    </span>
  );
}
