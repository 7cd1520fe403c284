// The runs of the page: loaded part by part, kept up to date where they are seen, and how many there are beyond.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, body } from "@/api/client";
import type { Run } from "@/api/queries";
import { asked, type Filters, isFiltered } from "./filters";
import { compared, patched } from "./live";

const PAGE = 100;
const LIVE_MS = 2_000;
const CALM_MS = 10_000;
/** So many of those that have left the filter are asked for one by one each time. */
const MOST_LEFT = 20;

export type RunList = ReturnType<typeof useRuns>;

/** Rows keep their places until `showNew` is called; `newCount` says how many are to come. */
export function useRuns(filters: Filters) {
  const key = useMemo(() => ["runs", "list", filters] as const, [filters]);
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => part(filters, { cursor: pageParam, limit: PAGE }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next_cursor: next }) => (next === null ? undefined : Number(next)),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: ({ state }) => ((state.data?.pages.length ?? 0) > 2 ? false : "always"),
  });
  const runs = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const seen = useRef<readonly number[]>([]);
  const live = useLive(filters, runs, seen, list.isPlaceholderData);
  const client = useQueryClient();
  const showNew = () => {
    void client.resetQueries({ queryKey: key });
    void client.invalidateQueries({ queryKey: ["runs", "count"] });
  };
  const isEmpty = list.isSuccess && !list.isPlaceholderData && runs.length === 0;
  useEffect(() => {
    if (isEmpty && live.newCount > 0) void client.invalidateQueries({ queryKey: key });
  }, [isEmpty, live.newCount, client, key]);
  return { list, runs, seen, ...live, showNew };
}

/** Asks every two seconds for the rows that are seen, while the tab is. */
function useLive(
  filters: Filters,
  runs: readonly Run[],
  seen: { current: readonly number[] },
  isOld: boolean,
) {
  const client = useQueryClient();
  const newest = runs[0]?.id ?? 0;
  const [appeared, setAppeared] = useState<ReadonlySet<number>>(new Set());
  const poll = useQuery({
    queryKey: ["runs", "live", filters, newest],
    enabled: !isOld,
    refetchInterval: LIVE_MS,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const shown = seen.current;
      const [first] = shown;
      const since = await part(filters, { newer_than: newest, count: true, limit: 1 }, signal);
      if (first === undefined) return { since: since.total ?? 0 };
      const limit = Math.min(shown.length + MOST_LEFT, 500);
      const { items } = await part(filters, { cursor: first + 1, limit }, signal);
      const { left, appeared } = compared(shown, items, limit);
      const gone = await Promise.allSettled(left.slice(0, MOST_LEFT).map((id) => one(id, signal)));
      const now = [...items, ...gone.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []))];
      client.setQueriesData<NonNullable<ReturnType<typeof useRuns>["list"]["data"]>>(
        { queryKey: ["runs", "list", filters], exact: true },
        (before) => before && patched(before, now),
      );
      setAppeared((known) => new Set([...known, ...appeared]));
      return { since: since.total ?? 0 };
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other rows to come
  useEffect(() => setAppeared(new Set()), [filters, newest]);
  const known = new Set(runs.map(({ id }) => id));
  const inside = [...appeared].filter((id) => !known.has(id)).length;
  return { newCount: (poll.data?.since ?? 0) + inside, liveError: poll.error };
}

/** How many match, and how many there are at all; `hasMore` says that it is more than is counted. */
export function useCounts(filters: Filters) {
  const matching = useQuery(counted(filters));
  const all = useQuery({ ...counted({ ...filters, ...NONE }), enabled: isFiltered(filters) });
  const total = matching.data?.total ?? null;
  const everything = isFiltered(filters) ? (all.data?.total ?? null) : total;
  return {
    total,
    hidden: total === null || everything === null ? null : Math.max(0, everything - total),
    hasMore: matching.data?.has_more_than_total === true,
    hasMoreHidden: all.data?.has_more_than_total === true,
  };
}

const NONE: Filters = { status: [], agent: "", project: "", text: "", since: "" };

const counted = (filters: Filters) => ({
  queryKey: ["runs", "count", filters],
  queryFn: ({ signal }: { signal: AbortSignal }) => part(filters, { count: true, limit: 1 }, signal),
  refetchInterval: CALM_MS,
});

function part(
  filters: Filters,
  more: { cursor?: number | null; limit: number; count?: boolean; newer_than?: number },
  signal: AbortSignal,
) {
  const query = { ...asked(filters, Date.now()), ...more };
  return body(api.GET("/runs", { params: { query }, signal }));
}

const one = (id: number, signal: AbortSignal): Promise<Run> =>
  body(api.GET("/runs/{run_id}", { params: { path: { run_id: id } }, signal }));
