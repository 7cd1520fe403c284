// That nothing overlaps, everything lies in what it stands in, and lines go from edge to edge.
import { describe, expect, it } from "vitest";
import type { Graph } from "@/api/queries";
import { type Box, type Direction, type Drawing, fitting, laidOut, scaleTo } from "./layout";
import { type Item, itemsOf } from "./model";
import { agent, article, crowd, debate, graph } from "./sample";

const all = (item: Item) => item.inner.length > 0;
const none = () => false;
const draw = (graph: Graph, direction: Direction, isOpen = all) =>
  laidOut(graph, itemsOf(graph), isOpen, direction);
const boxOf = (drawing: Drawing, id: string): Box => {
  const box = drawing.boxes.find((each) => each.item.id === id);
  if (!box) throw new Error(`${id} is not drawn`);
  return box;
};
const isIn = (inner: Box, outer: { x: number; y: number; width: number; height: number }) =>
  inner.x >= outer.x - 0.5 &&
  inner.y >= outer.y - 0.5 &&
  inner.x + inner.width <= outer.x + outer.width + 0.5 &&
  inner.y + inner.height <= outer.y + outer.height + 0.5;
const meet = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const CASES: [string, Graph][] = [
  ["parts", article],
  ["a debate", debate],
  ["an opened stack", crowd(24)],
];

describe.each(["down", "across"] as const)("%s", (direction) => {
  it.each(CASES)("leaves none of %s on another", (_, of) => {
    const leaves = draw(of, direction).boxes.filter((box) => !box.isFrame);
    for (const [at, box] of leaves.entries()) {
      expect(leaves.slice(at + 1).filter((other) => meet(box, other))).toEqual([]);
    }
  });

  it.each(CASES)("draws all of %s within the drawing and its frame", (_, of) => {
    const drawing = draw(of, direction);
    expect(drawing.boxes).toHaveLength(of.nodes.length + (of.nodes.length > 20 ? 1 : 0));
    for (const box of drawing.boxes) {
      expect(isIn(box, { x: 0, y: 0, ...drawing })).toBe(true);
      for (const inner of box.isFrame ? box.item.inner : []) {
        expect(isIn(boxOf(drawing, inner.id), box)).toBe(true);
      }
    }
  });

  it("goes from the task to the output", () => {
    const drawing = draw(article, direction);
    const [axis, order] = [
      direction === "down" ? ("y" as const) : ("x" as const),
      ["BEGIN", "research", "review", "END"],
    ];
    const places = order.map((id) => boxOf(drawing, id)[axis]);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it("leaves room for the title of a frame", () => {
    const drawing = draw(article, direction);
    for (const frame of drawing.boxes.filter((box) => box.isFrame)) {
      for (const { id } of frame.item.inner) expect(boxOf(drawing, id).y - frame.y).toBeGreaterThan(40);
    }
  });

  it("puts the output behind those who hand their work back", () => {
    const crew = graph(
      [agent("ann", "coordinator"), agent("bob", "workers")],
      [
        { from: "BEGIN", to: "ann" },
        { from: "ann", to: "bob", kind: "assignment" },
        { from: "bob", to: "ann", is_loop: true },
        { from: "ann", to: "END" },
      ],
    );
    const axis = direction === "down" ? "y" : "x";
    const drawing = draw(crew, direction);
    expect(boxOf(drawing, "END")[axis]).toBeGreaterThan(boxOf(drawing, "bob")[axis]);
    const long = drawing.lines.find((line) => line.to === "END");
    const bob = boxOf(drawing, "bob");
    const passing = long?.points.slice(1, -1) ?? [];
    expect(passing.length).toBeGreaterThan(0);
    expect(passing.filter((point) => isInside(point, bob))).toEqual([]);
  });

  it("keeps those beside each other in the order of the API", () => {
    const drawing = draw(debate, direction);
    const across = direction === "down" ? "x" : "y";
    const places = ["ann", "bob", "cid"].map((id) => boxOf(drawing, id)[across]);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    const along = direction === "down" ? "y" : "x";
    expect(new Set(["ann", "bob", "cid"].map((id) => boxOf(drawing, id)[along])).size).toBe(1);
  });

  it("begins and ends each line at the rim of its boxes", () => {
    const drawing = draw(article, direction);
    for (const line of drawing.lines) {
      const [from, to] = [boxOf(drawing, line.from), boxOf(drawing, line.to)];
      expect(isOnRim(line.points[0], from), `${line.from} to ${line.to} begins`).toBe(true);
      expect(isOnRim(line.points.at(-1), to), `${line.from} to ${line.to} ends`).toBe(true);
    }
  });
});

const isInside = (point: { x: number; y: number }, box: Box): boolean =>
  point.x > box.x && point.x < box.x + box.width && point.y > box.y && point.y < box.y + box.height;

function isOnRim(point: { x: number; y: number } | undefined, box: Box): boolean {
  if (!point) return false;
  const near = (a: number, b: number) => Math.abs(a - b) < 0.5;
  const isBetween = (value: number, from: number, size: number) =>
    value >= from - 0.5 && value <= from + size + 0.5;
  const onSide = near(point.x, box.x) || near(point.x, box.x + box.width);
  const onTop = near(point.y, box.y) || near(point.y, box.y + box.height);
  return (onSide && isBetween(point.y, box.y, box.height)) || (onTop && isBetween(point.x, box.x, box.width));
}

it("draws a closed stack as one box", () => {
  expect(draw(crowd(24), "across", none).boxes.map((box) => box.item.id)).toEqual([
    "BEGIN",
    "#members",
    "dot",
    "END",
  ]);
});

it("says of lines that say the same only once what they say", () => {
  const labelled = draw(debate, "down").lines.filter((line) => line.isLabelled);
  expect(labelled.map(({ from, to, label }) => `${from} ${to} ${label}`)).toEqual(["cid ann positions"]);
});

it("takes the direction in which more can be read", () => {
  const items = itemsOf(article);
  expect(fitting(article, items, all, 700).direction).toBe("down");
  expect(fitting(crowd(24), itemsOf(crowd(24)), none, 900).direction).toBe("across");
});

it("is never larger than it is, and never too small to be read", () => {
  const drawing = draw(article, "across");
  expect(scaleTo(drawing, drawing.width * 3)).toBe(1);
  expect(scaleTo(drawing, drawing.width * 0.8)).toBeCloseTo(0.8);
  expect(scaleTo(drawing, 10)).toBe(0.5);
});

it("lays out the two hundred of a slot in less than a second", () => {
  const graph = crowd(200);
  const begun = performance.now();
  fitting(graph, itemsOf(graph), all, 800);
  expect(performance.now() - begun).toBeLessThan(1_000);
});
