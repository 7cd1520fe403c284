// The events of one run, as they happen: the hook around `Follower`, which does the work.
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { onKeyChange } from "@/api/key";
import { FINAL, type RunEvent, type RunStatus } from "@/api/queries";
import { Follower } from "./follower";

/** `live`: a stream; `polling`: asked again and again; `paused`: nobody looks; `offline`: the API does not answer; `ended`: nothing more comes. */
export type Transport = "connecting" | "live" | "polling" | "paused" | "offline" | "ended";

export interface RunFeed {
  /** In the order of their event_id, without gaps, from 1 on. A new array only when something came. */
  events: readonly RunEvent[];
  /** How many the run has by now, as the API says. */
  total: number;
  /** Whether all there are have been read. */
  isCaughtUp: boolean;
  transport: Transport;
  error: unknown;
}

/** With `status`, as asked elsewhere, the feed notices that a run which had ended goes on. */
export function useRunFeed(runId: number, status?: RunStatus): RunFeed {
  const follower = useMemo(() => new Follower(runId), [runId]);
  useEffect(() => follow(follower), [follower]);
  useEffect(() => {
    if (status && !FINAL.includes(status)) follower.wakeIfEnded();
  }, [follower, status]);
  return useSyncExternalStore(follower.subscribe, follower.read);
}

/** A hidden tab asks nothing, and catches up when it is seen again. */
function follow(follower: Follower): () => void {
  const lookAgain = () => (document.hidden ? follower.pause() : follower.resume());
  const targets = [
    [document, "visibilitychange"],
    [window, "online"],
    [window, "pageshow"],
  ] as const;
  for (const [target, name] of targets) target.addEventListener(name, lookAgain);
  const forgetKey = onKeyChange(lookAgain);
  lookAgain();
  return () => {
    for (const [target, name] of targets) target.removeEventListener(name, lookAgain);
    forgetKey();
    follower.pause();
  };
}
