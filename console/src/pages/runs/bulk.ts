// Cancels or retries many runs: those that are named, or all that the filter finds, part by part.
import { api, body, type Schemas } from "@/api/client";
import type { RunStatus } from "@/api/queries";
import { asked, type Filters } from "./filters";
import type { Selection } from "./selection";

export type Act = "cancel" | "retry";

export interface Done {
  changed: number[];
  /** With the API's reason for each. */
  skipped: Schemas["SkippedRun"][];
}

/** So many runs the API takes in one request. */
const MOST = 1000;
const POSSIBLE: Record<Act, readonly RunStatus[]> = {
  cancel: ["QUEUED", "RUNNING", "WAITING"],
  retry: ["FAILED", "CANCELLED"],
};

/** Stops at the first request that fails; what was changed before stays changed. */
export async function changeMany(act: Act, selection: Selection, filters: Filters): Promise<Done> {
  const done: Done = { changed: [], skipped: [] };
  if (selection.isAll) {
    await changeFound(act, filters, done);
  } else {
    const ids = [...selection.ids];
    for (let from = 0; from < ids.length; from += MOST) {
      add(done, await send(act, { ids: ids.slice(from, from + MOST) }));
    }
  }
  return done;
}

/** A filter must name something: where nothing is filtered, it names the states that can be changed. */
async function changeFound(act: Act, filters: Filters, done: Done): Promise<void> {
  const status = filters.status.filter((each) => POSSIBLE[act].includes(each));
  if (filters.status.length > 0 && status.length === 0) return;
  const filter = asked({ ...filters, status: status.length ? status : [...POSSIBLE[act]] }, Date.now());
  for (;;) {
    const part = await send(act, { filter });
    add(done, part);
    if (!part.more || part.changed.length === 0) return;
  }
}

function send(act: Act, which: Schemas["RunsWanted"]): Promise<Schemas["ChangedRuns"]> {
  return body(
    act === "cancel" ? api.POST("/runs/cancel", { body: which }) : api.POST("/runs/retry", { body: which }),
  );
}

function add(done: Done, part: Done): void {
  const known = new Set(done.skipped.map(({ id }) => id));
  done.changed.push(...part.changed);
  done.skipped.push(...part.skipped.filter(({ id }) => !known.has(id)));
}
