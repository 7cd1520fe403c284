// Some lines of a file's change, drawn when they come into view and given up when they are far away, so that long diffs stay light.
import { memo, startTransition, useEffect, useMemo, useRef, useState } from "react";
import { names } from "@/format/names";
import type { Block as Lines } from "./patch";
import { pairsOf, type Row, rowsOf } from "./rows";
import { LineText } from "./text";

export interface Shape {
  isSplit: boolean;
  isWrapped: boolean;
  isSpaced: boolean;
  /** Draw what is in view alone. */
  isLazy: boolean;
}

interface Drawn {
  lines: readonly string[];
  block: Lines;
  path: string;
  shape: Shape;
}

const ROW_PIXELS = 20;
const AHEAD = "900px 0px";

export const Block = memo(function Block({ lines, block, path, shape }: Drawn) {
  const ref = useRef<HTMLDivElement>(null);
  const [isNear, setIsNear] = useState(!shape.isLazy);
  const height = useRef((block.to - block.from) * ROW_PIXELS);
  useEffect(() => {
    const element = ref.current;
    if (!shape.isLazy || !element) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry) return;
        if (!entry.isIntersecting && element.firstChild) height.current = entry.boundingClientRect.height;
        startTransition(() => setIsNear(entry.isIntersecting));
      },
      { rootMargin: AHEAD },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [shape.isLazy]);
  return (
    <div ref={ref} className="[contain:layout_style]" style={isNear ? undefined : { height: height.current }}>
      {isNear && <Rows lines={lines} block={block} path={path} shape={shape} />}
    </div>
  );
});

function Rows({ lines, block, path, shape }: Drawn) {
  const rows = useMemo(() => rowsOf(lines, block), [lines, block]);
  return (
    <table
      aria-label={`Lines of ${path}`}
      className={names(
        "min-w-full border-collapse font-mono text-sm",
        shape.isWrapped || shape.isSplit ? "w-full table-fixed" : "w-max",
      )}
    >
      <tbody className={shape.isWrapped || shape.isSplit ? "whitespace-pre-wrap" : "whitespace-pre"}>
        {shape.isSplit ? <Split rows={rows} shape={shape} /> : <Unified rows={rows} shape={shape} />}
      </tbody>
    </table>
  );
}

const NUMBER = "w-12 max-sm:w-9 px-1.5 max-sm:px-1 text-right align-top text-xs leading-5 select-none";
const SIGN = "w-5 text-center align-top select-none";
const FILL: Record<Row["kind"], string> = {
  same: "",
  added: "bg-done-soft",
  removed: "bg-failed-soft",
  note: "bg-sunken text-muted",
};
const FAINT: Record<Row["kind"], string> = {
  same: "text-faint",
  added: "text-done",
  removed: "text-failed",
  note: "",
};
const SIGNS: Record<Row["kind"], string> = { same: "", added: "+", removed: "-", note: "" };

function Unified({ rows, shape }: { rows: Row[]; shape: Shape }) {
  return rows.map((row) => (
    <tr key={keyOf(row)} className={FILL[row.kind]}>
      <td className={names(NUMBER, FAINT[row.kind])}>{row.old}</td>
      <td className={names(NUMBER, FAINT[row.kind])}>{row.new}</td>
      <td className={names(SIGN, FAINT[row.kind])}>{SIGNS[row.kind]}</td>
      <td className="pr-3 break-words">
        <LineText row={row} isSpaced={shape.isSpaced} />
      </td>
    </tr>
  ));
}

function Split({ rows, shape }: { rows: Row[]; shape: Shape }) {
  return pairsOf(rows).map(([left, right]) => (
    <tr key={`${left ? keyOf(left) : ""} ${right ? keyOf(right) : ""}`}>
      <Half row={left} number={left?.old} isSpaced={shape.isSpaced} />
      <Half row={right} number={right?.new} isSpaced={shape.isSpaced} isRight />
    </tr>
  ));
}

function Half({
  row,
  number,
  isSpaced,
  isRight = false,
}: {
  row: Row | null;
  number: number | null | undefined;
  isSpaced: boolean;
  isRight?: boolean;
}) {
  const fill = row ? FILL[row.kind] : "bg-sunken";
  const faint = row ? FAINT[row.kind] : "";
  return (
    <>
      <td className={names(NUMBER, fill, faint, isRight && "border-l")}>{number}</td>
      <td className={names(SIGN, fill, faint)}>{row && SIGNS[row.kind]}</td>
      <td className={names("pr-2 align-top break-words", fill)}>
        {row && <LineText row={row} isSpaced={isSpaced} />}
      </td>
    </>
  );
}

/** A note stands once on each side at most, so that its text and its neighbour tell it. */
const keyOf = (row: Row): string => `${row.kind}${row.old ?? ""}:${row.new ?? ""}`;
