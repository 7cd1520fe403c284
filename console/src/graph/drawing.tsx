// The drawing of a graph: boxes over lines, as large as fits, with buttons to zoom. It scrolls as any other region does.
import { Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Graph } from "@/api/queries";
import { IconButton } from "@/ui/button";
import type { Models } from "./facts";
import { fitting, type Drawing as Laid, scaleTo } from "./layout";
import { Labels, Legend, Lines } from "./lines";
import type { Item } from "./model";
import { type Handlers, Node } from "./node";

const STEP = 1.25;
const LARGEST = 2;
const SMALLEST = 0.25;
/** Space around the drawing within its region, in pixels. */
const MARGIN = 16;

interface Shown extends Handlers {
  graph: Graph;
  items: readonly Item[];
  isOpen: (item: Item) => boolean;
  selected: string | null;
  models: Models;
}

export function Drawing({ graph, items, isOpen, selected, models, select, toggle }: Shown) {
  const region = useRef<HTMLDivElement>(null);
  const width = useWidth(region);
  const laid = useLaid(graph, items, isOpen, width);
  const [zoom, setZoom] = useState<number | null>(null);
  const fit = scaleTo(laid, width - 2 * MARGIN);
  const scale = zoom ?? fit;
  const zoomBy = (factor: number) => setZoom(Math.min(LARGEST, Math.max(SMALLEST, scale * factor)));
  useInView(region, selected, laid, scale);
  usePanning(region);
  return (
    <div className="overflow-hidden rounded-lg border bg-panel">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b py-1 pr-1 pl-3">
        <Legend lines={laid.lines} />
        <div className="ml-auto flex items-center">
          <span className="mr-1 text-xs text-muted">{Math.round(scale * 100)} %</span>
          <IconButton label="Smaller" onClick={() => zoomBy(1 / STEP)}>
            <ZoomOut aria-hidden className="size-4" />
          </IconButton>
          <IconButton label="Larger" onClick={() => zoomBy(STEP)}>
            <ZoomIn aria-hidden className="size-4" />
          </IconButton>
          <IconButton label="Fit into view" onClick={() => setZoom(null)}>
            <Maximize2 aria-hidden className="size-4" />
          </IconButton>
        </div>
      </div>
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <section ref={region} aria-label="Drawing" tabIndex={0} className="overflow-auto sm:max-h-[72vh]">
        {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: as above */}
        <div
          className="relative mx-auto"
          style={{ width: laid.width * scale + 2 * MARGIN, height: laid.height * scale + 2 * MARGIN }}
        >
          <Canvas laid={laid} scale={scale} {...{ selected, models, select, toggle }} />
        </div>
      </section>
    </div>
  );
}

type CanvasShown = Omit<Shown, "graph" | "items" | "isOpen"> & { laid: Laid; scale: number };

/** Frames lie under the lines, everything else over them. */
function Canvas({ laid, scale, selected, models, select, toggle }: CanvasShown) {
  const [frames, leaves] = [true, false].map((isFrame) =>
    laid.boxes
      .filter((box) => box.isFrame === isFrame)
      .map((box) => (
        <Node key={box.item.id} {...{ box, models, select, toggle }} isSelected={box.item.id === selected} />
      )),
  );
  const { width, height } = laid;
  return (
    <div
      className="absolute origin-top-left"
      style={{ left: MARGIN, top: MARGIN, width, height, transform: `scale(${scale})` }}
    >
      {frames}
      <Lines {...laid} />
      {leaves}
      <Labels lines={laid.lines} />
    </div>
  );
}

/** Laid out anew only when what stands where may have changed; states come and go without. */
function useLaid(graph: Graph, items: readonly Item[], isOpen: (item: Item) => boolean, width: number): Laid {
  const shape = JSON.stringify([shapeOf(items, isOpen), graph.edges, graph.run_id]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape says all of the items that counts here
  const laid = useMemo(() => fitting(graph, items, isOpen, width - 2 * MARGIN), [shape, width]);
  return useMemo(() => withItems(laid, items), [laid, items]);
}

type Shape = [string, boolean, Shape[]];

const shapeOf = (items: readonly Item[], isOpen: (item: Item) => boolean): Shape[] =>
  items.map((item) => [item.id, isOpen(item), isOpen(item) ? shapeOf(item.inner, isOpen) : []]);

function withItems(laid: Laid, items: readonly Item[]): Laid {
  const latest = new Map<string, Item>();
  const take = (item: Item): void => {
    latest.set(item.id, item);
    item.inner.forEach(take);
  };
  items.forEach(take);
  return { ...laid, boxes: laid.boxes.map((box) => ({ ...box, item: latest.get(box.item.id) ?? box.item })) };
}

function useWidth(region: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(720);
  useLayoutEffect(() => {
    const element = region.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [region]);
  return width;
}

/** Scrolls the region, never the page, so that the selected box can be seen. */
function useInView(
  region: RefObject<HTMLElement | null>,
  selected: string | null,
  laid: Laid,
  scale: number,
) {
  const box = laid.boxes.find((each) => each.item.id === selected);
  const [x, y] = [(box?.x ?? 0) * scale, (box?.y ?? 0) * scale];
  const [width, height] = [(box?.width ?? 0) * scale, (box?.height ?? 0) * scale];
  useEffect(() => {
    const element = region.current;
    if (!element || width === 0) return;
    const isSeen =
      x >= element.scrollLeft &&
      y >= element.scrollTop &&
      x + width <= element.scrollLeft + element.clientWidth &&
      y + height <= element.scrollTop + element.clientHeight;
    if (!isSeen) element.scrollTo({ left: x - MARGIN, top: y - MARGIN });
  }, [region, x, y, width, height]);
}

/** A mouse may pull the drawing about; fingers scroll, as everywhere. */
function usePanning(region: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const element = region.current;
    if (!element) return;
    const pan = (event: PointerEvent) => {
      if (event.pointerType === "mouse" && event.buttons === 1)
        element.scrollBy(-event.movementX, -event.movementY);
    };
    element.addEventListener("pointermove", pan);
    return () => element.removeEventListener("pointermove", pan);
  }, [region]);
}
