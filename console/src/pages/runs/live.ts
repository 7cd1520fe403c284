// Keeps the rows that are shown up to date without moving them: what has changed, what has left the filter, what is new.
import type { Run } from "@/api/queries";

export interface Pages {
  pages: { items: Run[]; next_cursor: string | null }[];
  pageParams: unknown[];
}

/** The same list with these runs as they are now; those that are not in it are not added. The same object when nothing differs. */
export function patched<T extends Pages>(list: T, runs: readonly Run[]): T {
  const now = new Map(runs.map((run) => [run.id, run]));
  let isChanged = false;
  const pages = list.pages.map((page) => {
    if (!page.items.some((run) => differs(run, now.get(run.id)))) return page;
    isChanged = true;
    return { ...page, items: page.items.map((run) => now.get(run.id) ?? run) };
  });
  return isChanged ? { ...list, pages } : list;
}

const differs = (before: Run, after: Run | undefined): boolean =>
  after !== undefined && JSON.stringify(before) !== JSON.stringify(after);

/** `answer` is what the filter finds now from the newest of `shown` on, newest first, cut after `limit`. */
export function compared(
  shown: readonly number[],
  answer: readonly Run[],
  limit: number,
): { left: number[]; appeared: number[] } {
  const found = new Set(answer.map(({ id }) => id));
  const known = new Set(shown);
  // A full answer ends somewhere: of what is older than its last run it says nothing.
  const lowest = answer.length < limit ? 0 : (answer.at(-1)?.id ?? 0);
  const last = shown.at(-1) ?? 0;
  return {
    left: shown.filter((id) => id >= lowest && !found.has(id)),
    appeared: answer.filter(({ id }) => id > last && !known.has(id)).map(({ id }) => id),
  };
}
