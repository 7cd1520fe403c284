// The question of one run, with what it is about: its goal, its diff, the way to the run.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { queries, type Run } from "@/api/queries";
import { Change } from "@/pages/run/review/change";
import { ButtonLink } from "@/ui/button";
import { Empty, Loaded } from "@/ui/panel";
import { Visible } from "@/ui/visible";
import { useCurrentQuestion } from "./current";
import { Question } from "./question";

/** `onDone`: the question that was shown is no longer, and no other of its run has come. */
export function Pane({ runId, onDone }: { runId: number; onDone: () => void }) {
  const query = useQuery(queries.run(runId));
  return <Loaded query={query}>{(run) => <OfRun run={run} onDone={onDone} />}</Loaded>;
}

function OfRun({ run, onDone }: { run: Run; onDone: () => void }) {
  const current = useCurrentQuestion(run);
  const { shown } = current;
  const hadOne = useRef(false);
  const isGone = hadOne.current && !shown;
  if (shown) hadOne.current = true;
  useEffect(() => {
    if (isGone) onDone();
  }, [isGone, onDone]);
  if (!shown) {
    return (
      <Empty
        title={`Run ${run.id} asks nothing now`}
        action={<ButtonLink to={`/runs/${run.id}`}>Go to the run</ButtonLink>}
      >
        Its question was answered, or its time was over.
      </Empty>
    );
  }
  return (
    <>
      <p className="text-muted">
        <Link to={`/runs/${run.id}`} className="font-medium text-accent-ink hover:underline">
          Run {run.id}
        </Link>{" "}
        <Visible text={run.goal} />
      </p>
      <Question run={run} current={current} />
      {shown.diff_sha && <Change runId={run.id} approval={shown} />}
    </>
  );
}
