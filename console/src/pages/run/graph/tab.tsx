// The tab Graph of a run: its topology with what has become of each node, asked again when the run has told something.
import { useQuery } from "@tanstack/react-query";
import { lazy, useEffect, useMemo, useRef } from "react";
import { isFinal, queries, type Run } from "@/api/queries";
import { Loaded } from "@/ui/panel";
import type { TabProps } from "../tab";
import { Alone } from "./alone";
import { RunNodeDetails } from "./details";
import { mark, modelsOf } from "./told";

const GraphView = lazy(() => import("@/graph/view"));

const TOPOLOGY = "topology:";
/** Often enough to be live, seldom enough for a run that tells much. */
const APART_MS = 1_000;
/** Where no event arrives at all, because the feed has broken. */
const SAFETY_MS = 15_000;

export default function GraphTab(props: TabProps) {
  return props.run.agent.startsWith(TOPOLOGY) ? <OfTopology {...props} /> : <Alone {...props} />;
}

function OfTopology({ run, feed }: TabProps) {
  const query = useLiveGraph(run, mark(feed.events));
  const models = useMemo(() => modelsOf(feed.events), [feed.events]);
  return (
    <Loaded query={query} lines={6}>
      {(graph) => (
        <GraphView
          graph={graph}
          models={models}
          details={(node) => (
            <RunNodeDetails run={run} node={node} model={models.get(node.id)} events={feed.events} />
          )}
        />
      )}
    </Loaded>
  );
}

/** Asks anew when `told` or the status has changed, at most once a second, and else hardly ever. */
function useLiveGraph(run: Run, told: number) {
  const query = useQuery({ ...queries.runGraph(run.id), refetchInterval: isFinal(run) ? false : SAFETY_MS });
  const { refetch } = query;
  const asked = useRef({ at: Date.now(), told: `${told} ${run.status}` });
  useEffect(() => {
    const now = `${told} ${run.status}`;
    if (asked.current.told === now) return;
    const wait = Math.max(0, asked.current.at + APART_MS - Date.now());
    const timer = window.setTimeout(() => {
      asked.current = { at: Date.now(), told: now };
      void refetch();
    }, wait);
    return () => window.clearTimeout(timer);
  }, [told, run.status, refetch]);
  return query;
}
