// Runs: find them, see how they stand, cancel or retry many. Filters stand in the address.
import { useQuery } from "@tanstack/react-query";
import { ArrowUp, Plus } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { queries } from "@/api/queries";
import { plural } from "@/format/number";
import { Button, ButtonLink } from "@/ui/button";
import { Empty, Failure, Loading, Page, Stale } from "@/ui/panel";
import { BulkBar } from "./bulk_bar";
import { FilterBar } from "./filter_bar";
import { addressOf, type Filters, filtersOf, isFiltered, NO_FILTERS } from "./filters";
import { NOTHING, type Selection } from "./selection";
import { Table } from "./table";
import { useCounts, useRuns } from "./use_runs";

export function Component() {
  const [params, setParams] = useSearchParams();
  const spelled = params.toString();
  const filters = useMemo(() => filtersOf(new URLSearchParams(spelled)), [spelled]);
  const change = (part: Partial<Filters>) =>
    setParams(addressOf({ ...filters, ...part }), { replace: true, preventScrollReset: true });
  return (
    <Page title="Runs" wide>
      <FilterBar filters={filters} change={change} />
      <Found key={spelled} filters={filters} showAll={() => change(NO_FILTERS)} />
    </Page>
  );
}

function Found({ filters, showAll }: { filters: Filters; showAll: () => void }) {
  const found = useRuns(filters);
  const { list, runs } = found;
  const counts = useCounts(filters);
  const projects = useQuery(queries.projects()).data?.items ?? [];
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  if (list.data === undefined) {
    return list.error ? (
      <Failure error={list.error} retry={() => void list.refetch()} />
    ) : (
      <Loading lines={8} />
    );
  }
  return (
    <div className="flex flex-col gap-2">
      {(list.error ?? found.liveError) && <Stale />}
      <Counted counts={counts} showAll={showAll} />
      <NewPill count={found.newCount} show={found.showNew} />
      {runs.length === 0 ? (
        <None isFiltered={isFiltered(filters)} hidden={counts.hidden} showAll={showAll} />
      ) : (
        <Table
          runs={runs}
          projects={projects}
          seen={found.seen}
          selection={selection}
          setSelection={setSelection}
          more={more}
          hasMore={hasNextPage}
        />
      )}
      {isFetchingNextPage && <Loading lines={2} />}
      <BulkBar
        filters={filters}
        selection={selection}
        setSelection={setSelection}
        loaded={runs.length}
        total={counts.total}
        isMore={counts.hasMore}
      />
    </div>
  );
}

function Counted({ counts, showAll }: { counts: ReturnType<typeof useCounts>; showAll: () => void }) {
  const { total, hidden, hasMore, hasMoreHidden } = counts;
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-3 text-sm text-muted">
      {total !== null && (
        <span role="status">
          {hasMore && "more than "}
          {plural(total, "run")}
          {hidden !== null && hidden > 0 && (
            <>
              , {hasMoreHidden && "more than "}
              {hidden.toLocaleString("en")} hidden by filter
            </>
          )}
        </span>
      )}
      {hidden !== null && hidden > 0 && (
        <Button look="quiet" className="-ml-2" onClick={showAll}>
          Show all
        </Button>
      )}
    </div>
  );
}

/** Rows never move under the pointer: what is new waits here until it is asked for. */
function NewPill({ count, show }: { count: number; show: () => void }) {
  if (count === 0) return null;
  const open = () => {
    show();
    window.scrollTo({ top: 0 });
  };
  return (
    <div className="pointer-events-none sticky top-24 z-20 -mb-2 flex h-0 justify-center">
      <Button
        look="primary"
        className="pointer-events-auto -translate-y-4 !rounded-full shadow-pop"
        icon={<ArrowUp aria-hidden className="size-3.5" />}
        onClick={open}
      >
        {count.toLocaleString("en")} new
      </Button>
    </div>
  );
}

function None({
  isFiltered,
  hidden,
  showAll,
}: {
  isFiltered: boolean;
  hidden: number | null;
  showAll: () => void;
}) {
  if (isFiltered) {
    return (
      <Empty title="No run matches" action={<Button onClick={showAll}>Show all runs</Button>}>
        {hidden
          ? `${plural(hidden, "run is", "runs are")} hidden by the filter.`
          : "There is no other run either."}
      </Empty>
    );
  }
  return (
    <Empty
      title="No runs yet"
      action={
        <ButtonLink look="primary" to="/runs/new" icon={<Plus aria-hidden className="size-4" />}>
          New run
        </ButtonLink>
      }
    >
      A run is one piece of work that an agent does and that survives crashes. Begin one here, or with{" "}
      <code className="font-mono">agent-runner runs create &quot;Say hello&quot;</code>.
    </Empty>
  );
}
