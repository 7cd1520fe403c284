// The steps of a journal in their order, as many as are seen.
import { useVirtualizer } from "@tanstack/react-virtual";
import { Check, History } from "lucide-react";
import { useRef } from "react";
import type { Step } from "@/api/queries";
import { names } from "@/format/names";
import { duration, moment } from "@/format/time";
import { useKeys } from "@/shell/keys";
import { Visible } from "@/ui/visible";
import { useIsRoomy } from "../wide";
import { essenceOf } from "./essence";

const HEIGHT = 36;
const PHONE_HEIGHT = 60;

export function StepList({
  steps,
  attempts,
  selectedKey,
  select,
}: {
  steps: readonly Step[];
  attempts: ReadonlyMap<number, number>;
  selectedKey: string | null;
  select: (key: string | null) => void;
}) {
  const box = useRef<HTMLElement>(null);
  const height = useIsRoomy() ? HEIGHT : PHONE_HEIGHT;
  const virtual = useVirtualizer({
    count: steps.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 12,
  });
  const step = (by: 1 | -1) => {
    const place = steps.findIndex(({ key }) => key === selectedKey);
    const next = Math.min(Math.max(place + by, 0), steps.length - 1);
    select(steps[next]?.key ?? null);
    virtual.scrollToIndex(next);
  };
  useKeys([
    { keys: "j", does: "Next step", run: () => step(1) },
    { keys: "k", does: "Step before", run: () => step(-1) },
    ...(selectedKey ? [{ keys: "Escape", does: "Close the step", run: () => select(null) }] : []),
  ]);
  return (
    <section
      ref={box}
      aria-label="Steps"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-[max(calc(100dvh-15rem),24rem)] min-h-24 min-w-0 flex-1 overflow-x-hidden overflow-y-auto overscroll-contain rounded-lg border bg-panel"
    >
      <ol className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const each = steps[item.index];
          return (
            each && (
              <li
                key={each.key}
                aria-setsize={steps.length}
                aria-posinset={item.index + 1}
                className="absolute inset-x-0 top-0"
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                <StepLine
                  step={each}
                  attempt={attempts.get(each.fence)}
                  isSelected={each.key === selectedKey}
                  select={select}
                />
              </li>
            )
          );
        })}
      </ol>
    </section>
  );
}

function StepLine({
  step,
  attempt,
  isSelected,
  select,
}: {
  step: Step;
  attempt: number | undefined;
  isSelected: boolean;
  select: (key: string | null) => void;
}) {
  const Icon = step.replayed ? History : Check;
  const took = duration(Math.max(moment(step.finished_at) - moment(step.started_at), 0));
  return (
    <button
      type="button"
      aria-pressed={isSelected}
      data-step={step.key}
      onClick={() => select(isSelected ? null : step.key)}
      className={names(
        "grid size-full grid-cols-[2.5rem_1rem_minmax(0,14rem)_minmax(0,1fr)_7rem_4rem] items-center gap-x-2.5 border-b px-3 text-left transition-colors focus-visible:-outline-offset-2 max-sm:grid-cols-[1rem_minmax(0,1fr)_auto] max-sm:grid-rows-2 max-sm:gap-y-0 max-sm:py-1.5",
        isSelected ? "bg-accent-soft" : "hover:bg-sunken",
      )}
    >
      <span className="text-right text-sm text-faint max-sm:hidden">{step.position}</span>
      <Icon aria-hidden className={names("size-4", step.replayed ? "text-muted" : "text-done")} />
      <span className="truncate font-mono text-xs">
        <Visible text={step.key} />
      </span>
      <span className="truncate text-sm text-muted max-sm:order-last max-sm:col-span-2 max-sm:col-start-2">
        <Visible text={essenceOf(step.output)} />
      </span>
      <span className="truncate text-right text-sm text-muted max-sm:hidden">
        {step.replayed ? "replayed" : ""}
        {step.replayed && attempt ? " · " : ""}
        {attempt ? `attempt ${attempt}` : ""}
      </span>
      <span className="text-right text-sm text-faint">{took}</span>
    </button>
  );
}
