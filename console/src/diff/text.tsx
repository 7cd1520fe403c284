// The text of one line, as text: what cannot be seen is shown, and what is far too long is cut until somebody wants it.
import { memo, type ReactNode, useState } from "react";
import { Visible } from "@/ui/visible";
import type { Row } from "./rows";

const LONGEST_LINE = 2_000;

/** `isSpaced`: spaces, tabs and carriage returns are drawn. */
export const LineText = memo(function LineText({ row, isSpaced }: { row: Row; isSpaced: boolean }) {
  const [isWhole, setIsWhole] = useState(false);
  const isCut = !isWhole && row.text.length > LONGEST_LINE;
  const end = isCut ? LONGEST_LINE : row.text.length;
  return (
    <>
      <Pieces row={row} end={end} isSpaced={isSpaced} />
      {isCut && (
        <button
          type="button"
          className="mx-1 min-h-6 rounded-sm bg-waiting-soft px-1 font-sans text-xs text-waiting"
          onClick={() => setIsWhole(true)}
        >
          Show {(row.text.length - end).toLocaleString("en")} more characters of this line
        </button>
      )}
    </>
  );
});

function Pieces({ row, end, isSpaced }: { row: Row; end: number; isSpaced: boolean }) {
  const isChanged = row.kind !== "same";
  const piece = (from: number, to: number): ReactNode => (
    <Visible text={spelled(row.text.slice(from, Math.min(to, end)), isSpaced, isChanged)} />
  );
  if (!row.edit || row.edit[0] >= end) return piece(0, end);
  const [from, to] = row.edit;
  return (
    <>
      {piece(0, from)}
      <mark className={row.kind === "added" ? MARKED.added : MARKED.removed}>{piece(from, to)}</mark>
      {piece(to, end)}
    </>
  );
}

const MARKED = { added: "rounded-sm bg-done/30 text-ink", removed: "rounded-sm bg-failed/30 text-ink" };

/** A changed line shows how it ends: else one that only gained a carriage return would look unchanged. */
function spelled(text: string, isSpaced: boolean, isChanged: boolean): string {
  const ended = isSpaced || isChanged ? text.replace(/\r$/, "␍") : text;
  return isSpaced ? ended.replaceAll(" ", "·").replaceAll("\t", "→\t") : ended;
}
