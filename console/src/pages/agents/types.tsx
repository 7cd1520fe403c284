// The agent types that people have defined; the selected one (`?agent=ann`) shows all it is.
import { useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Pencil } from "lucide-react";
import { Link } from "react-router";
import { api } from "@/api/client";
import type { Agent } from "@/api/queries";
import { duration } from "@/format/time";
import { ButtonLink } from "@/ui/button";
import { Delete } from "@/ui/delete";
import { Fact, Facts } from "@/ui/facts";
import { Empty } from "@/ui/panel";
import { Time } from "@/ui/time";

export function Types({ agents, selected }: { agents: Agent[]; selected: string | null }) {
  if (agents.length === 0) {
    return (
      <Empty title="No agent type yet" action={<ButtonLink to="?new">Make the first one</ButtonLink>}>
        An agent type is a role with a way to ask its model: a critic, a planner. Topologies give their slots
        to them; a run cannot name one by itself.
      </Empty>
    );
  }
  return (
    <ul className="divide-y">
      {agents.map((agent) => (
        <li key={agent.name}>
          <Row agent={agent} isOpen={agent.name === selected} />
          {agent.name === selected && <Details agent={agent} />}
        </li>
      ))}
    </ul>
  );
}

function Row({ agent, isOpen }: { agent: Agent; isOpen: boolean }) {
  const Icon = isOpen ? ChevronDown : ChevronRight;
  const { mixins = [], capabilities = [], model } = agent.config ?? {};
  return (
    <Link
      to={isOpen ? "?" : `?agent=${agent.name}`}
      preventScrollReset
      aria-expanded={isOpen}
      className="grid grid-cols-[1rem_minmax(0,1fr)] gap-x-3 px-4 py-2.5 transition-colors hover:bg-sunken sm:grid-cols-[1rem_12rem_minmax(0,1fr)_auto]"
    >
      <Icon aria-hidden className="mt-1 size-4 text-muted" />
      <span className="min-w-0">
        <span className="font-medium">{agent.name}</span>
        <span className="ml-2 text-sm text-muted">{agent.role}</span>
      </span>
      <span className="min-w-0 truncate text-sm text-muted max-sm:col-start-2">
        {[agent.description, ...mixins, ...capabilities.map((each) => `can ${each}`)]
          .filter(Boolean)
          .join(", ")}
      </span>
      <span className="text-sm text-muted max-sm:col-start-2">
        {model ?? "the run's model"}, version {agent.version}
      </span>
    </Link>
  );
}

type Config = NonNullable<Agent["config"]>;

function Details({ agent }: { agent: Agent }) {
  const client = useQueryClient();
  const { name } = agent;
  return (
    <div className="flex flex-col gap-4 border-t bg-sunken px-4 py-4 sm:pl-11">
      <Facts>
        <Fact name="Role">{agent.role}</Fact>
        {agent.description && <Fact name="Does">{agent.description}</Fact>}
        {agent.config && <ConfigFacts config={agent.config} />}
        {agent.created_at && (
          <Fact name="Made">
            <Time at={agent.created_at} />, version {agent.version}
          </Fact>
        )}
      </Facts>
      <div className="flex flex-wrap gap-2">
        <ButtonLink to="/topologies?new=pipeline">Use it in a topology</ButtonLink>
        <ButtonLink to={`?edit=${name}`} icon={<Pencil aria-hidden className="size-3.5" />}>
          Edit
        </ButtonLink>
        <Delete
          what={`the agent type ${name}`}
          remove={() => api.DELETE("/agents/{name}", { params: { path: { name } } })}
          done={() => client.invalidateQueries({ queryKey: ["agents"] })}
        >
          All its versions are forgotten. Runs that have it keep it as it was.
        </Delete>
      </div>
    </div>
  );
}

function ConfigFacts({ config }: { config: Config }) {
  const { mixins = [], capabilities = [], mixin_options = {}, timeout_seconds } = config;
  const facts: [string, string | number | false][] = [
    ["Model", config.model ?? "the run's, else the worker's"],
    ["Temperature", config.temperature ?? "the model's own"],
    ["Answers in", config.output_format ?? "text"],
    ["Tokens of an answer", config.max_tokens?.toLocaleString("en") ?? "no limit of its own"],
    ["Tries after a failed one", config.retries ?? 1],
    ["Time for a try", timeout_seconds ? duration(timeout_seconds * 1000) : "no limit of its own"],
    ["Capabilities", capabilities.length > 0 && capabilities.join(", ")],
    ["Mixins", mixins.length > 0 && mixins.join(", ")],
    ["Options of mixins", Object.keys(mixin_options).length > 0 && JSON.stringify(mixin_options)],
    ["System prompt", config.system_prompt ?? "its role's"],
  ];
  return facts.map(
    ([name, value]) =>
      value !== false && (
        <Fact key={name} name={name}>
          <span className="whitespace-pre-wrap">{value}</span>
        </Fact>
      ),
  );
}
