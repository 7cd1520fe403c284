// One step, whole, and the way to fork from it.
import { X } from "lucide-react";
import type { Run, Step } from "@/api/queries";
import { duration, exact, moment } from "@/format/time";
import { IconButton } from "@/ui/button";
import { Copy } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Fact, Facts } from "@/ui/facts";
import { Fork } from "../fork";
import { Json } from "../json";

interface Shown {
  run: Run;
  step: Step;
  attempt: number | undefined;
}

export function StepDetail({ isWide, close, ...shown }: Shown & { isWide: boolean; close: () => void }) {
  const title = `Step ${shown.step.position}`;
  if (!isWide) {
    return (
      <Dialog title={title} isOpen onClose={close}>
        <Whole {...shown} />
      </Dialog>
    );
  }
  return (
    <aside
      aria-label={title}
      className="max-h-[max(calc(100dvh-15rem),24rem)] w-96 shrink-0 overflow-y-auto rounded-lg border bg-panel"
    >
      <div className="sticky top-0 flex items-center justify-between border-b bg-panel py-1.5 pr-2 pl-4">
        <h2 className="text-base font-semibold">{title}</h2>
        <span className="flex">
          <Copy text={JSON.stringify(shown.step.output, null, 2)} label="Copy the output as JSON" />
          <IconButton label="Close the step" onClick={close}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </span>
      </div>
      <div className="p-4">
        <Whole {...shown} />
      </div>
    </aside>
  );
}

function Whole({ run, step, attempt }: Shown) {
  return (
    <div className="flex flex-col gap-4">
      <code className="font-mono text-xs">{step.key}</code>
      <Facts>
        <Fact name="Took">{duration(Math.max(moment(step.finished_at) - moment(step.started_at), 0))}</Fact>
        <Fact name="Finished">{exact(moment(step.finished_at))}</Fact>
        <Fact name="Done by">
          {step.fence === 0
            ? `run ${run.forked_from ?? "?"}, from which this one was forked`
            : `attempt ${attempt ?? "?"}, fence ${step.fence}`}
        </Fact>
        <Fact name="Replayed">{step.replayed ? "Yes: it was not done again" : "No"}</Fact>
        <Fact name="Input">
          <code className="font-mono text-xs" title={step.input_hash}>
            sha256 {step.input_hash.slice(0, 12)}
          </code>
        </Fact>
      </Facts>
      <div>
        <Fork run={run} from={step.key} />
      </div>
      <Json value={step.output} label="Output" />
    </div>
  );
}
