// Asks the API for a run, with a key: asking twice for the same makes one run.
import { api, body } from "@/api/client";
import type { Run } from "@/api/queries";
import { keyFor } from "./once";
import type { Wanted } from "./request";

/** Call `made` once the run is there, so that the same again is another run. */
export function createRun(wanted: Wanted): Promise<Run> {
  const headers = { "Idempotency-Key": keyFor(JSON.stringify(wanted)) };
  return body(api.POST("/runs", { body: wanted, headers }));
}
