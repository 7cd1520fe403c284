// The two charts of the overview, drawn on canvas: how deep the queue was, and how runs ended. Loaded when they are needed.
import { type RefObject, useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "@/shell/theme";
import { type Bucket, depth, ended, said } from "./series";

interface Drawn {
  buckets: readonly Bucket[];
  seconds: number;
}

interface Line {
  name: string;
  /** A token of src/style.css. */
  colour: string;
  look: "line" | "bars";
}

const DEPTH: Line[] = [
  { name: "Queued", colour: "--queued", look: "line" },
  { name: "Under way", colour: "--running", look: "line" },
];
/** In the order of `ended`: the tallest is drawn first. */
const ENDED: Line[] = [
  { name: "Cancelled", colour: "--edge", look: "bars" },
  { name: "Failed", colour: "--failed", look: "bars" },
  { name: "Completed", colour: "--done", look: "bars" },
];

export function Charts({ buckets, seconds }: Drawn) {
  const [index, setIndex] = useState<number | null>(null);
  const bucket = index === null ? undefined : buckets[index];
  return (
    <div className="flex flex-col gap-3">
      <Chart title="Queue" lines={DEPTH} data={depth(buckets, seconds)} point={setIndex} />
      <Chart title="Ended runs" lines={ENDED} data={ended(buckets, seconds)} point={setIndex} />
      <p className="min-h-5 text-sm text-muted">{bucket && said(bucket, seconds)}</p>
    </div>
  );
}

function Chart({
  title,
  lines,
  data,
  point,
}: {
  title: string;
  lines: Line[];
  data: number[][];
  point: (index: number | null) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  usePlot(place, lines, data, point);
  return (
    <figure aria-label={title}>
      <figcaption className="mb-1 flex flex-wrap items-center justify-between gap-x-4 text-sm">
        <span className="font-medium">{title}</span>
        <span className="flex gap-3 text-muted">
          {lines.toReversed().map(({ name, colour, look }) => (
            <span key={name} className="flex items-center gap-1.5">
              <span
                aria-hidden
                className={look === "bars" ? "size-2.5 rounded-sm" : "h-0.5 w-3.5 rounded-full"}
                style={{ background: `var(${colour})` }}
              />
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={place} aria-hidden className="h-32 overflow-hidden" />
    </figure>
  );
}

/** Made again for another theme, for its colours are painted; otherwise only its data and its size change. */
function usePlot(
  place: RefObject<HTMLDivElement | null>,
  lines: Line[],
  data: number[][],
  point: (index: number | null) => void,
) {
  const { isDark } = useTheme();
  const plot = useRef<uPlot>(null);
  const latest = useRef(data);
  latest.current = data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read anew when the theme changes
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(options(element, lines, point), latest.current as uPlot.AlignedData, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(sizeOf(element)));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [place, lines, point, isDark]);
  useEffect(() => plot.current?.setData(data as uPlot.AlignedData), [data]);
}

const sizeOf = (element: HTMLElement) => ({ width: element.clientWidth, height: element.clientHeight });

function options(element: HTMLElement, lines: Line[], point: (index: number | null) => void): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--muted"),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    ...sizeOf(element),
    legend: { show: false },
    padding: [6, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    hooks: { setCursor: [(plot) => point(plot.cursor.idx ?? null)] },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(2, Math.ceil(max * 1.1))] } },
    axes: [
      { ...axis, grid: { show: false }, size: 24, space: 70, values: (_plot, at) => at.map(hour) },
      { ...axis, size: 32, space: 32, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000] },
    ],
    series: [{}, ...lines.map((line) => series(line, colour))],
  };
}

function series({ colour: name, look }: Line, colour: (name: string) => string): uPlot.Series {
  const bars = uPlot.paths.bars?.({ size: [0.7, 24] });
  if (look === "bars" && bars)
    return { stroke: colour(name), fill: colour(name), width: 0, paths: bars, points: { show: false } };
  return { stroke: colour(name), width: 1.5, points: { show: false } };
}

const hour = (seconds: number): string => {
  const date = new Date(seconds * 1000);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  return isMidnight
    ? date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric" })
    : date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
};
