// Which steps of the journal are a node's: keys say where a call stands, `compound/1-research/ensemble/member/ann`. Pure.
import type { GraphNode } from "@/graph/model";

/** Parts that sit alone are called by what they do; others by their name, perhaps after a number: `1-ann`. */
const WORDS: Record<string, RegExp> = {
  synthesizer: /^synthesizer$/,
  judge: /^judge$/,
  mediator: /^mediator$/,
  coordinator: /^(plan|report)$/,
  author: /^(draft|revision-\d+)$/,
};

/** The keys of the node's calls, without the tries and model calls below them, in their order. */
export function keysOf(node: GraphNode, keys: readonly string[]): string[] {
  const parts = node.group ? node.group.split("/") : [];
  const own = keys.filter((key) => isOf(node, parts, key));
  return own.filter((key) => !own.some((other) => key.startsWith(`${other}/`)));
}

function isOf(node: GraphNode, parts: string[], key: string): boolean {
  let rest = key.split("/");
  for (const part of parts) {
    if (rest[0] !== "compound" || !isNumbered(rest[1], part)) return false;
    rest = rest.slice(2);
  }
  const [, ...places] = rest;
  if (rest[0] === "compound" && rest[1] !== "synthesizer") return false; // of a part, which is another's
  const word = WORDS[node.slot ?? ""];
  return places.some((place) =>
    word ? word.test(place) : place === node.label || isNumbered(place, node.label),
  );
}

const isNumbered = (place: string | undefined, name: string): boolean =>
  place?.replace(/^\d+-/, "") === name && place !== name;
