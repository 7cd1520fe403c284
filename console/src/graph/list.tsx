// Every node of a graph as a tree that keys walk through: the whole of the graph for those who cannot see the drawing.
import { ChevronDown, ChevronRight } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { names } from "@/format/names";
import { State } from "@/ui/state";
import { LifeLine, type Models, PartLine } from "./facts";
import { type Item, stateOf } from "./model";
import type { Handlers } from "./node";
import { moved, type Row, rowsOf } from "./rows";

interface Shown extends Handlers {
  items: readonly Item[];
  isOpen: (item: Item) => boolean;
  selected: string | null;
  models: Models;
}

export function NodeList({ items, isOpen, selected, models, select, toggle }: Shown) {
  const rows = rowsOf(items, isOpen);
  const [focused, setFocused] = useState<string | null>(selected);
  const tree = useRef<HTMLDivElement>(null);
  const hasTwists = rows.some((row) => row.isOpen !== null);
  const ids = rows.map((row) => row.item.id);
  const current = [focused, selected].find((id) => id && ids.includes(id)) ?? ids[0] ?? "";
  const byId = (id: string) => rows.find((row) => row.item.id === id)?.item;
  const focus = (id: string) => {
    setFocused(id);
    tree.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus();
  };
  const open = (item: Item) => (item.node ? select(item.id) : toggle(item));
  const onKeyDown = (event: KeyboardEvent) => {
    const item = byId(current);
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(item);
      return;
    }
    const move = moved(rows, current, event.key);
    if (!move) return;
    event.preventDefault();
    if ("to" in move) focus(move.to);
    else toggle(item);
  };
  return (
    <div ref={tree} role="tree" aria-label="Nodes" onKeyDown={onKeyDown} className="flex flex-col">
      {rows.map((row) => (
        <TreeRow
          key={row.item.id}
          row={row}
          twist={hasTwists}
          models={models}
          isSelected={row.item.id === selected}
          isCurrent={row.item.id === current}
          onFocus={() => setFocused(row.item.id)}
          onOpen={() => open(row.item)}
          onToggle={() => toggle(row.item)}
        />
      ))}
    </div>
  );
}

interface RowShown {
  row: Row;
  twist: boolean;
  models: Models;
  isSelected: boolean;
  isCurrent: boolean;
  onFocus: () => void;
  onOpen: () => void;
  onToggle: () => void;
}

function TreeRow({ row, twist, models, isSelected, isCurrent, onFocus, onOpen, onToggle }: RowShown) {
  const { item, level, isOpen, place, of } = row;
  const state = stateOf(item);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it hears the keys of its rows
    <div
      role="treeitem"
      tabIndex={isCurrent ? 0 : -1}
      data-node={item.id}
      aria-level={level}
      aria-posinset={place}
      aria-setsize={of}
      aria-selected={isSelected}
      {...(isOpen !== null && { "aria-expanded": isOpen })}
      onFocus={onFocus}
      onClick={onOpen}
      style={{ paddingLeft: (twist ? 8 : 14) + (level - 1) * 18 }}
      className={names(
        "flex min-h-12 cursor-pointer gap-1 border-b py-1.5 pr-3 last:border-b-0 focus-visible:-outline-offset-2",
        isSelected ? "bg-accent-soft" : "hover:bg-sunken",
      )}
    >
      {twist && <Twist isOpen={isOpen} onToggle={onToggle} />}
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2">
          <span className="min-w-0 flex-1 truncate font-medium">{item.label}</span>
          {state && <State of={state} />}
        </div>
        <PartLine item={item} />
        <LifeLine item={item} models={models} />
      </div>
    </div>
  );
}

/** For the pointer; keys have left and right. */
function Twist({ isOpen, onToggle }: { isOpen: boolean | null; onToggle: () => void }) {
  if (isOpen === null) return <span className="w-6 shrink-0" />;
  const Icon = isOpen ? ChevronDown : ChevronRight;
  return (
    <span
      aria-hidden
      onClick={(event) => {
        event.stopPropagation();
        onToggle();
      }}
      className="flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:text-ink"
    >
      <Icon className="size-4" />
    </span>
  );
}
