// What of a timeline is shown, as it stands in the URL: `?kind=model,tool&agent=coder&text=tests`.
import type { RunEvent } from "@/api/queries";
import { KINDS, type Kind, searchText, storyOf } from "../reading/story";

export interface Filter {
  /** Empty: all. */
  kinds: readonly Kind[];
  agent: string;
  text: string;
}

export function filterOf(params: URLSearchParams): Filter {
  const wanted = (params.get("kind") ?? "").split(",");
  return {
    kinds: KINDS.filter((kind) => wanted.includes(kind)),
    agent: params.get("agent") ?? "",
    text: params.get("text") ?? "",
  };
}

/** The same parameters with this filter instead. */
export function withFilter(params: URLSearchParams, { kinds, agent, text }: Filter): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries({ kind: kinds.join(","), agent, text })) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

export const isFiltering = ({ kinds, agent, text }: Filter): boolean =>
  kinds.length > 0 || agent !== "" || text.trim() !== "";

export function filtered(events: readonly RunEvent[], filter: Filter): readonly RunEvent[] {
  if (!isFiltering(filter)) return events;
  const text = filter.text.trim().toLowerCase();
  return events.filter(
    (event) =>
      (filter.kinds.length === 0 || filter.kinds.includes(storyOf(event).kind)) &&
      (filter.agent === "" || event.agent_role === filter.agent) &&
      (text === "" || searchText(event).includes(text)),
  );
}

export const agentsOf = (events: readonly RunEvent[]): string[] =>
  [...new Set(events.flatMap((each) => (each.agent_role ? [each.agent_role] : [])))].sort();
