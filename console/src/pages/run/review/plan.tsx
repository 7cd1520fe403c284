// The plan that the change follows, closed until somebody wants it.
import type { RunEvent } from "@/api/queries";
import { textsOf } from "@/pages/approvals/reading";
import { Visible } from "@/ui/visible";

export function Plan({ events }: { events: readonly RunEvent[] }) {
  const steps = textsOf(events.findLast(({ event_type }) => event_type === "PLAN_GENERATED")?.payload.steps);
  if (steps.length === 0) return null;
  return (
    <details className="rounded-lg border bg-panel">
      <summary className="px-4 py-2.5 font-semibold">Plan</summary>
      <ol className="flex list-decimal flex-col gap-1 pr-4 pb-4 pl-10 marker:text-muted">
        {steps.map((step, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two steps may say the same
          <li key={place} className="whitespace-pre-wrap">
            <Visible text={step} />
          </li>
        ))}
      </ol>
    </details>
  );
}
