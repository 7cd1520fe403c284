// What is said of a node in a few words, in the drawing as in the list.

import { names } from "@/format/names";
import { plural, short } from "@/format/number";
import { Elapsed } from "@/ui/time";
import { type Item, partOf, tally } from "./model";

/** The model of each node, by its id, as far as it is known. */
export type Models = ReadonlyMap<string, string>;

export function PartLine({ item }: { item: Item }) {
  const text = item.node ? partOf(item.node) : tally(item.inner) || "open to see each";
  return <span className="block truncate text-xs text-muted">{text}</span>;
}

export function LifeLine({ item, models, className }: { item: Item; models: Models; className?: string }) {
  const life = item.node?.life;
  if (!life) return null;
  const model = models.get(item.id);
  const tokens = (life.input_tokens ?? 0) + (life.output_tokens ?? 0);
  return (
    <span className={names("flex gap-2 overflow-hidden text-xs whitespace-nowrap text-muted", className)}>
      <span>{life.calls ? plural(life.calls, "call") : uncalled(life.state, life.started_at)}</span>
      {life.failures ? <span className="text-failed">{plural(life.failures, "failure")}</span> : null}
      {life.started_at && (life.ended_at || life.state === "running") && (
        <Elapsed from={life.started_at} to={life.state === "running" ? null : (life.ended_at ?? null)} />
      )}
      {tokens > 0 && <span title={`${tokens.toLocaleString("en")} tokens`}>{short(tokens)} tokens</span>}
      {model && <span className="min-w-0 truncate">{model}</span>}
    </span>
  );
}

/** Who was asked when the run ended has begun, and given nothing. */
const uncalled = (state: string | undefined, started: string | null | undefined): string => {
  if (state === "running") return "working";
  if (started) return "no answer";
  return state === "skipped" ? "not asked" : "not asked yet";
};
