// The commit of a run: its id, its branch, and the command that merges it.
import { GitCommitHorizontal } from "lucide-react";
import type { Run, RunEvent } from "@/api/queries";
import { recordOf, textOf } from "@/pages/approvals/reading";
import { Copy } from "@/ui/copy";
import { Visible } from "@/ui/visible";

export interface Commit {
  id: string;
  branch: string;
}

/** From the event; from the result while the events are still being read. Null when nothing was committed. */
export function committedOf(run: Pick<Run, "result">, events: readonly RunEvent[]): Commit | null {
  const told = events.findLast(({ event_type }) => event_type === "COMMIT_CREATED")?.payload;
  const said = told ?? recordOf(run.result);
  const commit = { id: textOf(said.commit), branch: textOf(said.branch) };
  return commit.id && commit.branch ? commit : null;
}

/** Branches are made by the runner, but a name with anything that a shell would obey is never offered as a command. */
export const mergeOf = (branch: string): string | null =>
  /^[A-Za-z0-9][\w./-]*$/.test(branch) ? `git merge ${branch}` : null;

export function Committed({ commit }: { commit: Commit | null }) {
  if (!commit) return null;
  const merge = mergeOf(commit.branch);
  return (
    <section
      aria-label="Commit"
      className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-done bg-done-soft px-4 py-3"
    >
      <GitCommitHorizontal aria-hidden className="size-4 text-done" />
      <p className="min-w-0 flex-1">
        Committed{" "}
        <code className="font-mono text-sm font-medium" title={commit.id}>
          {commit.id.slice(0, 12)}
        </code>{" "}
        on{" "}
        <code className="font-mono text-sm font-medium">
          <Visible text={commit.branch} />
        </code>
        . {merge && "Merge it with plain git:"}
      </p>
      {merge && (
        <div className="flex items-center gap-1 rounded-md bg-panel pl-3">
          <code className="font-mono text-sm">{merge}</code>
          <Copy text={merge} label="Copy the command" />
        </div>
      )}
    </section>
  );
}
