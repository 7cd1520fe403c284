// A graph: the list of its nodes, its drawing, and what is known of the selected node, which stands in the URL as `?node=`.
import { X } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import type { Graph } from "@/api/queries";
import { names } from "@/format/names";
import { IconButton } from "@/ui/button";
import { Drawing } from "./drawing";
import type { Models } from "./facts";
import { NodeList } from "./list";
import { found, type GraphNode, type Item, itemsOf, type Opened, opener } from "./model";

const NOTHING: Models = new Map();

interface Shown {
  graph: Graph;
  models?: Models;
  /** What is shown of the selected node. */
  details: (node: GraphNode) => ReactNode;
}

export default function GraphView({ graph, models = NOTHING, details }: Shown) {
  const items = useMemo(() => itemsOf(graph), [graph]);
  const [selected, select] = useSelected();
  const [opened, setOpened] = useState<Opened>(new Map());
  const isOpen = opener(items, opened, selected);
  const toggle = (item: Item) => setOpened(new Map(opened).set(item.id, !isOpen(item)));
  const item = found(items, selected);
  const shared = { items, isOpen, selected, models, select, toggle };
  return (
    <div
      className={names(
        "grid items-start gap-4 lg:grid-cols-[17rem_minmax(0,1fr)]",
        item && "xl:grid-cols-[17rem_minmax(0,1fr)_20rem]",
      )}
    >
      <section
        aria-label="Nodes of the graph"
        className="max-h-[80vh] overflow-y-auto rounded-lg border bg-panel max-lg:max-h-none"
      >
        <NodeList {...shared} />
      </section>
      {selected !== null && (
        <Details item={item} id={selected} close={() => select(null)} details={details} />
      )}
      <div className="min-w-0 lg:order-2">
        <Drawing graph={graph} {...shared} />
      </div>
    </div>
  );
}

function useSelected(): [string | null, (id: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const select = (id: string | null) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (id === null) next.delete("node");
        else next.set("node", id);
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return [params.get("node"), select];
}

interface DetailsShown {
  item: Item | null;
  id: string;
  close: () => void;
  details: (node: GraphNode) => ReactNode;
}

function Details({ item, id, close, details }: DetailsShown) {
  return (
    <section
      aria-label={`Node ${id}`}
      className="min-w-0 rounded-lg border bg-panel lg:order-3 lg:max-xl:col-span-2"
    >
      <div className="flex min-h-11 items-center justify-between gap-2 border-b py-1 pr-1.5 pl-4">
        <h2 className="min-w-0 font-semibold break-words">{item?.label ?? id}</h2>
        <IconButton label="Close the details" onClick={close}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </div>
      <div className="p-4">
        {item?.node ? (
          details(item.node)
        ) : (
          <p className="text-muted">This graph has no node “{id}”. Pick one from the list.</p>
        )}
      </div>
    </section>
  );
}
