// The edges of the drawing, and the legend that says what their forms mean.
import { useId } from "react";
import type { Direction, Line } from "./layout";
import { EDGES, type Head } from "./look";
import type { EdgeKind } from "./model";
import { curve, middle } from "./path";

const HEADS: Record<Head, { d: string; isFilled: boolean }> = {
  filled: { d: "M1 1 L9 5 L1 9 Z", isFilled: true },
  open: { d: "M1 1 L9 5 L1 9", isFilled: false },
  diamond: { d: "M1 5 L5 1.5 L9 5 L5 8.5 Z", isFilled: true },
};

export function Lines({
  lines,
  width,
  height,
  direction,
}: {
  lines: readonly Line[];
  width: number;
  height: number;
  direction: Direction;
}) {
  const id = useId();
  return (
    <svg
      aria-hidden="true"
      width={width}
      height={height}
      className="pointer-events-none absolute inset-0 overflow-visible text-edge"
    >
      <Markers id={id} />
      {lines.map((line) => (
        <Stroke
          key={`${line.from} ${line.to} ${line.kind}`}
          id={id}
          kind={line.kind}
          isLoop={line.isLoop}
          d={curve(line.points, direction, line.isLoop)}
        />
      ))}
    </svg>
  );
}

/** Words over lines and frames, so that no line runs through them. */
export function Labels({ lines }: { lines: readonly Line[] }) {
  return lines
    .filter((line) => line.isLabelled)
    .map((line) => {
      const { x, y } = middle(line.points, line.isLoop);
      return (
        <span
          key={`${line.from} ${line.to} ${line.kind}`}
          style={{ left: x, top: y }}
          className="pointer-events-none absolute -translate-1/2 rounded-sm bg-panel px-1 text-xs whitespace-nowrap text-muted"
        >
          {line.label}
        </span>
      );
    });
}

function Stroke({ id, kind, isLoop, d }: { id: string; kind: EdgeKind; isLoop: boolean; d: string }) {
  const { dash, width, head } = EDGES[kind];
  return (
    <path
      d={d}
      fill="none"
      stroke="currentColor"
      strokeWidth={width}
      strokeLinecap={dash ? "round" : undefined}
      strokeDasharray={dash || undefined}
      markerEnd={`url(#${id}${head})`}
      markerStart={isLoop ? `url(#${id}loop)` : undefined}
    />
  );
}

function Markers({ id }: { id: string }) {
  return (
    <defs>
      {Object.entries(HEADS).map(([head, { d, isFilled }]) => (
        <marker
          key={head}
          id={`${id}${head}`}
          viewBox="0 0 10 10"
          refX="9"
          refY="5"
          markerWidth="9"
          markerHeight="9"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d={d} fill={isFilled ? "currentColor" : "none"} stroke="currentColor" strokeWidth="1.5" />
        </marker>
      ))}
      <marker
        id={`${id}loop`}
        viewBox="0 0 10 10"
        refX="5"
        refY="5"
        markerWidth="8"
        markerHeight="8"
        markerUnits="userSpaceOnUse"
      >
        <circle cx="5" cy="5" r="3.5" className="fill-panel" stroke="currentColor" strokeWidth="1.5" />
      </marker>
    </defs>
  );
}

export function Legend({ lines }: { lines: readonly Line[] }) {
  const id = useId();
  const kinds = [...new Set(lines.map((line) => line.kind))];
  if (kinds.length === 0) return null;
  return (
    <ul aria-label="What the lines mean" className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {kinds.map((kind) => (
        <Sample key={kind} id={id} kind={kind} text={EDGES[kind].name} />
      ))}
      {lines.some((line) => line.isLoop) && (
        <Sample id={id} kind="work" isLoop text="leads back, for another round" />
      )}
    </ul>
  );
}

function Sample({
  id,
  kind,
  isLoop = false,
  text,
}: {
  id: string;
  kind: EdgeKind;
  isLoop?: boolean;
  text: string;
}) {
  const own = `${id}${kind}${isLoop}`;
  return (
    <li className="flex items-center gap-1.5">
      <svg aria-hidden="true" width="34" height="12" className="shrink-0 text-edge">
        <Markers id={own} />
        <Stroke id={own} kind={kind} isLoop={isLoop} d={isLoop ? "M5 6 L22 6" : "M1 6 L32 6"} />
      </svg>
      {text}
    </li>
  );
}
