// The events of a run as far as they are known: in order, each once, without gaps, whatever comes in.
import type { RunEvent } from "@/api/queries";

const LAST_TYPES: readonly string[] = ["RUN_COMPLETED", "RUN_FAILED", "RUN_CANCELLED"];

/** The API has left events out; asking again from the cursor is the cure. */
export class Gap extends Error {
  constructor(missing: number, came: number) {
    super(`Event ${missing} is missing: ${came} came after ${missing - 1}.`);
    this.name = "Gap";
  }
}

export class EventLog {
  #events: RunEvent[] = [];
  #total = 0;
  #copy: readonly RunEvent[] | null = null;

  /** The number of the last event that is known; all before it are. */
  get cursor(): number {
    return this.#events.length;
  }

  /** How many the API has said there are. */
  get total(): number {
    return Math.max(this.#total, this.cursor);
  }

  /** Whether the run has ended as far as its events say; they may have more to say after a retry. */
  get isFinal(): boolean {
    return LAST_TYPES.includes(this.#events.at(-1)?.event_type ?? "");
  }

  /** A copy that stays as it is; the same one until something changes. */
  read(): readonly RunEvent[] {
    this.#copy ??= this.#events.slice();
    return this.#copy;
  }

  /** Adds what is new and returns how many that were. Raises Gap at the first event that is not the next one. */
  add(events: readonly RunEvent[]): number {
    const before = this.cursor;
    for (const event of events) {
      if (event.event_id <= this.cursor) continue;
      if (event.event_id !== this.cursor + 1) throw new Gap(this.cursor + 1, event.event_id);
      this.#events.push(event);
      this.#copy = null;
    }
    return this.cursor - before;
  }

  /** `total` is of an answer for the present cursor. Less than is known: the database is another one, so all begins anew, and true is returned. */
  count(total: number): boolean {
    this.#total = total;
    if (total >= this.cursor) return false;
    this.#events = [];
    this.#copy = null;
    return true;
  }
}
