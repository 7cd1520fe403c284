// A pattern as a small picture, for people who look for one; the sentence beside it says the same.
import { useId } from "react";
import { PATTERNS, type Pattern } from "./patterns";

const RADIUS = 6;

export function PatternSketch({ of, className }: { of: Pattern; className?: string }) {
  const id = useId();
  const { nodes, lines, frames = [] } = PATTERNS[of].sketch;
  return (
    <svg aria-hidden="true" viewBox="0 0 120 60" width="120" height="60" className={className}>
      <defs>
        <marker id={id} viewBox="0 0 6 6" refX="5" refY="3" markerWidth="5" markerHeight="5" orient="auto">
          <path d="M0 0 L6 3 L0 6 Z" className="fill-edge" />
        </marker>
      </defs>
      {frames.map(([x, y, width, height]) => (
        <rect key={x} {...{ x, y, width, height }} rx="5" className="fill-sunken stroke-line" />
      ))}
      {lines.map(({ from, to, isLoop }) => (
        <path
          key={`${from} ${to}`}
          d={between(nodes[from], nodes[to], isLoop ?? false)}
          fill="none"
          strokeWidth="1.25"
          strokeDasharray={isLoop ? "3 2.5" : undefined}
          markerEnd={`url(#${id})`}
          className="stroke-edge"
        />
      ))}
      {nodes.map(([x, y]) => (
        <circle
          key={`${x} ${y}`}
          cx={x}
          cy={y}
          r={RADIUS}
          strokeWidth="1.5"
          className="fill-accent-soft stroke-accent"
        />
      ))}
    </svg>
  );
}

type Place = [number, number];

/** From rim to rim; a loop bows aside, so that it does not lie on the line the other way. */
function between(from: Place = [0, 0], to: Place = [0, 0], isLoop: boolean): string {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [x, y] = [dx / length, dy / length];
  const start = [from[0] + x * RADIUS, from[1] + y * RADIUS];
  const end = [to[0] - x * (RADIUS + 1.5), to[1] - y * (RADIUS + 1.5)];
  if (!isLoop) return `M${start.join(" ")} L${end.join(" ")}`;
  const bow = [(from[0] + to[0]) / 2 - y * 14, (from[1] + to[1]) / 2 + x * 14];
  return `M${start.join(" ")} Q${bow.join(" ")} ${end.join(" ")}`;
}
