// Server-sent events by `fetch`, because EventSource cannot send the API key.
import { createParser } from "eventsource-parser";
import { BASE, send, TIME_LIMIT_MS } from "@/api/client";
import { Unreachable } from "@/api/error";
import type { RunEvent } from "@/api/queries";

/** The API says something every 15 seconds. */
export const SILENCE_MS = 25_000;

/** Is told of every event, of every ping, and that the stream has begun. */
export type Hear = (what: RunEvent | "ping" | "open") => void;

/** Returns when the API ends the stream; raises when it refuses it, when it breaks, falls silent or `hear` raises. */
export async function readStream(
  runId: number,
  since: number,
  signal: AbortSignal,
  hear: Hear,
): Promise<void> {
  const watchdog = new Watchdog(signal);
  watchdog.feed(TIME_LIMIT_MS);
  try {
    const url = new URL(`${BASE}/runs/${runId}/events/stream?since_event_id=${since}`, location.origin);
    const { body } = await send(new Request(url, { signal: watchdog.signal }), watchdog.signal);
    if (body) await readMessages(body, watchdog, hear);
  } catch (error) {
    if (!watchdog.hasBitten) throw error;
  } finally {
    watchdog.rest();
  }
  if (watchdog.hasBitten) throw new Unreachable("The stream of events fell silent.");
}

async function readMessages(body: ReadableStream<Uint8Array>, watchdog: Watchdog, hear: Hear): Promise<void> {
  const reader = body.getReader();
  watchdog.signal.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
  let isOpen = false;
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent: ({ event, data }) => hear(event === "ping" ? "ping" : JSON.parse(data)),
  });
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (watchdog.signal.aborted) return;
    if (!isOpen) hear("open");
    isOpen = true;
    watchdog.feed(SILENCE_MS);
    parser.feed(decoder.decode(next.value, { stream: true }));
  }
}

/** Ends what has said nothing for too long. */
class Watchdog {
  readonly #own = new AbortController();
  readonly signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  hasBitten = false;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#own.signal]);
  }

  feed(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.hasBitten = true;
      this.#own.abort();
    }, ms);
  }

  rest(): void {
    clearTimeout(this.#timer);
    this.#own.abort();
  }
}
