// From the form to what POST /topologies takes. Pure.
import type { Topology } from "@/api/queries";
import { example, type Pattern } from "./patterns";

export interface Draft {
  name: string;
  description: string;
  /** JSON: `{"config": …, "slots": …}`. */
  text: string;
}

const spelled = (value: unknown): string => JSON.stringify(value, null, 2);

export const draftOf = (topology: Topology): Draft => ({
  name: topology.name,
  description: topology.description,
  text: spelled({ config: withoutNulls(topology.config), slots: topology.slots }),
});

export const exampleText = (
  pattern: Pattern,
  agents: readonly string[],
  topologies: readonly string[],
): string => spelled(example(pattern, agents, topologies));

/** The body to send, or a sentence that says why the text is none. What stands in it the API judges. */
export function definitionOf(draft: Draft): { definition: Record<string, unknown> } | { error: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(draft.text);
  } catch (error) {
    return { error: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return { error: 'Write an object with "config" and "slots".' };
  }
  const { name: _name, description: _description, ...rest } = parsed as Record<string, unknown>;
  return { definition: { ...rest, name: draft.name.trim(), description: draft.description.trim() } };
}

const withoutNulls = (config: object): object =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
