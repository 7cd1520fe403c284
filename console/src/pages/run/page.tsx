// A run: who it is, how it goes, and its tabs. `/runs/12/journal` opens a tab directly.
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { NavLink, useParams } from "react-router";
import { queries } from "@/api/queries";
import { names } from "@/format/names";
import { useRunFeed } from "@/live/feed";
import { Loaded, Loading, Page } from "@/ui/panel";
import { State } from "@/ui/state";

const TABS = {
  timeline: { name: "Timeline", Tab: lazy(() => import("./timeline/tab")) },
  graph: { name: "Graph", Tab: lazy(() => import("./graph/tab")) },
  review: { name: "Review", Tab: lazy(() => import("./review/tab")) },
  artifacts: { name: "Artifacts", Tab: lazy(() => import("./artifacts/tab")) },
  journal: { name: "Journal", Tab: lazy(() => import("./journal/tab")) },
  raw: { name: "Raw", Tab: lazy(() => import("./raw/tab")) },
};

export function Component() {
  const { runId = "", tab = "timeline" } = useParams();
  const id = Number(runId);
  const query = useQuery(queries.run(id));
  const feed = useRunFeed(id);
  const shown = TABS[tab as keyof typeof TABS] ?? TABS.timeline;
  return (
    <Loaded query={query}>
      {(run) => (
        <Page title={run.goal} name={`Run ${run.id}`} actions={<State of={run.status} />}>
          <nav aria-label="Parts of the run" className="flex gap-1 overflow-x-auto border-b">
            {Object.entries(TABS).map(([path, { name }]) => (
              <NavLink
                key={path}
                to={`/runs/${run.id}/${path}`}
                className={() =>
                  names(
                    "border-b-2 px-3 py-2",
                    path === tab ? "border-accent text-ink" : "border-transparent text-muted",
                  )
                }
              >
                {name}
              </NavLink>
            ))}
          </nav>
          <Suspense fallback={<Loading />}>
            <shown.Tab run={run} feed={feed} />
          </Suspense>
        </Page>
      )}
    </Loaded>
  );
}
