// One question of a run to a person: what is asked, by whom, until when; and the form that answers it.
import { Clock, Hand } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import type { Approval, Run } from "@/api/queries";
import { Button, ButtonLink } from "@/ui/button";
import { Time } from "@/ui/time";
import { Visible } from "@/ui/visible";
import { AnswerForm } from "./answer_form";
import { type Current, useCurrentQuestion } from "./current";
import { DecisionForm } from "./decision_form";
import { Detail } from "./detail";
import { detailOf, textOf } from "./reading";
import { deciderOf, outcomeOf, wordingOf } from "./wording";

/** The open question of a run, if there is one, beside every tab but Review: one about a diff is answered there, where the diff is read, and here stands the way to it. */
export function RunQuestion({ run }: { run: Run }) {
  const current = useCurrentQuestion(run);
  const { shown, turn } = current;
  const isLeft = Boolean(shown?.diff_sha) && shown?.status !== "OPEN";
  useEffect(() => {
    if (isLeft) turn();
  }, [isLeft, turn]);
  if (!shown || isLeft) return null;
  return shown.diff_sha ? (
    <WayToReview run={run} approval={shown} />
  ) : (
    <Question run={run} current={current} />
  );
}

/** A question with its form. `children` stand between what is asked and the form, such as the diff. */
export function Question({
  run,
  current,
  children,
}: {
  run: Pick<Run, "agent"> | undefined;
  current: Current;
  children?: ReactNode;
}) {
  const { shown: approval, turn, load } = current;
  if (!approval) return null;
  const Form = approval.kind === "INPUT" ? AnswerForm : DecisionForm;
  return (
    <section
      aria-label={`Open question of run ${approval.run_id}`}
      data-approval={approval.id}
      className="flex flex-col gap-4 rounded-lg border border-waiting bg-panel p-4"
    >
      <Asked approval={approval} run={run} />
      <Detail approval={approval} />
      {children}
      <Changed current={current} />
      {/* Another question has a form of its own, so that no tick or error of this one stays. */}
      <Form key={approval.id} approval={approval} turn={turn} load={load} />
    </section>
  );
}

function Asked({ approval, run }: { approval: Approval; run: Pick<Run, "agent"> | undefined }) {
  const by = textOf(detailOf(approval).node) || run?.agent;
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <Kind approval={approval} />
        <span>
          asked {by && `by ${by} `}
          <Time at={approval.asked_at} />
        </span>
        <Expiry approval={approval} />
      </div>
      <h2 className="max-h-72 overflow-y-auto text-lg font-medium whitespace-pre-wrap">
        <Visible text={approval.question.text} />
      </h2>
    </div>
  );
}

export function Kind({ approval }: { approval: Approval }) {
  return (
    <span className="inline-flex h-5.5 items-center gap-1 rounded-full bg-waiting-soft px-2 text-xs font-medium text-waiting">
      <Hand aria-hidden className="size-3.5" />
      {wordingOf(approval).name}
    </span>
  );
}

export function Expiry({ approval }: { approval: Approval }) {
  if (!approval.expires_at) return <span>open until somebody answers</span>;
  return (
    <span className="inline-flex items-center gap-1">
      <Clock aria-hidden className="size-3.5" />
      expires <Time at={approval.expires_at} />
    </span>
  );
}

/** Somebody else was faster, or the run asks something else by now. Nothing that was typed is lost. */
function Changed({ current: { shown, newer, load } }: { current: Current }) {
  if (!shown || shown.status === "OPEN") return null;
  return (
    <div role="alert" className="flex flex-col gap-2 rounded-md bg-waiting-soft px-3 py-2 text-waiting">
      <p>
        {outcomeOf(shown)} {deciderOf(shown)}
        {shown.decided_at && (
          <>
            {" "}
            <Time at={shown.decided_at} />
          </>
        )}
        , while you had it open. {newer && "The run asks something new now. What you wrote is kept."}
      </p>
      <div>
        <Button onClick={() => void load()}>{newer ? "Load the new one" : "Close this question"}</Button>
      </div>
    </div>
  );
}

function WayToReview({ run, approval }: { run: Run; approval: Approval }) {
  return (
    <section
      aria-label={`Open question of run ${run.id}`}
      className="flex flex-wrap items-center justify-between gap-3 rounded-lg border border-waiting bg-panel p-4"
    >
      <div className="min-w-0">
        <p className="font-medium">
          <Visible text={approval.question.text} />
        </p>
        <p className="flex flex-wrap gap-x-3 text-sm text-muted">
          <span>
            asked by {run.agent} <Time at={approval.asked_at} />
          </span>
          <Expiry approval={approval} />
        </p>
      </div>
      <ButtonLink look="primary" to={`/runs/${run.id}/review`}>
        Read the change
      </ButtonLink>
    </section>
  );
}
