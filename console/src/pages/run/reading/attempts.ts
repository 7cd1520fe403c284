// Who worked on a run: its claims, and the leases that were lost.
import type { RunEvent } from "@/api/queries";
import { numberIn, textIn } from "./payload";

export interface Claim {
  attempt: number;
  fence: number;
  worker: string;
  model: string;
  sandbox: string;
  at: string;
  eventId: number;
}

export interface Loss {
  worker: string;
  at: string;
  eventId: number;
  /** Who went on with it; null while nobody has. */
  continuedBy: string | null;
}

export interface Work {
  claims: Claim[];
  losses: Loss[];
  latest: Claim | null;
}

export function workOf(events: readonly RunEvent[]): Work {
  const claims: Claim[] = [];
  const losses: Loss[] = [];
  for (const event of events) {
    if (event.event_type === "RUN_STARTED") {
      const claim = claimOf(event);
      for (const loss of losses) loss.continuedBy ??= claim.worker;
      claims.push(claim);
    } else if (event.event_type === "RUN_LEASE_EXPIRED") {
      const worker = textIn(event.payload, "worker");
      losses.push({ worker, at: event.timestamp, eventId: event.event_id, continuedBy: null });
    }
  }
  return { claims, losses, latest: claims.at(-1) ?? null };
}

function claimOf({ payload, timestamp, event_id }: RunEvent): Claim {
  return {
    attempt: numberIn(payload, "attempt") ?? 0,
    fence: numberIn(payload, "fence") ?? 0,
    worker: textIn(payload, "worker"),
    model: textIn(payload, "model"),
    sandbox: textIn(payload, "sandbox"),
    at: timestamp,
    eventId: event_id,
  };
}
