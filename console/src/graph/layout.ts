// Where everything stands: each level is laid out by itself, and is then one box of the level around it. Pure.
import { layout, Graph as Ranked } from "@dagrejs/dagre";
import type { Graph } from "@/api/queries";
import { grouped } from "@/format/grouped";
import { type Item, type Link, linksBetween } from "./model";

export type Direction = "down" | "across";

export interface Point {
  x: number;
  y: number;
}

export interface Box extends Point {
  item: Item;
  width: number;
  height: number;
  /** Whether what stands in it is drawn. */
  isFrame: boolean;
}

export interface Line extends Link {
  /** From the edge of one box to that of the other, by the places where it passes others. */
  points: Point[];
  /** A label is drawn once among those alike. */
  isLabelled: boolean;
}

export interface Drawing {
  width: number;
  height: number;
  boxes: Box[];
  lines: Line[];
  direction: Direction;
}

const AGENT = { width: 216, height: 78 };
const PLAIN = { width: 184, height: 56 };
const STACK = { width: 264, height: 68 };
const TERMINAL = { width: 84, height: 32 };
const GAP = 24;
const BETWEEN_RANKS = 60;
const PADDING = 16;
const HEADER = 56;
const BACK = 18;

/** `isOpen` says of an item with others in it whether these are drawn. */
export function laidOut(
  graph: Graph,
  items: readonly Item[],
  isOpen: (item: Item) => boolean,
  direction: Direction,
): Drawing {
  const hasLife = graph.nodes.some((node) => node.life);
  const inside = (siblings: readonly Item[]): Drawing => level(graph, siblings, sized, direction);
  const sized = (item: Item): Drawing => {
    if (!isOpen(item)) return bare(item, hasLife, direction);
    const isInOrder = linksBetween(graph, item.inner).some((link) => !link.isLoop);
    const isGrid = item.kind === "stack" && !isInOrder;
    return framed(item, isGrid ? gridded(item.inner, sized, direction) : inside(item.inner));
  };
  return inside(items);
}

/** The direction in which more can be read at that width: the larger scale, then the lower drawing. */
export function fitting(
  graph: Graph,
  items: readonly Item[],
  isOpen: (item: Item) => boolean,
  width: number,
): Drawing {
  const drawings = (["across", "down"] as const).map((each) => laidOut(graph, items, isOpen, each));
  const height = (drawing: Drawing) => drawing.height * scaleTo(drawing, width);
  const [first, second] = drawings as [Drawing, Drawing];
  const difference = scaleTo(first, width) - scaleTo(second, width);
  if (Math.abs(difference) > 0.05) return difference > 0 ? first : second;
  return height(first) <= height(second) ? first : second;
}

export const SMALLEST_SCALE = 0.5;

export const scaleTo = (drawing: Drawing, width: number): number =>
  Math.max(SMALLEST_SCALE, Math.min(1, width / drawing.width));

function bare(item: Item, hasLife: boolean, direction: Direction): Drawing {
  const size = sizeOf(item, hasLife);
  return { ...size, boxes: [{ item, x: 0, y: 0, ...size, isFrame: false }], lines: [], direction };
}

function sizeOf(item: Item, hasLife: boolean) {
  if (item.kind === "begin" || item.kind === "end") return TERMINAL;
  if (item.kind === "stack") return STACK;
  return hasLife ? AGENT : PLAIN;
}

function framed(item: Item, content: Drawing): Drawing {
  const width = Math.max(content.width + 2 * PADDING, STACK.width);
  const height = content.height + HEADER + PADDING;
  const by = { x: (width - content.width) / 2, y: HEADER };
  const moved = shifted(content, by);
  return {
    ...moved,
    width,
    height,
    boxes: [{ item, x: 0, y: 0, width, height, isFrame: true }, ...moved.boxes],
  };
}

