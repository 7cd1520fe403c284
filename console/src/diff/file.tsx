// One file of a diff: what became of it, how much of it changed, and its lines unless it is closed.
import { ChevronDown, ChevronRight } from "lucide-react";
import { memo, useMemo } from "react";
import { names } from "@/format/names";
import { bytes } from "@/format/number";
import { Copy } from "@/ui/copy";
import { Visible } from "@/ui/visible";
import { Block, type Shape } from "./block";
import type { PatchFile } from "./patch";
import { Counts, kindOf } from "./signs";

interface Shown {
  file: PatchFile;
  lines: readonly string[];
  place: number;
  isOpen: boolean;
  shape: Shape;
  toggle: (place: number) => void;
}

export const File = memo(function File({ file, lines, place, isOpen, shape, toggle }: Shown) {
  return (
    <article aria-label={file.path} id={anchorOf(place)} className="scroll-mt-16 rounded-lg border bg-panel">
      <div
        className={names(
          "sticky top-13 z-10 flex items-center gap-2 bg-panel py-1 pr-2 pl-1",
          isOpen ? "rounded-t-lg border-b" : "rounded-lg",
        )}
      >
        <button
          type="button"
          data-file={place}
          aria-expanded={isOpen}
          className="flex min-h-8 min-w-0 flex-1 items-center gap-2 rounded-md px-1.5 text-left hover:bg-sunken"
          onClick={() => toggle(place)}
        >
          {isOpen ? (
            <ChevronDown aria-hidden className="size-4 shrink-0 text-muted" />
          ) : (
            <ChevronRight aria-hidden className="size-4 shrink-0 text-muted" />
          )}
          <span className="min-w-0 font-mono text-sm">
            {file.kind === "renamed" || file.kind === "copied" ? (
              <>
                <Visible text={file.oldPath} /> →{" "}
              </>
            ) : null}
            <Visible text={file.path} />
          </span>
          <span className="text-xs whitespace-nowrap text-muted">{kindOf(file)}</span>
        </button>
        <Counts added={file.added} removed={file.removed} />
        <Copy text={file.path} label={`Copy the path ${file.path}`} />
      </div>
      {isOpen && <Body file={file} lines={lines} shape={shape} />}
    </article>
  );
});

export const anchorOf = (place: number): string => `file-${place}`;

function Body({ file, lines, shape }: { file: PatchFile; lines: readonly string[]; shape: Shape }) {
  return (
    <>
      <Modes file={file} />
      {file.isBinary && (
        <p className="px-4 py-2 text-muted">
          A binary file{file.newSize !== null && ` of ${bytes(file.newSize)}`}: its content is not shown.
        </p>
      )}
      {!file.isBinary && file.blocks.length === 0 && (
        <p className="px-4 py-2 text-muted">
          {file.kind === "changed" ? "No line of it has changed." : "The file is empty."}
        </p>
      )}
      <Lines file={file} lines={lines} shape={shape} />
    </>
  );
}

function Lines({ file, lines, shape }: { file: PatchFile; lines: readonly string[]; shape: Shape }) {
  const isOneSided = file.kind === "added" || file.kind === "deleted";
  const own = useMemo(() => (isOneSided ? { ...shape, isSplit: false } : shape), [isOneSided, shape]);
  const isWide = !(own.isWrapped || own.isSplit);
  const blocks = file.blocks.map((block) => (
    <div key={block.from}>
      {block.heading && (
        <p className="border-y bg-sunken px-3 font-mono text-xs leading-6 text-muted first:border-t-0">
          <Visible text={block.heading} />
        </p>
      )}
      <Block lines={lines} block={block} path={file.path} shape={own} />
    </div>
  ));
  if (!isWide) return <div className="overflow-hidden rounded-b-lg">{blocks}</div>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset groups controls, and this is text
    <div
      role="group"
      aria-label={`Lines of ${file.path}, scrolls sideways`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="overflow-x-auto rounded-b-lg"
    >
      {blocks}
    </div>
  );
}

const TYPES: Record<string, string> = {
  "100644": "an ordinary file",
  "100755": "an executable file",
  "120000": "a symbolic link",
  "160000": "a submodule",
};

const named = (mode: string): string => TYPES[mode] ?? `of mode ${mode}`;

/** What a file is, where that changes or is not ordinary. */
function Modes({ file: { oldMode, newMode, kind } }: { file: PatchFile }) {
  const mode = newMode ?? oldMode;
  if (!mode || (oldMode === newMode && mode === "100644")) return null;
  const hasChanged = kind === "changed" && oldMode !== null && newMode !== null && oldMode !== newMode;
  if (!hasChanged && mode === "100644") return null;
  return (
    <p className="border-b bg-waiting-soft px-4 py-1.5 text-sm text-waiting">
      {hasChanged
        ? `It was ${named(oldMode)} and becomes ${named(newMode)} (mode ${oldMode} to ${newMode}).`
        : `It is ${named(mode)} (mode ${mode}).`}
    </p>
  );
}
