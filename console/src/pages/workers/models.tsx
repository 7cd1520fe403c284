// Which models each worker could use, and what keeps it from the others.
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleMinus } from "lucide-react";
import type { Schemas } from "@/api/client";
import { queries } from "@/api/queries";
import { Fact, Facts } from "@/ui/facts";
import { Loaded, Panel } from "@/ui/panel";
import { Time } from "@/ui/time";

type Told = Schemas["WorkerModelsPublic"];

export function Models() {
  const query = useQuery({ ...queries.models(), refetchInterval: 30_000 });
  return (
    <Loaded query={query}>
      {({ message, workers, aliases }) => (
        <>
          {message && <p className="text-muted">{message}</p>}
          {workers.map((told) => (
            <OfWorker key={told.worker_id} told={told} />
          ))}
          <Aliases of={aliases} />
        </>
      )}
    </Loaded>
  );
}

function OfWorker({ told: { worker_id: id, looked_at: at, report } }: { told: Told }) {
  const { model, reason, fallback, cache, providers } = report;
  return (
    <Panel
      title={`Models of ${id}`}
      aside={
        <>
          looked <Time at={at} />
        </>
      }
    >
      <Facts>
        <Fact name="Answers">
          <span className="font-medium">{model.name}</span>
          {reason && <span className="text-muted">: {reason}</span>}
          {!model.healthy && <p className="text-failed">{model.error ?? "It does not answer."}</p>}
        </Fact>
        {fallback && <Fact name="Otherwise">{fallback.name}</Fact>}
        <Fact name="Cache">
          {cache.backend}
          {!cache.healthy && <span className="text-failed">: {cache.error}</span>}
        </Fact>
        <Fact name="Providers">
          <ul className="flex flex-col gap-1">
            {providers.map((provider) => (
              <Provider key={provider.provider} of={provider} />
            ))}
          </ul>
        </Fact>
      </Facts>
    </Panel>
  );
}

function Provider({ of }: { of: Schemas["ProviderReport"] }) {
  const Icon = of.healthy ? CircleCheck : CircleMinus;
  return (
    <li className="flex gap-2">
      <Icon
        aria-hidden
        className={of.healthy ? "mt-1 size-3.5 shrink-0 text-done" : "mt-1 size-3.5 shrink-0 text-muted"}
      />
      <span className="min-w-0">
        <span className="font-medium">{of.provider}</span>
        <span className="sr-only">{of.healthy ? " works" : " does not work"}</span>{" "}
        <span className="text-muted">{of.error ?? of.models?.join(", ")}</span>
      </span>
    </li>
  );
}

function Aliases({ of }: { of: Record<string, string> }) {
  const all = Object.entries(of);
  if (all.length === 0) return null;
  return (
    <details className="rounded-lg border bg-panel">
      <summary className="px-4 py-2.5 font-semibold">Aliases of models</summary>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-6 gap-y-1 border-t p-4 font-mono text-sm">
        {all.map(([alias, name]) => (
          <Fact key={alias} name={alias}>
            {name}
          </Fact>
        ))}
      </dl>
    </details>
  );
}
