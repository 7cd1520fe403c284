// The open questions as a list, and what is said when there is none.
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { type Approval, queries } from "@/api/queries";
import { names } from "@/format/names";
import { plural } from "@/format/number";
import { ButtonLink } from "@/ui/button";
import { Empty } from "@/ui/panel";
import { Time } from "@/ui/time";
import { Visible } from "@/ui/visible";
import { Kind } from "./question";

export function OpenList({
  questions,
  shown,
  isCut,
}: {
  questions: readonly Approval[];
  shown: number | null;
  isCut: boolean;
}) {
  const { data: waiting } = useQuery(queries.waitingRuns());
  const { data: projects } = useQuery(queries.projects());
  const runOf = (id: number) => waiting?.items.find((run) => run.id === id);
  const projectOf = (id: number | null | undefined) =>
    projects?.items.find((project) => project.id === id)?.name;
  return (
    <section aria-label="Open questions" className="overflow-hidden rounded-lg border bg-panel">
      <p className="border-b px-4 py-2 text-sm text-muted">
        {plural(questions.length, "open question")}, the oldest first
        {isCut && ". There are more: these are the newest 100"}
      </p>
      <ul className="divide-y">
        {questions.map((approval) => {
          const run = runOf(approval.run_id);
          return (
            <li key={approval.id}>
              <Link
                to={`?run=${approval.run_id}`}
                aria-current={approval.run_id === shown ? "true" : undefined}
                className={names(
                  "flex flex-col gap-1 border-l-2 px-4 py-2.5",
                  approval.run_id === shown
                    ? "border-l-accent bg-accent-soft"
                    : "border-l-transparent hover:bg-sunken",
                )}
              >
                <span className="flex flex-wrap items-center justify-between gap-x-2">
                  <Kind approval={approval} />
                  <span className="text-sm text-muted">
                    <Time at={approval.asked_at} />
                  </span>
                </span>
                <span className="line-clamp-2 font-medium">
                  <Visible text={run?.goal ?? approval.question.text} />
                </span>
                <span className="text-sm text-muted">
                  Run {approval.run_id}
                  {run && `, ${run.agent}`}
                  {projectOf(run?.project_id) && `, ${projectOf(run?.project_id)}`}
                  {approval.expires_at && (
                    <>
                      , expires <Time at={approval.expires_at} />
                    </>
                  )}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function NothingOpen() {
  return (
    <Empty title="Nobody waits for you" action={<ButtonLink to="/runs/new">New run</ButtonLink>}>
      <p>
        A run stops here when it needs a person: to approve a commit or a plan, to allow a step, to answer a
        question or to grant a larger budget. It holds no worker meanwhile.
      </p>
      <p className="mt-2">
        To see one, let the coder change a small project of its own:{" "}
        <code className="font-mono text-sm text-ink">agent-runner demo</code>
      </p>
    </Empty>
  );
}
