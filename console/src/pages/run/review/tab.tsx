// The tab Review of a run: the change and the decision on it; afterwards who decided what, and the commit.
import { useQuery } from "@tanstack/react-query";
import { type Approval, isFinal, queries, type Run } from "@/api/queries";
import { type Current, useCurrentQuestion } from "@/pages/approvals/current";
import { Question } from "@/pages/approvals/question";
import { Button } from "@/ui/button";
import { Empty, Loaded } from "@/ui/panel";
import type { TabProps } from "../tab";
import { Change, ChangeOfArtifact } from "./change";
import { Committed, committedOf } from "./committed";
import { Decisions, Outcome } from "./decisions";
import { Plan } from "./plan";

export default function ReviewTab({ run, feed }: TabProps) {
  const query = useQuery(queries.approvalsOf(run.id, !isFinal(run)));
  const current = useCurrentQuestion(run);
  const isAsked = Boolean(current.shown?.diff_sha);
  return (
    <Loaded query={query}>
      {({ items }) => (
        <div className="@container flex min-w-0 flex-col gap-4">
          <Committed commit={committedOf(run, feed.events)} />
          {isAsked && <Asked run={run} current={current} />}
          {!isAsked && <Question run={run} current={current} />}
          <Decisions approvals={items.filter(({ status }) => status !== "OPEN")} />
          <Plan events={feed.events} />
          {!isAsked && <Latest run={run} approvals={items} isQuiet={current.shown !== null} />}
        </div>
      )}
    </Loaded>
  );
}

/** The change beside the decision on it. */
function Asked({ run, current }: { run: Run; current: Current }) {
  if (!current.shown) return null;
  return (
    <div className="grid min-w-0 items-start gap-4 @4xl:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="min-w-0 @4xl:sticky @4xl:top-16 @4xl:order-last @4xl:max-h-[calc(100dvh-5rem)] @4xl:overflow-y-auto">
        <Question run={run} current={current} />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <Change runId={run.id} approval={current.shown} />
        <Back />
      </div>
    </div>
  );
}

/** The diff that was shown last, decided by now. `isQuiet`: what is missing is not spoken of. */
function Latest({ run, approvals, isQuiet }: { run: Run; approvals: readonly Approval[]; isQuiet: boolean }) {
  const latest = approvals.find(({ diff_sha }) => diff_sha);
  if (!latest) return <WithoutQuestion run={run} isQuiet={isQuiet} />;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <p className="flex flex-wrap items-center gap-2 text-muted">
        <Outcome approval={latest} /> This is the change that was shown last.
      </p>
      <Change runId={run.id} approval={latest} />
    </div>
  );
}

/** Where the decision stands above a long diff. */
function Back() {
  const go = () => {
    const form = document.querySelector<HTMLElement>('form[aria-label="Your decision"]');
    form?.scrollIntoView({ block: "center" });
    form?.querySelector<HTMLElement>("textarea")?.focus({ preventScroll: true });
  };
  return (
    <div className="@4xl:hidden">
      <Button onClick={go}>Back to the decision</Button>
    </div>
  );
}

/** Projects that ask nobody still keep the diff of what they committed. */
function WithoutQuestion({ run, isQuiet }: { run: Run; isQuiet: boolean }) {
  const { data } = useQuery(queries.artifacts(run.id));
  const diff = data?.artifacts.find(({ media_type }) => media_type.startsWith("text/x-diff"));
  if (diff) return <ChangeOfArtifact runId={run.id} artifact={diff} />;
  if (isQuiet) return null;
  return isFinal(run) ? (
    <Empty title="This run has shown no change">
      It ended without asking for a review. Runs of the agents <code className="font-mono">coder</code> and{" "}
      <code className="font-mono">mgx</code> in a project end with a diff to approve.
    </Empty>
  ) : (
    <Empty title="No change to review yet">
      Once the agent has changed files of its project and its checks have run, the diff stands here, with the
      form to approve it, send it back or reject it. Nothing is committed before.
    </Empty>
  );
}
