// A run: who it is, how it goes, what it needs from a person, and its tabs. `/runs/12/journal` opens a tab directly.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { useNavigate, useParams } from "react-router";
import { queries, type Run, type RunEvent } from "@/api/queries";
import { numberIn } from "@/format/number";
import { type RunFeed, useRunFeed } from "@/live/feed";
import { RunQuestion } from "@/pages/approvals/question";
import { NotFound } from "@/shell/broken";
import { useKeys } from "@/shell/keys";
import { Failure, LoadedPage, Loading, Page } from "@/ui/panel";
import { Actions } from "./actions";
import { FailureCard } from "./failure_card";
import { Goal } from "./goal";
import { Header } from "./header";
import { QueuedCard, ResultCard } from "./state_cards";
import { TabBar } from "./tab_bar";

const TABS = {
  timeline: { name: "Timeline", Tab: lazy(() => import("./timeline/tab")) },
  graph: { name: "Graph", Tab: lazy(() => import("./graph/tab")) },
  review: { name: "Review", Tab: lazy(() => import("./review/tab")) },
  artifacts: { name: "Artifacts", Tab: lazy(() => import("./artifacts/tab")) },
  journal: { name: "Journal", Tab: lazy(() => import("./journal/tab")) },
  raw: { name: "Raw", Tab: lazy(() => import("./raw/tab")) },
};

type TabPath = keyof typeof TABS;
const PATHS = Object.keys(TABS) as TabPath[];

export function Component() {
  const { runId = "", tab = "timeline" } = useParams();
  const id = numberIn(runId);
  return id ? <RunPage id={id} tab={tab} /> : <NotFound why={`“${runId}” is no number of a run.`} />;
}

function RunPage({ id, tab }: { id: number; tab: string }) {
  const query = useQuery(queries.run(id));
  const feed = useRunFeed(id, query.data?.status);
  useFreshRun(id, feed.events);
  useTabKeys(String(id));
  const path = PATHS.find((each) => each === tab);
  return (
    <LoadedPage query={query} title={`Run ${id}`} back={{ to: "/runs", name: "All runs" }}>
      {(run) => (
        <Page
          wide
          name={`Run ${run.id}`}
          title={<Goal id={run.id} text={run.goal} />}
          actions={<Actions run={run} />}
        >
          <Header run={run} feed={feed} />
          <Cards run={run} feed={feed} tab={path} />
          <div className="flex min-h-0 flex-col gap-4">
            <TabBar
              at={path}
              tabs={PATHS.map((each) => ({
                path: `/runs/${run.id}/${each}`,
                name: TABS[each].name,
                id: each,
              }))}
            />
            {path ? <Tab path={path} run={run} feed={feed} /> : <NoTab tab={tab} />}
          </div>
        </Page>
      )}
    </LoadedPage>
  );
}

function Tab({ path, run, feed }: { path: TabPath; run: Run; feed: RunFeed }) {
  const { Tab: Content } = TABS[path];
  return (
    <Suspense fallback={<Loading />}>
      <Content run={run} feed={feed} />
    </Suspense>
  );
}

/** What matters most now, first. */
function Cards({ run, feed, tab }: { run: Run; feed: RunFeed; tab: TabPath | undefined }) {
  return (
    <>
      {run.status === "FAILED" && <FailureCard run={run} feed={feed} />}
      {run.status === "QUEUED" && <QueuedCard run={run} feed={feed} />}
      {run.status === "COMPLETED" && tab === "timeline" && <ResultCard run={run} />}
      {tab !== "review" && <RunQuestion run={run} />}
    </>
  );
}

const NoTab = ({ tab }: { tab: string }) => (
  <Failure error={new Error(`A run has no part "${tab}". It has ${PATHS.join(", ")}.`)} />
);

const IS_MOVE = /^(RUN|APPROVAL|INPUT)_/;

/** What the events tell is asked for at once, not at the next look. */
function useFreshRun(id: number, events: readonly RunEvent[]): void {
  const client = useQueryClient();
  const last = events.findLast((each) => IS_MOVE.test(each.event_type))?.event_id ?? 0;
  useEffect(() => {
    if (last > 1) void client.invalidateQueries({ queryKey: ["run", id] });
  }, [client, id, last]);
}

function useTabKeys(runId: string): void {
  const navigate = useNavigate();
  useKeys(
    PATHS.map((path, place) => ({
      keys: String(place + 1),
      does: `Show ${TABS[path].name}`,
      run: () => void navigate(`/runs/${runId}/${path}`),
    })),
  );
}
