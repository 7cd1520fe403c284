// What a run can name as its agent: the built-in ones and the hosts of the workers, with what they can be told.
import { Play } from "lucide-react";
import type { Agent } from "@/api/queries";
import { plural } from "@/format/number";
import { ButtonLink } from "@/ui/button";
import { Panel } from "@/ui/panel";
import { Health } from "./health";
import { Options } from "./options";

export function Runnable({ agents }: { agents: Agent[] }) {
  return (
    <ul className="grid gap-3 lg:grid-cols-2">
      {agents.map((agent) => (
        <li key={agent.name}>
          <Card agent={agent} />
        </li>
      ))}
    </ul>
  );
}

function Card({ agent }: { agent: Agent }) {
  const options = Object.entries(agent.options ?? {});
  return (
    <Panel className="h-full">
      <div className="flex flex-col gap-2">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h3 className="font-semibold">{agent.name}</h3>
          <Health of={agent.health} />
          <span className="text-sm text-muted">{about(agent)}</span>
        </div>
        <p>{agent.description}</p>
        {agent.reason && <p className="text-sm text-muted">{agent.reason}</p>}
        {options.length > 0 && (
          <details>
            <summary className="text-sm text-muted">{plural(options.length, "option")} of a run</summary>
            <Options options={agent.options ?? {}} />
          </details>
        )}
        <div className="mt-1">
          <ButtonLink
            to={`/runs/new?agent=${encodeURIComponent(agent.name)}`}
            aria-label={`Run with ${agent.name}`}
            icon={<Play aria-hidden className="size-3.5" />}
          >
            Run with it
          </ButtonLink>
        </div>
      </div>
    </Panel>
  );
}

function about(agent: Agent): string {
  const version = agent.version ? `version ${agent.version}` : "";
  const speaks = agent.speaks ? `speaks ${agent.speaks}` : "";
  const project = agent.needs_project ? "needs a project" : "";
  return [agent.kind === "host" ? "host" : "built in", version, speaks, project].filter(Boolean).join(", ");
}
