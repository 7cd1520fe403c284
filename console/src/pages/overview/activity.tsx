// The panel of the charts, with the same in words and in a table.
import { lazy, Suspense } from "react";
import type { Schemas } from "@/api/client";
import { moment } from "@/format/time";
import { Loading, Panel } from "@/ui/panel";
import { clock, RANGES, type Range, summary } from "./series";

const Charts = lazy(() => import("./chart").then(({ Charts }) => ({ default: Charts })));

export function Activity({
  overview,
  range,
  choose,
}: {
  overview: Schemas["OverviewPublic"];
  range: Range;
  choose: (range: Range) => void;
}) {
  const { buckets, bucket_seconds: seconds } = overview;
  return (
    <Panel
      title="Activity"
      aside={
        <select
          aria-label="How far back"
          value={range}
          onChange={(event) => choose(event.target.value as Range)}
          className="h-7 max-sm:h-10 rounded-md border border-edge bg-panel px-2 text-ink"
        >
          {Object.entries(RANGES).map(([hours, { name }]) => (
            <option key={hours} value={hours}>
              {name}
            </option>
          ))}
        </select>
      }
    >
      <Suspense fallback={<Loading lines={6} />}>
        <Charts buckets={buckets} seconds={seconds} />
      </Suspense>
      <p className="text-sm">{summary(buckets, range)}</p>
      <details className="mt-2 text-sm">
        <summary className="w-max py-1 text-accent-ink">As a table</summary>
        <Numbers buckets={buckets} />
      </details>
    </Panel>
  );
}

const COLUMNS = ["created", "completed", "failed", "cancelled", "queued", "running"] as const;

function Numbers({ buckets }: { buckets: Schemas["BucketPublic"][] }) {
  return (
    <section
      aria-label="Activity as a table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must get there
      tabIndex={0}
      className="mt-1 max-h-72 overflow-auto rounded-md border"
    >
      <table className="w-full text-right">
        <thead className="sticky top-0 bg-sunken text-xs text-muted *:*:px-2 *:*:py-1.5">
          <tr>
            <th scope="col" className="text-left font-medium">
              From
            </th>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" className="font-medium capitalize">
                {name === "running" ? "Under way" : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="*:border-t *:*:px-2 *:*:py-1">
          {buckets.toReversed().map((bucket) => (
            <tr key={bucket.begins_at}>
              <td className="text-left whitespace-nowrap">{clock(moment(bucket.begins_at))}</td>
              {COLUMNS.map((name) => (
                <td key={name} className={bucket[name] ? undefined : "text-faint"}>
                  {bucket[name]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
