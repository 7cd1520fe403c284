// What can be done with the runs that are selected: asked before, and told afterwards run by run.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, RotateCcw, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { plural } from "@/format/number";
import { Button } from "@/ui/button";
import { Confirm, Dialog } from "@/ui/dialog";
import { Failure } from "@/ui/panel";
import { type Act, changeMany, type Done } from "./bulk";
import type { Filters } from "./filters";
import { NOTHING, type Selection } from "./selection";

interface Bar {
  filters: Filters;
  selection: Selection;
  setSelection: (selection: Selection) => void;
  loaded: number;
  /** How many match, null while that is not known; `isMore` says that it is more than was counted. */
  total: number | null;
  isMore: boolean;
}

export function BulkBar(bar: Bar) {
  const { selection, setSelection, total, isMore } = bar;
  const [asking, setAsking] = useState<Act | null>(null);
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (act: Act) => changeMany(act, selection, bar.filters),
    onSettled: () => client.invalidateQueries({ queryKey: ["runs"], predicate: isNotList }),
  });
  const count = selection.isAll ? total : selection.ids.size;
  const spelled = `${selection.isAll && isMore ? "more than " : ""}${plural(count ?? 0, "run")}`;
  const begin = (act: Act) => {
    setAsking(null);
    change.mutate(act);
  };
  const act = change.variables ?? "cancel";
  const close = () => {
    if (change.isSuccess) setSelection(NOTHING);
    change.reset();
  };
  return (
    <>
      {(selection.isAll || selection.ids.size > 0) && <Selected {...bar} spelled={spelled} ask={setAsking} />}
      <Confirm
        title={asking === "retry" ? `Retry ${spelled}?` : `Cancel ${spelled}?`}
        isOpen={asking !== null}
        onClose={() => setAsking(null)}
        yes={asking === "retry" ? `Retry ${spelled}` : `Cancel ${spelled}`}
        onYes={() => asking && begin(asking)}
      >
        {asking === "retry"
          ? "Failed and cancelled runs are queued again; their finished steps are not repeated. Others are left as they are."
          : "What is queued or waits ends at once, what is running when its agent has stopped. Runs that have ended are left as they are."}
      </Confirm>
      <Dialog
        title={act === "retry" ? "Retry" : "Cancel"}
        isOpen={!change.isIdle}
        onClose={() => !change.isPending && close()}
      >
        <Outcome act={act} change={change} />
        <div className="mt-4 flex justify-end">
          <Button disabled={change.isPending} onClick={close}>
            Close
          </Button>
        </div>
      </Dialog>
    </>
  );
}

function Selected({
  selection,
  setSelection,
  loaded,
  total,
  isMore,
  spelled,
  ask,
}: Bar & { spelled: string; ask: (act: Act) => void }) {
  const isFull = !selection.isAll && selection.ids.size >= loaded;
  return (
    <section
      aria-label="Selected runs"
      className="sticky bottom-16 z-20 flex flex-wrap items-center gap-2 rounded-lg border bg-raised py-2 pr-2 pl-4 shadow-pop lg:bottom-3"
    >
      <span role="status" className="mr-auto font-medium">
        {spelled} selected
      </span>
      {isFull && total !== null && total > loaded && (
        <Button look="quiet" onClick={() => setSelection({ ...NOTHING, isAll: true })}>
          Select all {isMore ? "" : total.toLocaleString("en")} that match
        </Button>
      )}
      <Button icon={<RotateCcw aria-hidden className="size-3.5" />} onClick={() => ask("retry")}>
        Retry
      </Button>
      <Button look="danger" icon={<Ban aria-hidden className="size-3.5" />} onClick={() => ask("cancel")}>
        Cancel
      </Button>
      <Button
        look="quiet"
        icon={<X aria-hidden className="size-3.5" />}
        onClick={() => setSelection(NOTHING)}
      >
        Clear
      </Button>
    </section>
  );
}

const isNotList = ({ queryKey }: { queryKey: readonly unknown[] }): boolean => queryKey[1] !== "list";

function Outcome({
  act,
  change,
}: {
  act: Act;
  change: { isPending: boolean; error: unknown; data: Done | undefined };
}): ReactNode {
  if (change.isPending) return <p role="status">Being done, run by run.</p>;
  if (change.error) return <Failure error={change.error} what="Not all were changed" />;
  if (!change.data) return null;
  const { changed, skipped } = change.data;
  return (
    <div className="flex flex-col gap-3">
      <p role="status" className="font-medium">
        {act === "retry"
          ? `${plural(changed.length, "run is", "runs are")} queued again.`
          : `${plural(changed.length, "run is", "runs are")} cancelled, or will be once stopped.`}
        {changed.length + skipped.length === 0 && " None of them could be."}
      </p>
      {skipped.length > 0 && (
        <div>
          <p className="mb-1">
            {plural(skipped.length, "run was left as it was", "runs were left as they were")}:
          </p>
          <ul className="flex flex-col gap-1 text-sm text-muted">
            {skipped.slice(0, SHOWN).map(({ id, reason }) => (
              <li key={id}>
                <Link to={`/runs/${id}`} className="text-accent-ink underline">
                  Run {id}
                </Link>
                : {reason}
              </li>
            ))}
            {skipped.length > SHOWN && <li>and {skipped.length - SHOWN} more</li>}
          </ul>
        </div>
      )}
    </div>
  );
}

const SHOWN = 100;
