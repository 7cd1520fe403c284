// How long to wait before something is tried again.
import { ApiError } from "@/api/error";

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** Doubles from a second to thirty, less up to a half by chance so that tabs do not come at once; never sooner than the API asks for. */
export function backoff(failures: number, error: unknown, random: () => number): number {
  const ceiling = Math.min(FIRST_MS * 2 ** Math.max(failures - 1, 0), LONGEST_MS);
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(ceiling * (1 - random() / 2), asked);
}

/** Ends early, and without an error, when `signal` does. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
