// The journal of a run: every finished step with what it gave. A step in here is never done or paid for again.
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { isFinal, queries, type Run, type Step } from "@/api/queries";
import { plural } from "@/format/number";
import { Empty, Loaded } from "@/ui/panel";
import { workOf } from "../reading/attempts";
import type { TabProps } from "../tab";
import { useUrlState, withParam } from "../url_state";
import { useIsWide } from "../wide";
import { StepDetail } from "./detail";
import { StepList } from "./list";
import { RunUsage } from "./usage";

export default function Journal({ run, feed }: TabProps) {
  const query = useQuery(queries.steps(run.id));
  const { refetch } = query;
  const count = feed.events.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what happens may have finished a step
  useEffect(() => {
    const timer = window.setTimeout(() => void refetch(), REST_MS);
    return () => window.clearTimeout(timer);
  }, [count, refetch]);
  const attempts = new Map(workOf(feed.events).claims.map(({ fence, attempt }) => [fence, attempt]));
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Loaded query={query} lines={6}>
        {({ steps }) =>
          steps.length > 0 ? <Steps run={run} steps={steps} attempts={attempts} /> : <NoSteps run={run} />
        }
      </Loaded>
      {isFinal(run) && <RunUsage runId={run.id} />}
    </div>
  );
}

/** Events come in bursts: the journal is asked for once they rest. */
const REST_MS = 300;

function Steps({ run, steps, attempts }: { run: Run; steps: Step[]; attempts: Map<number, number> }) {
  const [params, change] = useUrlState();
  const isWide = useIsWide();
  const selected = steps.find(({ key }) => key === params.get("step")) ?? null;
  const select = (key: string | null) => change((now) => withParam(now, "step", key));
  const replayed = steps.filter((each) => each.replayed).length;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <p className="text-sm text-muted">
        {plural(steps.length, "finished step")}
        {replayed > 0 && `, ${replayed} of them replayed: done in an earlier attempt and not again`}
      </p>
      <div className="flex min-w-0 items-start gap-4">
        <StepList steps={steps} attempts={attempts} selectedKey={selected?.key ?? null} select={select} />
        {selected && (
          <StepDetail
            key={selected.key}
            run={run}
            step={selected}
            attempt={attempts.get(selected.fence)}
            isWide={isWide}
            close={() => select(null)}
          />
        )}
      </div>
    </div>
  );
}

const NoSteps = ({ run }: { run: Run }) => (
  <Empty title="No step is finished yet">
    Every model call, tool call and answer of a person becomes a step here once it is done. When a worker
    dies, the next one goes on after the last of them. From a terminal:{" "}
    <code className="font-mono text-xs">agent-runner runs show {run.id}</code>
  </Empty>
);
