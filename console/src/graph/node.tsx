// One box of the drawing: an agent, a topology with what is in it, a stack, or where it begins and ends.
import { Layers, Minus, Network, Plus } from "lucide-react";
import { names } from "@/format/names";
import { State } from "@/ui/state";
import { LifeLine, type Models, PartLine } from "./facts";
import type { Box } from "./layout";
import { type Item, type NodeState, stateOf } from "./model";

export interface Handlers {
  select: (id: string) => void;
  toggle: (item: Item) => void;
}

interface Shown extends Handlers {
  box: Box;
  isSelected: boolean;
  models: Models;
}

export function Node(shown: Shown) {
  const { box } = shown;
  const style = { left: box.x, top: box.y, width: box.width, height: box.height };
  if (box.item.kind === "begin" || box.item.kind === "end") {
    return (
      <div
        style={style}
        className="absolute flex items-center justify-center rounded-full border bg-sunken text-sm text-muted"
      >
        {box.item.label}
      </div>
    );
  }
  return (
    <div style={style} className="absolute">
      {box.isFrame ? <Frame {...shown} /> : <Leaf {...shown} />}
    </div>
  );
}

const EDGES: Partial<Record<NodeState, string>> = { failed: "border-failed", running: "border-running" };
const PLAIN_EDGE = "transition-colors hover:border-edge";

function Leaf({ box, isSelected, models, select, toggle }: Shown) {
  const { item } = box;
  const state = stateOf(item);
  const opens = item.inner.length > 0;
  return (
    <>
      {item.kind === "stack" && (
        <div
          aria-hidden
          className="absolute inset-0 translate-x-1.5 translate-y-1.5 rounded-md border bg-sunken"
        />
      )}
      <button
        type="button"
        tabIndex={-1}
        aria-pressed={isSelected}
        onClick={() => (item.node ? select(item.id) : toggle(item))}
        className={names(
          "relative flex size-full flex-col justify-center gap-0.5 rounded-md border bg-panel px-3 text-left",
          isSelected ? "border-accent outline-2 outline-accent" : (EDGES[state ?? "pending"] ?? PLAIN_EDGE),
          opens && "pr-9",
        )}
      >
        <Heading item={item} />
        <PartLine item={item} />
        <LifeLine item={item} models={models} />
      </button>
      {opens && <Toggle item={item} isOpen={false} toggle={toggle} />}
    </>
  );
}

function Frame({ box, isSelected, select, toggle }: Shown) {
  const { item } = box;
  return (
    <div
      className={names(
        "relative size-full rounded-lg border bg-sunken",
        isSelected && "border-accent outline-2 outline-accent",
      )}
    >
      <button
        type="button"
        tabIndex={-1}
        aria-pressed={isSelected}
        onClick={() => (item.node ? select(item.id) : toggle(item))}
        className="flex w-full flex-col px-3 pt-1.5 pr-9 text-left"
      >
        <Heading item={item} />
        <PartLine item={item} />
      </button>
      <Toggle item={item} isOpen toggle={toggle} />
    </div>
  );
}

function Heading({ item }: { item: Item }) {
  const state = stateOf(item);
  const Icon = item.kind === "stack" ? Layers : item.kind === "topology" ? Network : null;
  return (
    <span className="flex w-full items-center gap-1.5">
      {Icon && <Icon aria-hidden className="size-3.5 shrink-0 text-muted" />}
      <span className="min-w-0 flex-1 truncate font-medium">{item.label}</span>
      {state && <State of={state} />}
    </span>
  );
}

function Toggle({ item, isOpen, toggle }: { item: Item; isOpen: boolean; toggle: Handlers["toggle"] }) {
  const Icon = isOpen ? Minus : Plus;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={`${isOpen ? "Close" : "Open"} ${item.label}`}
      onClick={() => toggle(item)}
      className="absolute top-1.5 right-1.5 flex size-6 items-center justify-center rounded-sm text-muted hover:bg-sunken hover:text-ink"
    >
      <Icon aria-hidden className="size-3.5" />
    </button>
  );
}
