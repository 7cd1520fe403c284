// A graph as what is shown of it: a tree in which many alike are one stack, and edges between what is open. Pure.
import type { Schemas } from "@/api/client";
import type { Graph } from "@/api/queries";
import { grouped } from "@/format/grouped";
import { plural } from "@/format/number";

export type GraphNode = Schemas["GraphNode"];
export type NodeState = Schemas["NodeState"];
export type EdgeKind = Schemas["EdgeKind"];

/** More alike than these stand as one stack until somebody opens it. */
export const MOST_SIBLINGS = 12;
/** In a graph of more nodes, topologies are closed at first. */
const MOST_OPEN = 60;

export interface Item {
  id: string;
  kind: GraphNode["kind"] | "stack";
  label: string;
  /** What the API says of it; a stack has none. */
  node: GraphNode | null;
  /** What stands in it; leaves have nothing. */
  inner: Item[];
}

export interface Link {
  from: string;
  to: string;
  kind: EdgeKind;
  label: string;
  isLoop: boolean;
}

/** What a person has opened and closed by hand, by the item's id. */
export type Opened = ReadonlyMap<string, boolean>;

const STATES: readonly NodeState[] = ["failed", "running", "done", "pending", "skipped"];

export function itemsOf(graph: Graph): Item[] {
  const byGroup = grouped(graph.nodes, (node) => node.group ?? null);
  const within = (group: string | null): Item[] => stacked(byGroup.get(group) ?? [], group, item);
  const item = (node: GraphNode): Item => ({
    id: node.id,
    kind: node.kind,
    label: node.label,
    node,
    inner: node.kind === "topology" ? within(node.id) : [],
  });
  return within(null);
}

function stacked(nodes: GraphNode[], group: string | null, item: (node: GraphNode) => Item): Item[] {
  const bySlot = grouped(nodes, (node) => node.slot ?? node.id);
  return [...bySlot].flatMap(([slot, alike]) =>
    alike.length > MOST_SIBLINGS
      ? [
          {
            id: `${group ?? ""}#${slot}`,
            kind: "stack" as const,
            label: namedTogether(alike, slot),
            node: null,
            inner: alike.map(item),
          },
        ]
      : alike.map(item),
  );
}

function namedTogether(nodes: GraphNode[], slot: string): string {
  const agents = new Set(nodes.map((node) => node.agent));
  const [agent] = agents;
  if (agents.size === 1 && agent) return plural(nodes.length, agent);
  return slot.startsWith("level-") ? `${nodes.length} on ${slot}` : `${nodes.length} ${slot}`;
}

/** How many are in each state, the ones to look at first: `1 failed, 3 running, 20 done`. Empty without a run. */
export function tally(items: readonly Item[]): string {
  const states = items.flatMap(({ node }) => (node?.life?.state ? [node.life.state] : []));
  return STATES.flatMap((state) => {
    const count = states.filter((each) => each === state).length;
    return count ? [`${count} ${state}`] : [];
  }).join(", ");
}

/** The state of a stack is that of the one to look at first. */
export function stateOf(item: Item): NodeState | null {
  if (item.node) return item.node.life?.state ?? null;
  const states = new Set(item.inner.map((each) => stateOf(each)));
  return STATES.find((state) => states.has(state)) ?? null;
}

export function countOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + 1 + countOf(item.inner), 0);
}

export const holds = (item: Item, id: string | null): boolean =>
  id !== null && item.inner.some((each) => each.id === id || holds(each, id));

/** Whether an item shows what stands in it: as somebody has said, else where the selected node is, else by its size. */
export function opener(items: readonly Item[], opened: Opened, selected: string | null) {
  const isSmall = countOf(items) <= MOST_OPEN;
  return (item: Item): boolean => {
    if (item.inner.length === 0) return false;
    return opened.get(item.id) ?? (holds(item, selected) || (item.kind === "topology" && isSmall));
  };
}

export function found(items: readonly Item[], id: string | null): Item | null {
  if (id === null) return null;
  for (const item of items) {
    const hit = item.id === id ? item : found(item.inner, id);
    if (hit) return hit;
  }
  return null;
}

/** The edges between the given siblings; those of a stack's members are the stack's, each once. */
export function linksBetween(graph: Graph, siblings: readonly Item[]): Link[] {
  const owner = new Map(siblings.flatMap(ownedBy));
  const links = new Map<string, Link>();
  for (const edge of graph.edges) {
    const [from, to] = [owner.get(edge.from), owner.get(edge.to)];
    if (!from || !to || from === to) continue;
    const kind = edge.kind ?? "work";
    links.set(`${from} ${to} ${kind}`, {
      from,
      to,
      kind,
      label: edge.label ?? "",
      isLoop: edge.is_loop ?? false,
    });
  }
  return [...links.values()];
}

const ownedBy = (item: Item): [string, string][] => [
  [item.id, item.id],
  ...(item.kind === "stack" ? item.inner : []).map((each): [string, string] => [each.id, item.id]),
];

/** A node's part as its topology calls it: `members, executor`; of a topology, how it works. */
export function partOf(node: GraphNode): string {
  if (node.kind === "topology") return node.detail ?? "";
  return [...new Set([node.slot, node.role])].filter(Boolean).join(", ");
}
