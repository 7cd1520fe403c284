// Which question of a run is shown: the open one, and that one until it is decided here, whatever comes meanwhile.
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { type Approval, isFinal, queries, type Run } from "@/api/queries";
import { carry } from "./draft";

export interface Current {
  shown: Approval | null;
  /** Another that is open now, while the one that is shown no longer is. */
  newer: Approval | null;
  /** Turns to whichever is open. Words that were written go over to it. */
  turn: () => void;
  /** Asks what is open now, and turns to it. */
  load: () => Promise<void>;
}

/** What a form that answers a question is given. */
export interface Answered extends Pick<Current, "turn" | "load"> {
  approval: Approval;
}

export function useCurrentQuestion(run: Run): Current {
  const { data, refetch } = useQuery(queries.approvalsOf(run.id, !isFinal(run)));
  const [shownId, setShownId] = useState<number | null>(null);
  const all = data?.items ?? [];
  const open = all.find(({ status }) => status === "OPEN") ?? null;
  const kept = all.find(({ id }) => id === shownId) ?? null;
  if (!kept && open) setShownId(open.id);
  const shown = kept ?? open;
  const isShownOpen = shown?.status === "OPEN";
  useEffect(() => {
    if (shown && isShownOpen) carry(shown);
  }, [shown, isShownOpen]);
  const turn = useCallback(() => setShownId(null), []);
  const load = useCallback(async () => {
    await refetch();
    turn();
  }, [refetch, turn]);
  return { shown, newer: isShownOpen ? null : open, turn, load };
}
