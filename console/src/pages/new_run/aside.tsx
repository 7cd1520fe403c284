// Beside the form: which model answers, whether a worker takes it, and the same request for a script.
import { useQuery } from "@tanstack/react-query";
import { Cpu, Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { queries } from "@/api/queries";
import { plural } from "@/format/number";
import { Copy } from "@/ui/copy";
import { curl } from "./curl";
import type { Part } from "./form";
import { request } from "./request";

export function Aside({ draft, agent }: Part) {
  const { wanted } = request(draft, agent);
  return (
    <aside
      aria-label="What happens"
      className="flex flex-col gap-4 rounded-lg border bg-panel p-4 lg:sticky lg:top-18"
    >
      <Model named={draft.model.trim()} />
      <Workers />
      <div className="-ml-3">
        <Copy label="Copy as curl" text={curl(window.location.origin, wanted)}>
          Copy as curl
        </Copy>
      </div>
    </aside>
  );
}

function Model({ named }: { named: string }) {
  const workers = useQuery(queries.models()).data?.workers ?? [];
  const used = [...new Set(workers.map(({ report }) => report.model.name))];
  const isDemo = named === "demo" || (!named && used.length > 0 && used.every((name) => name === "demo"));
  if (isDemo) {
    return (
      <Told icon={<Sparkles aria-hidden className="size-4" />} title="The demo model answers">
        It needs no key and no network, and gives the same answer each time. For real work set LLM_MODEL, or
        start Ollama, and start the worker again.
      </Told>
    );
  }
  if (named) {
    return (
      <Told icon={<Sparkles aria-hidden className="size-4" />} title={named}>
        This run asks for it; the worker must have its key.
      </Told>
    );
  }
  if (used.length === 0) {
    return (
      <Told icon={<Sparkles aria-hidden className="size-4" />} title="The worker's model answers">
        With none configured that is the demo model, which needs no key.
      </Told>
    );
  }
  return (
    <Told icon={<Sparkles aria-hidden className="size-4" />} title={used.join(", ")}>
      {used.length === 1
        ? "The model of the workers."
        : "The models of the workers; the one that takes it decides."}
    </Told>
  );
}

function Workers() {
  const { data } = useQuery(queries.workers());
  if (!data) return null;
  const icon = <Cpu aria-hidden className="size-4" />;
  if (!data.running) {
    return (
      <Told icon={icon} title="No worker is alive">
        The run waits in the queue until one is started:{" "}
        <code className="font-mono">agent-runner worker</code>
      </Told>
    );
  }
  const slots = data.workers.reduce((sum, { slots }) => sum + slots, 0);
  const free = slots - data.workers.reduce((sum, { busy }) => sum + busy, 0);
  const before = data.queue.queued ? ` ${plural(data.queue.queued, "run")} in the queue.` : "";
  return (
    <Told icon={icon} title={free > 0 ? "It starts at once" : "It waits for a free slot"}>
      {free} of {plural(slots, "slot")} free on {plural(data.workers.length, "worker")}.{before}
    </Told>
  );
}

function Told({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className="flex gap-2.5">
      <span className="mt-0.5 text-muted">{icon}</span>
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <p className="text-sm text-muted">{children}</p>
      </div>
    </div>
  );
}
