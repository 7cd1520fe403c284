// The selected event, whole: beside the list where there is room, else over it.
import { X } from "lucide-react";
import type { RunEvent } from "@/api/queries";
import { duration, exact, moment } from "@/format/time";
import { IconButton } from "@/ui/button";
import { Copy } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Fact, Facts } from "@/ui/facts";
import { Visible } from "@/ui/visible";
import { Json } from "../json";
import { storyOf } from "../reading/story";

export function EventDetail({
  event,
  isWide,
  close,
}: {
  event: RunEvent;
  isWide: boolean;
  close: () => void;
}) {
  const title = `Event ${event.event_id}`;
  if (!isWide) {
    return (
      <Dialog title={title} isOpen onClose={close}>
        <Whole event={event} />
      </Dialog>
    );
  }
  return (
    <aside
      aria-label={title}
      tabIndex={-1}
      data-event-detail
      className="max-h-[max(calc(100dvh-15rem),24rem)] w-96 shrink-0 overflow-y-auto rounded-lg border bg-panel"
    >
      <div className="sticky top-0 flex items-center justify-between border-b bg-panel py-1.5 pr-2 pl-4">
        <h2 className="text-base font-semibold">{title}</h2>
        <span className="flex">
          <Copy text={JSON.stringify(event, null, 2)} label="Copy the event as JSON" />
          <IconButton label="Close the event" onClick={close}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </span>
      </div>
      <div className="p-4">
        <Whole event={event} />
      </div>
    </aside>
  );
}

function Whole({ event }: { event: RunEvent }) {
  const { title, text, durationMs } = storyOf(event);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col gap-1">
        <p className="font-medium">
          <Visible text={title} />
        </p>
        {text && (
          <p className="max-h-72 overflow-y-auto whitespace-pre-wrap text-muted">
            <Visible text={text} />
          </p>
        )}
      </div>
      <Facts>
        <Fact name="Type">
          <code className="font-mono text-xs">{event.event_type}</code>
        </Fact>
        {event.agent_role && <Fact name="Agent">{event.agent_role}</Fact>}
        <Fact name="At">{exact(moment(event.timestamp))}</Fact>
        {durationMs !== null && <Fact name="Took">{duration(durationMs)}</Fact>}
      </Facts>
      <Json value={event.payload} label="Payload" />
    </div>
  );
}