/** Many alike, which have nothing to do with each other, in rows. */
function gridded(items: readonly Item[], sized: (item: Item) => Drawing, direction: Direction): Drawing {
  const cells = items.map(sized);
  const columns = Math.max(2, Math.ceil(Math.sqrt(cells.length / (direction === "down" ? 1.5 : 3))));
  const width = Math.max(...cells.map((cell) => cell.width)) + GAP / 2;
  const height = Math.max(...cells.map((cell) => cell.height)) + GAP / 2;
  const placed = cells.map((cell, at) =>
    shifted(cell, { x: (at % columns) * width, y: Math.floor(at / columns) * height }),
  );
  const rows = Math.ceil(cells.length / columns);
  return {
    width: columns * width - GAP / 2,
    height: rows * height - GAP / 2,
    boxes: placed.flatMap(({ boxes }) => boxes),
    lines: placed.flatMap(({ lines }) => lines),
    direction,
  };
}

function level(
  graph: Graph,
  items: readonly Item[],
  sized: (item: Item) => Drawing,
  direction: Direction,
): Drawing {
  const parts = new Map(items.map((item) => [item.id, sized(item)]));
  const links = linksBetween(graph, items);
  const ranked = rankedBy(items, parts, links, direction);
  const { width = 0, height = 0 } = ranked.graph();
  const placed = items.map((item) => {
    const part = parts.get(item.id) as Drawing;
    const centre = ranked.node(item.id);
    return shifted(part, { x: centre.x - part.width / 2, y: centre.y - part.height / 2 });
  });
  const outer = new Map(placed.map(({ boxes }) => [boxes[0]?.item.id ?? "", boxes[0] as Box]));
  const lines = links.map((link) => lineOf(link, outer, ranked, direction));
  return {
    width,
    height,
    boxes: placed.flatMap(({ boxes }) => boxes),
    lines: [...labelled(lines), ...placed.flatMap((part) => part.lines)],
    direction,
  };
}

/** Loops have no say in the ranks; whoever hands nothing on stands before the output nevertheless. */
function rankedBy(
  items: readonly Item[],
  parts: Map<string, Drawing>,
  links: Link[],
  direction: Direction,
): Ranked {
  const ranked = new Ranked();
  ranked.setGraph({ rankdir: direction === "down" ? "TB" : "LR", nodesep: GAP, ranksep: BETWEEN_RANKS });
  ranked.setDefaultEdgeLabel(() => ({}));
  for (const item of items) {
    const { width, height } = parts.get(item.id) as Drawing;
    ranked.setNode(item.id, { width, height });
  }
  const forward = links.filter((link) => !link.isLoop);
  for (const { from, to } of forward) ranked.setEdge(from, to);
  const end = items.find((item) => item.kind === "end");
  for (const item of items) {
    const handsOn = forward.some((link) => link.from === item.id);
    if (end && item !== end && !handsOn) ranked.setEdge(item.id, end.id, { weight: 0 });
  }
  layout(ranked);
  inOrder(ranked, items, direction);
  return ranked;
}

/** Those beside each other stand in the order of the API: which way round is all the same to dagre. */
function inOrder(ranked: Ranked, items: readonly Item[], direction: Direction): void {
  const [along, across] = direction === "down" ? (["y", "x"] as const) : (["x", "y"] as const);
  const centres = items.map((item) => ranked.node(item.id));
  const isTurned = centres.slice(1).reduce((sum, centre, at) => {
    const before = centres[at] as Point;
    return Math.abs(before[along] - centre[along]) < 1
      ? sum + Math.sign(before[across] - centre[across])
      : sum;
  }, 0);
  if (isTurned <= 0) return;
  const size = (direction === "down" ? ranked.graph().width : ranked.graph().height) ?? 0;
  const points = ranked.edges().flatMap((edge) => ranked.edge(edge).points as Point[]);
  for (const point of [...centres, ...points]) point[across] = size - point[across];
}

