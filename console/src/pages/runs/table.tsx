// The list of runs: only what is seen stands in the page, however many there are.
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type RefObject, useEffect, useState } from "react";
import type { Project, Run } from "@/api/queries";
import { useKeys } from "@/shell/keys";
import { copyText } from "@/ui/copy";
import { notify, notifyFailure } from "@/ui/notice";
import { useIsPhone } from "./phone";
import { Card, COLUMNS, Row } from "./row";
import { isSelected, type Selection, toggled, toggledAll } from "./selection";

const ROW = 56;
const CARD = 96;
const FRAME = "relative block w-full rounded-lg border bg-panel";

interface Listed {
  runs: readonly Run[];
  projects: readonly Project[];
  seen: RefObject<readonly number[]>;
  selection: Selection;
  setSelection: (selection: Selection) => void;
  more: () => void;
  hasMore: boolean;
}

export function Table(listed: Listed) {
  const { runs, projects, selection, setSelection } = listed;
  const isPhone = useIsPhone();
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const virtual = useRows(listed, place, isPhone ? CARD : ROW);
  const [current, setCurrent] = useCurrent(runs, (index) => virtual.scrollToIndex(index));
  const rows = runs.map(({ id }) => id);
  const names = new Map(projects.map(({ id, name }) => [id, name]));
  const shownOf = (run: Run, style: CSSProperties) => ({
    run,
    style,
    project: run.project_id === null ? null : (names.get(run.project_id) ?? `Project ${run.project_id}`),
    isSelected: isSelected(selection, run.id),
    isCurrent: current === run.id,
    select: (isRange: boolean) => setSelection(toggled(selection, rows, run.id, isRange)),
    onFocus: () => setCurrent(run.id),
  });
  const items = virtual.getVirtualItems().flatMap(({ index, start, size }) => {
    const run = runs[index];
    const offset = start - virtual.options.scrollMargin;
    const style = { height: size, transform: `translateY(${offset}px)` };
    return run ? [{ index, shown: shownOf(run, style) }] : [];
  });
  const height = virtual.getTotalSize();
  if (isPhone) {
    return (
      <ul ref={setPlace} aria-label="Runs" className={FRAME} style={{ height }}>
        {items.map(({ shown }) => (
          <Card key={shown.run.id} {...shown} />
        ))}
      </ul>
    );
  }
  return (
    <table aria-label="Runs" aria-rowcount={listed.hasMore ? -1 : runs.length + 1} className={FRAME}>
      <Head rows={rows} selection={selection} setSelection={setSelection} />
      <tbody ref={setPlace} className="relative block" style={{ height }}>
        {items.map(({ index, shown }) => (
          <Row key={shown.run.id} {...shown} index={index} />
        ))}
      </tbody>
    </table>
  );
}

function Head({
  rows,
  selection,
  setSelection,
}: {
  rows: readonly number[];
  selection: Selection;
  setSelection: (selection: Selection) => void;
}) {
  const isFull = rows.length > 0 && rows.every((id) => isSelected(selection, id));
  return (
    <thead className="sticky top-13 z-10 block rounded-t-lg border-b bg-panel text-xs text-muted">
      <tr aria-rowindex={1} className={`${COLUMNS} h-9 items-center text-left *:font-medium`}>
        <td>
          <input
            type="checkbox"
            aria-label="Select all that are loaded"
            checked={isFull}
            ref={(box) => {
              if (box) box.indeterminate = !isFull && selection.ids.size > 0;
            }}
            onChange={() => setSelection(toggledAll(selection, rows))}
            className="size-4 align-middle accent-accent"
          />
        </td>
        <th scope="col">State</th>
        <th scope="col">Run</th>
        <th scope="col">Goal</th>
        <th scope="col" className="max-lg:hidden">
          Agent, project
        </th>
        <th scope="col">Time</th>
        <th scope="col" className="max-lg:hidden">
          When
        </th>
        <th scope="col" className="text-right max-xl:hidden">
          Usage
        </th>
      </tr>
    </thead>
  );
}

/** Tells which rows are seen, and loads the next part before its end comes into sight. */
function useRows({ runs, seen, more, hasMore }: Listed, place: HTMLElement | null, size: number) {
  const [margin, setMargin] = useState(0);
  useEffect(() => {
    if (!place) return;
    const measure = () => setMargin(place.getBoundingClientRect().top + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [place]);
  const virtual = useWindowVirtualizer({
    count: runs.length,
    estimateSize: () => size,
    overscan: 8,
    scrollMargin: margin,
    scrollPaddingStart: 110,
    scrollPaddingEnd: 90,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height
  useEffect(() => virtual.measure(), [size]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    seen.current = items.flatMap(({ index }) => runs[index]?.id ?? []);
  });
  useEffect(() => {
    if (hasMore && last >= runs.length - 20) more();
  }, [hasMore, last, runs.length, more]);
  return virtual;
}

/** j and k walk through the rows; Enter and Space are the link's own. */
function useCurrent(runs: readonly Run[], scrollTo: (index: number) => void) {
  const [current, setCurrent] = useState<number | null>(null);
  const walk = (step: number) => {
    const index = runs.findIndex(({ id }) => id === current);
    const next = current === null || index < 0 ? 0 : Math.min(Math.max(index + step, 0), runs.length - 1);
    const run = runs[next];
    if (!run) return;
    scrollTo(next);
    setCurrent(run.id);
  };
  useKeys([
    { keys: "j", does: "Next run; Enter opens it, Space selects it", run: () => walk(1) },
    { keys: "k", does: "Previous run", run: () => walk(-1) },
    {
      keys: "c",
      does: "Copy the link of the run",
      run: () => {
        if (current === null) return;
        copyText(`${window.location.origin}/runs/${current}`).then(
          () => notify(`The link of run ${current} is copied.`),
          (error: unknown) => notifyFailure("Nothing was copied", error),
        );
      },
    },
  ]);
  return [current, setCurrent] as const;
}
