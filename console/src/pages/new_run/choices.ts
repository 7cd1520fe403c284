// Who can do a run: the agents that come with agent-runner, the hosts of the workers, and the topologies.
import type { Agent, Topology } from "@/api/queries";
import type { Chosen } from "./request";

export interface Choice extends Chosen {
  group: "Built in" | "Hosts" | "Topologies";
  title: string;
  description: string;
  /** What a person should know before choosing it. */
  health: Agent["health"];
  reason: string | null;
}

export const GROUPS: readonly Choice["group"][] = ["Built in", "Hosts", "Topologies"];

/** In the order of the API; types of agents are left out, for a run cannot name them. */
export function choicesOf(agents: Agent[] | undefined, topologies: Topology[] | undefined): Choice[] {
  return [
    ...(agents ?? []).filter(({ kind }) => kind !== "type").map(asChoice),
    ...(topologies ?? []).map((topology) => ({
      group: "Topologies" as const,
      name: `topology:${topology.name}`,
      title: topology.name,
      description: topology.description || `A ${topology.type} of agents.`,
      needsProject: false,
      options: {},
      health: null,
      reason: null,
    })),
  ];
}

function asChoice(agent: Agent): Choice {
  return {
    group: agent.kind === "host" ? "Hosts" : "Built in",
    name: agent.name,
    title: agent.name.replace(/^host:/, ""),
    description: agent.description,
    needsProject: agent.needs_project ?? false,
    options: agent.options ?? {},
    health: agent.health,
    reason: agent.reason ?? null,
  };
}
