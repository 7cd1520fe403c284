// How much a diff adds and removes, and what became of a file, in few characters.
import type { PatchFile } from "./patch";

export function Counts({ added, removed }: { added: number; removed: number }) {
  return (
    <span className="inline-flex gap-1.5 font-mono text-xs whitespace-nowrap">
      <span className="text-done">
        +{added.toLocaleString("en")}
        <span className="sr-only"> added</span>
      </span>
      <span className="text-failed">
        -{removed.toLocaleString("en")}
        <span className="sr-only"> removed</span>
      </span>
    </span>
  );
}

export function kindOf({ kind, isBinary, oldMode, newMode }: PatchFile): string {
  const words: string[] = kind === "changed" ? [] : [kind];
  if (isBinary) words.push("binary");
  if (kind === "changed" && oldMode !== newMode) words.push("mode");
  if (newMode === "120000") words.push("link");
  return words.join(", ");
}