function lineOf(link: Link, boxes: Map<string, Box>, ranked: Ranked, direction: Direction): Line {
  const [from, to] = [boxes.get(link.from) as Box, boxes.get(link.to) as Box];
  const isBack = link.isLoop;
  const between = isBack ? [] : ranked.edge(link.from, link.to).points.slice(1, -1);
  const points = isBack
    ? backwards(from, to, direction)
    : [leaving(from, direction), ...passing(between, from, to, direction), entering(to, direction)];
  return { ...link, points, isLabelled: false };
}

/** Only what lies between two ranks is kept: the middle of a short line would only bend it. */
function passing(points: Point[], from: Box, to: Box, direction: Direction): Point[] {
  const axis = direction === "down" ? "y" : "x";
  const [least, most] = [leaving(from, direction)[axis], entering(to, direction)[axis]];
  if (most - least <= BETWEEN_RANKS * 1.5) return [];
  return points.filter((point) => point[axis] > least && point[axis] < most);
}

const leaving = (box: Box, direction: Direction, aside = 0): Point =>
  direction === "down"
    ? { x: box.x + box.width / 2 + aside, y: box.y + box.height }
    : { x: box.x + box.width, y: box.y + box.height / 2 + aside };

const entering = (box: Box, direction: Direction, aside = 0): Point =>
  direction === "down"
    ? { x: box.x + box.width / 2 + aside, y: box.y }
    : { x: box.x, y: box.y + box.height / 2 + aside };

/** Beside the line that leads there; within one rank, to the neighbour or around those between. */
function backwards(from: Box, to: Box, direction: Direction): Point[] {
  const isDown = direction === "down";
  const start = entering(from, direction);
  const isSameRank = isDown
    ? overlaps(from.y, from.height, to.y, to.height)
    : overlaps(from.x, from.width, to.x, to.width);
  if (!isSameRank) return [entering(from, direction, BACK), leaving(to, direction, BACK)];
  const gap = isDown ? to.x - (from.x + from.width) : to.y - (from.y + from.height);
  if (gap >= 0 && gap <= GAP * 1.5) {
    return isDown
      ? [
          { x: from.x + from.width, y: from.y + from.height / 2 },
          { x: to.x, y: to.y + to.height / 2 },
        ]
      : [
          { x: from.x + from.width / 2, y: from.y + from.height },
          { x: to.x + to.width / 2, y: to.y },
        ];
  }
  const end = entering(to, direction);
  const [first, last] = isDown
    ? [
        { x: start.x + BACK, y: start.y },
        { x: end.x - BACK, y: end.y },
      ]
    : [
        { x: start.x, y: start.y + BACK },
        { x: end.x, y: end.y - BACK },
      ];
  const lead = BETWEEN_RANKS * 0.45;
  return isDown
    ? [
        first,
        { x: first.x, y: Math.min(first.y, last.y) - lead },
        { x: last.x, y: Math.min(first.y, last.y) - lead },
        last,
      ]
    : [
        first,
        { x: Math.min(first.x, last.x) - lead, y: first.y },
        { x: Math.min(first.x, last.x) - lead, y: last.y },
        last,
      ];
}

const overlaps = (a: number, aSize: number, b: number, bSize: number): boolean =>
  a < b + bSize && b < a + aSize;

/** Of lines that say the same, one says it: the first, of those that lead back the last, so that both can be read. */
function labelled(lines: Line[]): Line[] {
  const alike = grouped(lines, (line) => `${line.kind} ${line.label} ${line.isLoop}`);
  const chosen = new Set([...alike.values()].map((group) => group.at(group[0]?.isLoop ? -1 : 0)));
  return lines.map((line) => ({ ...line, isLabelled: line.label !== "" && chosen.has(line) }));
}

function shifted(drawing: Drawing, by: Point): Drawing {
  const move = (point: Point) => ({ x: point.x + by.x, y: point.y + by.y });
  return {
    ...drawing,
    boxes: drawing.boxes.map((box) => ({ ...box, ...move(box) })),
    lines: drawing.lines.map((line) => ({ ...line, points: line.points.map(move) })),
  };
}
