// Approvals: the open questions of all runs, the oldest first, each read and answered beside the list. `?run=12` opens one.
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useRef } from "react";
import { useSearchParams } from "react-router";
import { type Approval, queries } from "@/api/queries";
import { plural } from "@/format/number";
import { useKeys } from "@/shell/keys";
import { Button } from "@/ui/button";
import { Loaded, Page } from "@/ui/panel";
import { useIsWide } from "@/ui/wide";
import { DecidedLately } from "./lately";
import { NothingOpen, OpenList } from "./list";
import { Pane } from "./pane";

export function Component() {
  const query = useQuery(queries.openApprovals());
  return (
    <Page title="Approvals" wide>
      <Loaded query={query}>
        {(page) => <Open questions={oldestFirst(page.items)} isCut={page.next_cursor !== null} />}
      </Loaded>
    </Page>
  );
}

const oldestFirst = (approvals: readonly Approval[]): Approval[] =>
  approvals.toSorted((one, other) => one.id - other.id);

function Open({ questions, isCut }: { questions: Approval[]; isCut: boolean }) {
  const isWide = useIsWide();
  const [chosen, choose] = useChosenRun();
  const pane = useRef<HTMLDivElement>(null);
  const shown = chosen ?? (isWide ? (questions[0]?.run_id ?? null) : null);
  const move = (by: number) => {
    const at = questions.findIndex(({ run_id }) => run_id === shown);
    const next = questions[Math.max(0, Math.min(at + by, questions.length - 1))];
    if (next) choose(next.run_id, true);
  };
  useKeys([
    { keys: "j", does: "Next question", run: () => move(1) },
    { keys: "k", does: "Previous question", run: () => move(-1) },
    { keys: "Enter", does: "Read the question", run: () => pane.current?.focus() },
  ]);
  const isListShown = isWide || shown === null;
  return (
    <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
      {isListShown && (
        <div className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)] lg:overflow-y-auto">
          {questions.length > 0 && <OpenList questions={questions} shown={shown} isCut={isCut} />}
          {questions.length === 0 && shown === null && !isWide && <NothingOpen />}
          <DecidedLately />
        </div>
      )}
      {shown !== null && (
        <div ref={pane} tabIndex={-1} className="flex min-w-0 flex-col gap-3 outline-none">
          {!isWide && (
            <div>
              <Button
                look="quiet"
                icon={<ArrowLeft aria-hidden className="size-4" />}
                onClick={() => choose(null)}
              >
                {plural(questions.length, "open question")}
              </Button>
            </div>
          )}
          <Pane key={shown} runId={shown} onDone={() => choose(null)} />
        </div>
      )}
      {shown === null && isWide && <NothingOpen />}
    </div>
  );
}

function useChosenRun(): [number | null, (run: number | null, isStep?: boolean) => void] {
  const [search, setSearch] = useSearchParams();
  const run = Number(search.get("run"));
  const choose = (wanted: number | null, isStep = false) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (wanted === null) after.delete("run");
        else after.set("run", String(wanted));
        return after;
      },
      { replace: isStep },
    );
  return [Number.isInteger(run) && run > 0 ? run : null, choose];
}
