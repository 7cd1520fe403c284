// What a queued run waits for, and what a completed one has given.
import { CircleDashed } from "lucide-react";
import type { Run } from "@/api/queries";
import { moment } from "@/format/time";
import type { RunFeed } from "@/live/feed";
import { Copy } from "@/ui/copy";
import { Panel } from "@/ui/panel";
import { Time, useNow } from "@/ui/time";
import { Visible } from "@/ui/visible";
import { Json } from "./json";
import { textIn } from "./reading/payload";

export function QueuedCard({ run, feed }: { run: Run; feed: RunFeed }) {
  const isLater = moment(run.available_at) > useNow();
  const last = feed.events.at(-1);
  const error = last?.event_type === "RUN_RETRY_SCHEDULED" ? textIn(last.payload, "error") : "";
  return (
    <section aria-label="Why it is not running" className="flex gap-2.5 rounded-lg border bg-panel p-4">
      <CircleDashed aria-hidden className="mt-0.5 size-5 shrink-0 text-queued" />
      <div className="flex min-w-0 flex-col gap-1">
        <h2 className="text-base font-medium first-letter:uppercase">
          {run.why_not_running ?? "It waits for a free worker."}
        </h2>
        {error && (
          <p className="text-failed">
            The attempt before failed: <Visible text={error} />
          </p>
        )}
        {isLater && (
          <p className="text-muted">
            It may begin <Time at={run.available_at} />.
          </p>
        )}
      </div>
    </section>
  );
}

export function ResultCard({ run }: { run: Run }) {
  const { result } = run;
  if (result === null || result === undefined) return null;
  const summary = summaryOf(result);
  return (
    <Panel
      title="Result"
      aside={<Copy text={JSON.stringify(result, null, 2)} label="Copy the result as JSON" />}
    >
      {summary && (
        <p className="max-h-72 max-w-prose overflow-y-auto whitespace-pre-wrap">
          <Visible text={summary} />
        </p>
      )}
      <details className={summary ? "mt-3" : undefined} open={!summary}>
        <summary className="min-h-6 text-sm text-muted">All of it, as JSON</summary>
        <div className="mt-2">
          <Json value={result} label="The result as JSON" />
        </div>
      </details>
    </Panel>
  );
}

function summaryOf(result: unknown): string {
  if (typeof result === "string") return result;
  if (typeof result !== "object" || result === null || !("summary" in result)) return "";
  return typeof result.summary === "string" ? result.summary : "";
}
