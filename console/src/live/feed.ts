// The events of one run, as they happen.
import { useState } from "react";
import type { RunEvent } from "@/api/queries";

/** `live`: a stream; `polling`: asked again and again; `paused`: nobody looks; `offline`: the API does not answer; `ended`: nothing more comes. */
export type Transport = "live" | "polling" | "paused" | "offline" | "ended";

export interface RunFeed {
  /** In the order of their event_id, without gaps, from 1 on. */
  events: readonly RunEvent[];
  /** How many the run has by now, as the API says. */
  total: number;
  /** Whether all there are have been read. */
  isCaughtUp: boolean;
  transport: Transport;
  error: unknown;
}

export function useRunFeed(_runId: number): RunFeed {
  const [feed] = useState<RunFeed>({
    events: [],
    total: 0,
    isCaughtUp: false,
    transport: "offline",
    error: null,
  });
  return feed;
}
