// The curve through the points of a line. Pure.
import type { Direction, Point } from "./layout";

/** It leaves and enters along the direction of the drawing; points given by `isAround` are the corners of a way around. */
export function curve(points: readonly Point[], direction: Direction, isAround = false): string {
  const [first, ...rest] = points;
  if (!first) return "";
  if (isAround && points.length === 4) {
    const [, one, two, last] = points as [Point, Point, Point, Point];
    return `M${at(first)} C${at(one)} ${at(two)} ${at(last)}`;
  }
  let from = first;
  const parts = rest.map((to) => {
    const part = bend(from, to, direction);
    from = to;
    return part;
  });
  return `M${at(first)} ${parts.join(" ")}`;
}

function bend(from: Point, to: Point, direction: Direction): string {
  if (Math.abs(from.x - to.x) < 1 || Math.abs(from.y - to.y) < 1) return `L${at(to)}`;
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  return direction === "down"
    ? `C${at({ x: from.x, y })} ${at({ x: to.x, y })} ${at(to)}`
    : `C${at({ x, y: from.y })} ${at({ x, y: to.y })} ${at(to)}`;
}

/** Where a label stands: the middle of the line. */
export function middle(points: readonly Point[], isAround = false): Point {
  const weights = isAround && points.length === 4 ? [1, 3, 3, 1] : weightsOf(points.length);
  const sum = weights.reduce((total, each) => total + each, 0);
  const mean = (axis: "x" | "y") =>
    points.reduce((total, point, at) => total + point[axis] * (weights[at] ?? 0), 0) / sum;
  return { x: mean("x"), y: mean("y") };
}

/** The one in the middle, or the two around it. */
const weightsOf = (count: number): number[] =>
  Array.from({ length: count }, (_, at) => (Math.abs(at - (count - 1) / 2) < 1 ? 1 : 0));

const at = ({ x, y }: Point): string => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
