// Follows one run: by a stream where it gets one, else by asking again and again. No React in here, see feed.ts.
import { api, body } from "@/api/client";
import { ApiError } from "@/api/error";
import type { RunEvent } from "@/api/queries";
import { backoff, pause } from "./backoff";
import type { RunFeed } from "./feed";
import { EventLog, Gap } from "./log";
import { type TakeSlot, takeSlot } from "./slots";
import { readStream } from "./stream";

export const PAGE = 500;
export const POLL_MS = 2_000;
export const MOST_STREAM_FAILURES = 3;

export interface Surroundings {
  takeSlot: TakeSlot;
  /** Tells the others once for all that has come since: a frame in a browser. */
  soon: (tell: () => void) => void;
  random: () => number;
}

const BROWSER: Surroundings = {
  takeSlot: () => takeSlot(),
  soon: (tell) => void requestAnimationFrame(tell),
  random: Math.random,
};

type State = Pick<RunFeed, "transport" | "error" | "isCaughtUp">;

const NOTHING: RunFeed = { events: [], total: 0, isCaughtUp: false, transport: "connecting", error: null };

/** Only an answer to the newest turn is believed: `wake` and `pause` end the turn before. */
export class Follower {
  readonly #runId: number;
  readonly #surroundings: Surroundings;
  readonly #listeners = new Set<() => void>();
  readonly #log = new EventLog();
  #state: State = NOTHING;
  #shown: RunFeed = NOTHING;
  #turn = new AbortController();
  #streamFailures = 0;
  #isTelling = false;

  constructor(runId: number, surroundings: Surroundings = BROWSER) {
    this.#runId = runId;
    this.#surroundings = surroundings;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly read = (): RunFeed => this.#shown;

  /** Begins, or begins anew at once: somebody looks, there is a key, the network is back. A run that has ended is left alone. */
  resume(): void {
    if (this.#state.transport !== "ended") this.#begin();
  }

  /** The run goes on. */
  wakeIfEnded(): void {
    if (this.#state.transport === "ended") this.#begin();
  }

  /** Asks nothing until it is resumed. */
  pause(): void {
    this.#turn.abort();
    if (this.#state.transport !== "ended") this.#show({ transport: "paused" });
  }

  #begin(): void {
    this.#turn.abort();
    this.#turn = new AbortController();
    this.#streamFailures = 0;
    this.#show({ transport: "connecting" });
    void this.#follow(this.#turn.signal);
  }

  async #follow(turn: AbortSignal): Promise<void> {
    let failures = 0;
    while (!turn.aborted) {
      try {
        const isEnd = await this.#step(turn);
        failures = 0;
        if (isEnd && !turn.aborted) return this.#show({ transport: "ended" });
      } catch (error) {
        if (turn.aborted) return;
        failures += 1;
        this.#show({ transport: "offline", error });
        if (!mayPass(error)) return;
        await pause(backoff(failures, error, this.#surroundings.random), turn);
      }
    }
  }

  /** Reads all that is there, then follows a stream or waits a little. Whether nothing more can come. */
  async #step(turn: AbortSignal): Promise<boolean> {
    if (await this.#readPages(turn)) return true;
    const release = this.#streamFailures < MOST_STREAM_FAILURES ? await this.#surroundings.takeSlot() : null;
    try {
      if (turn.aborted) return false;
      if (release) await this.#followStream(turn);
    } finally {
      release?.();
    }
    if (release) return false;
    this.#show({ transport: "polling" });
    await pause(POLL_MS * (1 - this.#surroundings.random() / 4), turn);
    return false;
  }

  /** Until it has all. True when the run has ended and the last page was empty. */
  async #readPages(turn: AbortSignal): Promise<boolean> {
    for (;;) {
      const { events, total } = await this.#ask(turn);
      if (turn.aborted) return false;
      const isAnew = this.#log.count(total);
      const added = isAnew ? 0 : this.#log.add(events);
      const hasAll = this.#log.cursor >= total;
      if (!isAnew && added === 0 && !hasAll) throw new Gap(this.#log.cursor + 1, total);
      this.#show({ error: null, isCaughtUp: hasAll });
      if (hasAll && !(added && this.#log.isFinal)) return this.#log.isFinal;
    }
  }

  #ask(turn: AbortSignal) {
    const query = { since_event_id: this.#log.cursor, limit: PAGE };
    const params = { path: { run_id: this.#runId }, query };
    return body(api.GET("/runs/{run_id}/events", { params, signal: turn }));
  }

  /** A stream that said nothing before it failed or ended counts against streams. */
  async #followStream(turn: AbortSignal): Promise<void> {
    let hasSpoken = false;
    let problem: unknown = null;
    const hear = (what: RunEvent | "ping" | "open") => {
      if (turn.aborted) return;
      if (typeof what === "object") this.#log.add([what]);
      hasSpoken ||= what !== "open";
      this.#show({ transport: "live", error: null, isCaughtUp: true });
    };
    try {
      await readStream(this.#runId, this.#log.cursor, turn, hear);
    } catch (error) {
      problem = error;
    }
    if (turn.aborted || this.#log.isFinal) return;
    this.#streamFailures = hasSpoken ? 0 : this.#streamFailures + 1;
    await pause(backoff(this.#streamFailures, problem, this.#surroundings.random), turn);
  }

  #show(changed: Partial<State>): void {
    this.#state = { ...this.#state, ...changed };
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#surroundings.soon(() => this.#tell());
  }

  #tell(): void {
    this.#isTelling = false;
    this.#shown = { ...this.#state, events: this.#log.read(), total: this.#log.total };
    for (const listener of this.#listeners) listener();
  }
}

/** What the API refuses for good is not asked again until something changes: no such run, no key. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof ApiError) || error.status >= 500 || error.status === 429;
