// Times and durations in few characters. What is exact stands in a title beside it, see ui/time.tsx.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `now`, `12s ago`, `in 4m`, `3h ago`, `2d ago`, later a date. Both in milliseconds since 1970. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < SECOND) return "now";
  if (distance >= 30 * DAY)
    return new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  const words = coarse(distance);
  return at > now ? `in ${words}` : `${words} ago`;
}

/** `340ms`, `4.2s`, `12m 5s`, `3h 20m`, `2d 4h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)}ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)}s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return two(ms, MINUTE, "m", SECOND, "s");
  if (ms < DAY) return two(ms, HOUR, "h", MINUTE, "m");
  return two(ms, DAY, "d", HOUR, "h");
}

export function exact(at: number): string {
  return new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
}

/** Milliseconds since 1970 of what the API sends; NaN never comes, for the API sends RFC 3339. */
export const moment = (iso: string): number => Date.parse(iso);

function coarse(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeName}${rest ? ` ${rest}${smallName}` : ""}`;
}
