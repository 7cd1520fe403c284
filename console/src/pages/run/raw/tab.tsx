// A run as the API gives it: its own JSON, that of every event, and its log.
import { useVirtualizer } from "@tanstack/react-virtual";
import { Download } from "lucide-react";
import { useRef, useState } from "react";
import { give, save } from "@/api/files";
import type { RunEvent } from "@/api/queries";
import { Button } from "@/ui/button";
import { Copy } from "@/ui/copy";
import { notifyFailure } from "@/ui/notice";
import { Panel } from "@/ui/panel";
import { Visible } from "@/ui/visible";
import { Json } from "../json";
import type { TabProps } from "../tab";

export default function Raw({ run, feed }: TabProps) {
  const text = JSON.stringify(run, null, 2);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Panel title="Run" aside={<Copy text={text} label="Copy the run as JSON" />}>
        <Json value={text} label="The run as JSON" />
      </Panel>
      <Panel title="Events" aside={<EventActions runId={run.id} events={feed.events} />} flush>
        <Lines events={feed.events} />
      </Panel>
    </div>
  );
}

const asLines = (events: readonly RunEvent[]): string =>
  events.map((each) => JSON.stringify(each)).join("\n");

function EventActions({ runId, events }: { runId: number; events: readonly RunEvent[] }) {
  const [isBusy, setIsBusy] = useState(false);
  const download = async () => {
    setIsBusy(true);
    try {
      await save(`/runs/${runId}/logs`, `run-${runId}.log`);
    } catch (error) {
      notifyFailure("The log could not be read", error);
    } finally {
      setIsBusy(false);
    }
  };
  const icon = <Download aria-hidden className="size-3.5" />;
  const lines = () =>
    new Blob(
      [
        `${asLines(events)}
`,
      ],
      { type: "application/jsonl" },
    );
  return (
    <span className="flex flex-wrap items-center justify-end gap-2">
      <Button icon={icon} disabled={isBusy} onClick={() => void download()}>
        Log as text
      </Button>
      <Button icon={icon} onClick={() => give(lines(), `run-${runId}.jsonl`)}>
        Events as JSON lines
      </Button>
    </span>
  );
}

function Lines({ events }: { events: readonly RunEvent[] }) {
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => box.current,
    estimateSize: () => 24,
    overscan: 10,
  });
  return (
    <section
      ref={box}
      aria-label="Every event as JSON"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="h-[60vh] overflow-y-auto overscroll-contain bg-sunken focus-visible:-outline-offset-2"
    >
      <ol className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const event = events[item.index];
          return (
            event && (
              <li
                key={event.event_id}
                ref={virtual.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0 flex items-start gap-2 border-b pl-4"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <code className="min-w-0 flex-1 py-1.5 font-mono text-xs whitespace-pre-wrap">
                  <Visible text={JSON.stringify(event)} />
                </code>
                <Copy text={JSON.stringify(event, null, 2)} label={`Copy event ${event.event_id} as JSON`} />
              </li>
            )
          );
        })}
      </ol>
    </section>
  );
}
