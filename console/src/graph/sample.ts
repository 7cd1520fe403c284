// Graphs for tests, as the API gives them.
import type { Graph } from "@/api/queries";
import type { GraphNode } from "./model";

export function agent(id: string, slot: string, life?: Partial<NonNullable<GraphNode["life"]>>): GraphNode {
  const steps = id.split("/");
  const label = steps.at(-1) ?? "";
  return {
    id,
    kind: "agent",
    label,
    agent: label.replace(/-\d+$/, ""),
    role: "executor",
    slot,
    group: steps.slice(0, -1).join("/") || null,
    ...(life && { life }),
  };
}

export const part = (id: string): GraphNode => ({
  id,
  kind: "topology",
  label: id,
  slot: "parts",
  group: null,
  detail: "ensemble, synthesis",
});

const begin: GraphNode = { id: "BEGIN", kind: "begin", label: "task", group: null };
const end: GraphNode = { id: "END", kind: "end", label: "output", group: null };

export const graph = (nodes: GraphNode[], edges: Graph["edges"]): Graph => ({
  name: "sample",
  type: "ensemble",
  detail: "ensemble, synthesis",
  nodes: [begin, ...nodes, end],
  edges,
});

/** A crowd that all answer, and one who makes one answer of theirs. */
export function crowd(count: number, lives: Partial<NonNullable<GraphNode["life"]>>[] = []): Graph {
  const members = Array.from({ length: count }, (_, at) =>
    agent(at === 0 ? "researcher" : `researcher-${at + 1}`, "members", lives[at]),
  );
  return graph(
    [...members, agent("dot", "synthesizer")],
    [
      ...members.map(({ id }) => ({ from: "BEGIN", to: id })),
      ...members.map(({ id }) => ({ from: id, to: "dot" })),
      { from: "dot", to: "END" },
    ],
  );
}

/** Two parts, one after the other; the second one goes back to its author. */
export const article = graph(
  [
    part("research"),
    agent("research/ann", "members"),
    agent("research/bob", "members"),
    agent("research/dot", "synthesizer"),
    part("review"),
    agent("review/dot", "author"),
    agent("review/cid", "validators"),
  ],
  [
    { from: "BEGIN", to: "research" },
    { from: "research", to: "review" },
    { from: "review", to: "END" },
    { from: "research/ann", to: "research/dot" },
    { from: "research/bob", to: "research/dot" },
    { from: "review/dot", to: "review/cid" },
    { from: "review/cid", to: "review/dot", kind: "revision", label: "revise", is_loop: true },
  ],
);

/** Three debaters in a ring. */
export const debate = graph(
  ["ann", "bob", "cid"].map((name) => agent(name, "debaters")),
  [
    ...["ann", "bob", "cid"].map((name) => ({ from: "BEGIN", to: name })),
    { from: "ann", to: "bob", kind: "positions", label: "positions", is_loop: true },
    { from: "bob", to: "cid", kind: "positions", label: "positions", is_loop: true },
    { from: "cid", to: "ann", kind: "positions", label: "positions", is_loop: true },
    ...["ann", "bob", "cid"].map((name) => ({ from: name, to: "END", kind: "positions" as const })),
  ],
);
