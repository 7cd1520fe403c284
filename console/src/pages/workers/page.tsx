// Workers: who is alive, how busy, how strongly it holds commands, and which models it has.
import { useQuery } from "@tanstack/react-query";
import { queries, type Worker } from "@/api/queries";
import { Command } from "@/ui/command";
import { Empty, Loaded, Page, Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { Models } from "./models";
import { Queue } from "./queue";
import { levelOf } from "./sandbox";
import { Slots } from "./slots";

export function Component() {
  const query = useQuery(queries.workers());
  return (
    <Page title="Workers">
      <Loaded query={query}>
        {({ workers }) => (
          <Panel title="Alive" aside={`${workers.length}`} flush>
            {workers.length === 0 ? <None /> : <List of={workers} />}
          </Panel>
        )}
      </Loaded>
      <Queue />
      <Models />
    </Page>
  );
}

function None() {
  return (
    <Empty title="No worker is alive">
      Workers claim runs from the queue and do them; the API alone does none. Start one on any machine that
      reaches the database, as often as you like:
      <div className="mx-auto mt-4 flex max-w-md flex-col gap-2 text-left">
        <Command text="agent-runner worker" />
        <p className="text-center text-sm">or API, worker and console together:</p>
        <Command text="make start" />
      </div>
    </Empty>
  );
}

function List({ of }: { of: Worker[] }) {
  return (
    <ul>
      {of.map((worker) => (
        <li
          key={worker.id}
          className="grid gap-x-6 gap-y-2 border-b px-4 py-3 last:border-b-0 sm:grid-cols-2 lg:grid-cols-[1.2fr_1fr_1.6fr_1.2fr]"
        >
          <div className="min-w-0">
            <p className="truncate font-medium">{worker.host}</p>
            <p className="truncate text-sm text-muted" title={worker.id}>
              process {worker.pid}
            </p>
          </div>
          <div className="min-w-0">
            <p className="truncate">{worker.model}</p>
            <p className="text-sm text-muted">model</p>
          </div>
          <Sandbox level={worker.sandbox} />
          <div className="min-w-0">
            <Slots busy={worker.busy} slots={worker.slots} />
            <p className="text-sm text-muted">
              heartbeat <Time at={worker.last_heartbeat} />
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Sandbox({ level }: { level: string | null }) {
  const { name, holds } = levelOf(level);
  return (
    <div className="min-w-0">
      <p className={level === "L0" ? "text-waiting" : undefined}>Sandbox {name}</p>
      <p className="text-sm text-muted">{holds}</p>
    </div>
  );
}
