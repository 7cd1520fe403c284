// What a person can do with a run now. What cannot be done is not there.
import { Ban, Terminal } from "lucide-react";
import { useState } from "react";
import { isFinal, type Run } from "@/api/queries";
import { useKeys } from "@/shell/keys";
import { Button } from "@/ui/button";
import { Copy } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";
import { useCancel } from "./changes";
import { Fork } from "./fork";
import { commandsOf } from "./reading/command";
import { Retry } from "./retry";

export function Actions({ run }: { run: Run }) {
  return (
    <>
      <Commands run={run} />
      {run.status !== "FAILED" && <Fork run={run} />}
      {run.status === "CANCELLED" && <Retry run={run} budget={null} />}
      {!isFinal(run) && <Cancel run={run} />}
    </>
  );
}

function Cancel({ run }: { run: Run }) {
  const [isOpen, setIsOpen] = useState(false);
  const [reason, setReason] = useState("");
  const cancel = useCancel(run.id, () => setIsOpen(false));
  return (
    <>
      <Button
        look="danger"
        icon={<Ban aria-hidden className="size-3.5" />}
        disabled={run.cancel_requested}
        title={run.cancel_requested ? "A cancel has been asked for; its worker stops the agent" : undefined}
        onClick={() => setIsOpen(true)}
      >
        {run.cancel_requested ? "Cancelling" : "Cancel"}
      </Button>
      <Dialog title={`Cancel run ${run.id}?`} isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            cancel.mutate(reason.trim());
          }}
        >
          <p>What it has finished stays in its journal, so it can be retried later.</p>
          <TextField
            label="Why (optional)"
            value={reason}
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
          />
          {cancel.error && <Failure error={cancel.error} />}
          <div className="flex flex-wrap justify-end gap-2">
            <Button onClick={() => setIsOpen(false)}>Let it go on</Button>
            <Button type="submit" look="danger" disabled={cancel.isPending}>
              Cancel the run
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

function Commands({ run }: { run: Run }) {
  const [isOpen, setIsOpen] = useState(false);
  useKeys([{ keys: ".", does: "Show the run's commands", run: () => setIsOpen(true) }]);
  return (
    <>
      <Button icon={<Terminal aria-hidden className="size-3.5" />} onClick={() => setIsOpen(true)}>
        Copy as CLI
      </Button>
      <Dialog title="From a terminal" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <ul className="flex flex-col gap-3">
          {commandsOf(run).map(({ does, line }) => (
            <li key={line} className="flex flex-col gap-1">
              <span className="text-sm text-muted">{does}</span>
              <span className="flex items-start gap-1 rounded-md border bg-sunken pl-3">
                <code className="max-h-40 min-w-0 flex-1 overflow-y-auto py-1.5 font-mono text-xs leading-5 whitespace-pre-wrap">
                  {line}
                </code>
                <Copy text={line} label={`Copy: ${does}`} />
              </span>
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}
