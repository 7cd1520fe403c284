// A time, relative and growing older by itself; the exact one stands in its title. One clock ticks for all of them.
import { useSyncExternalStore } from "react";
import { duration, exact, moment, relative } from "@/format/time";

const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

function tick(): void {
  if (document.hidden) return;
  now = Date.now();
  for (const listener of listeners) listener();
}

/** Milliseconds since 1970, once a second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

export function Time({ at }: { at: string }) {
  const time = moment(at);
  return (
    <time dateTime={at} title={exact(time)} className="whitespace-nowrap">
      {relative(time, Math.max(useNow(), time > Date.now() ? 0 : time))}
    </time>
  );
}

/** How long something has lasted, or lasts until now. */
export function Elapsed({ from, to }: { from: string; to: string | null }) {
  const current = useNow();
  const end = to ? moment(to) : Math.max(current, moment(from));
  return (
    <span className="whitespace-nowrap" title={`since ${exact(moment(from))}`}>
      {duration(end - moment(from))}
    </span>
  );
}
