// A whole diff: its files listed with their counts, then each with its lines. `[` and `]` go from file to file.
import { Columns2, Rows3, WrapText } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { names } from "@/format/names";
import { plural } from "@/format/number";
import { useKeys } from "@/shell/keys";
import { Button } from "@/ui/button";
import { Visible } from "@/ui/visible";
import type { Shape } from "./block";
import { anchorOf, File } from "./file";
import { type Patch, type PatchFile, parsePatch } from "./patch";
import { Counts, kindOf } from "./signs";

const OPEN_FILES = 20;
const LARGEST_OPEN = 500;
const AT_ONCE = 300;
const EAGER_LINES = 1_000;

/** The text of a diff. Which files are open belongs to this text: another one needs another `key`. */
export default function DiffView({ text }: { text: string }) {
  const patch = useMemo(() => parsePatch(text), [text]);
  const [shape, setShape] = useShape(patch);
  const [isOpen, toggle, openOne] = useOpenFiles(patch);
  const [limit, setLimit] = useState(AT_ONCE);
  const shown = patch.files.slice(0, limit);
  useFileKeys();
  return (
    <div className="@container flex min-w-0 flex-col gap-3">
      <Toolbar patch={patch} shape={shape} onChange={setShape} />
      {patch.unread.length > 0 && <Unread lines={patch.unread} />}
      <div className="grid min-w-0 gap-3 @5xl:grid-cols-[16rem_minmax(0,1fr)]">
        {patch.files.length > 1 && <Files files={shown} onJump={openOne} />}
        <div className={names("flex min-w-0 flex-col gap-3", patch.files.length === 1 && "col-span-full")}>
          {shown.map((file, place) => (
            <File
              // biome-ignore lint/suspicious/noArrayIndexKey: a path can come twice, its place cannot
              key={place}
              file={file}
              lines={patch.lines}
              place={place}
              isOpen={isOpen(place)}
              shape={shape}
              toggle={toggle}
            />
          ))}
          {patch.files.length > limit && (
            <Button onClick={() => setLimit(limit + AT_ONCE)}>
              Show more of the {plural(patch.files.length, "file")}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

function useShape(patch: Patch): [Shape, (change: Partial<Shape>) => void] {
  const [shape, setShape] = useState({ isSplit: false, isWrapped: true, isSpaced: false });
  const isLazy = patch.lines.length > EAGER_LINES;
  const whole = useMemo(() => ({ ...shape, isLazy }), [shape, isLazy]);
  return [whole, (change) => setShape((before) => ({ ...before, ...change }))];
}

type Places = (place: number) => void;

/** Closed at first: what is long, and what comes late. */
function useOpenFiles(patch: Patch): [(place: number) => boolean, Places, Places] {
  const [open, setOpen] = useState(() => openAtFirst(patch));
  const set = useCallback(
    (place: number, wanted?: boolean) =>
      setOpen((before) => {
        const after = new Set(before);
        if (wanted ?? !before.has(place)) after.add(place);
        else after.delete(place);
        return after;
      }),
    [],
  );
  const toggle = useCallback((place: number) => set(place), [set]);
  return [(place) => open.has(place), toggle, (place) => set(place, true)];
}

const openAtFirst = (patch: Patch): ReadonlySet<number> =>
  new Set(
    patch.files.flatMap((file, place) =>
      place < OPEN_FILES && file.added + file.removed <= LARGEST_OPEN ? [place] : [],
    ),
  );

function useFileKeys(): void {
  const go = (forward: boolean) => {
    const heads = [...document.querySelectorAll<HTMLElement>("[data-file]")];
    const at = heads.indexOf(document.activeElement as HTMLElement);
    const next = at >= 0 ? at + (forward ? 1 : -1) : firstInView(heads);
    const head = heads[Math.max(0, Math.min(next, heads.length - 1))];
    head?.closest("article")?.scrollIntoView({ block: "start" });
    head?.focus({ preventScroll: true });
  };
  useKeys([
    { keys: "]", does: "Next file of the diff", run: () => go(true) },
    { keys: "[", does: "Previous file of the diff", run: () => go(false) },
  ]);
}

const firstInView = (heads: HTMLElement[]): number =>
  Math.max(
    0,
    heads.findIndex((head) => head.getBoundingClientRect().top >= 0),
  );

function Toolbar({
  patch,
  shape,
  onChange,
}: {
  patch: Patch;
  shape: Shape;
  onChange: (change: Partial<Shape>) => void;
}) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <p className="flex items-center gap-3 text-muted">
        {plural(patch.files.length, "file")} <Counts added={patch.added} removed={patch.removed} />
      </p>
      <fieldset className="flex flex-wrap gap-1">
        <legend className="sr-only">How the diff is shown</legend>
        <span className="hidden @3xl:contents">
          <Toggle isOn={shape.isSplit} onClick={() => onChange({ isSplit: !shape.isSplit })}>
            {shape.isSplit ? (
              <Columns2 aria-hidden className="size-3.5" />
            ) : (
              <Rows3 aria-hidden className="size-3.5" />
            )}
            Side by side
          </Toggle>
        </span>
        <Toggle isOn={shape.isWrapped} onClick={() => onChange({ isWrapped: !shape.isWrapped })}>
          <WrapText aria-hidden className="size-3.5" />
          Wrap lines
        </Toggle>
        <Toggle isOn={shape.isSpaced} onClick={() => onChange({ isSpaced: !shape.isSpaced })}>
          Show spaces
        </Toggle>
      </fieldset>
    </div>
  );
}

function Toggle({
  isOn,
  onClick,
  children,
}: {
  isOn: boolean;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <Button
      look="quiet"
      aria-pressed={isOn}
      className={isOn ? "!bg-accent-soft !text-accent-ink" : ""}
      onClick={onClick}
    >
      {children}
    </Button>
  );
}

function Files({ files, onJump }: { files: readonly PatchFile[]; onJump: (place: number) => void }) {
  return (
    <nav
      aria-label="Files of the diff"
      className="max-h-48 min-w-0 overflow-y-auto rounded-lg border bg-panel p-1 @5xl:sticky @5xl:top-16 @5xl:max-h-[calc(100dvh-5rem)] @5xl:self-start"
    >
      <ul>
        {files.map((file, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a path can come twice, its place cannot
          <li key={place}>
            <a
              href={`#${anchorOf(place)}`}
              className="flex min-h-7 items-center justify-between gap-2 rounded-md px-2 py-0.5 hover:bg-sunken"
              onClick={(event) => {
                event.preventDefault();
                flushSync(() => onJump(place));
                const section = document.getElementById(anchorOf(place));
                section?.scrollIntoView({ block: "start" });
                section?.querySelector<HTMLElement>("[data-file]")?.focus({ preventScroll: true });
              }}
            >
              <span className="min-w-0 font-mono text-xs">
                <Visible text={file.path} />
                {kindOf(file) && <span className="font-sans text-muted"> {kindOf(file)}</span>}
              </span>
              <Counts added={file.added} removed={file.removed} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Unread({ lines }: { lines: readonly string[] }) {
  return (
    <details className="rounded-lg border border-waiting bg-waiting-soft p-3 text-waiting">
      <summary>{plural(lines.length, "line")} of the diff belong to no file</summary>
      <pre className="max-h-60 overflow-auto font-mono text-sm whitespace-pre-wrap">
        <Visible text={lines.slice(0, 1000).join("\n")} />
      </pre>
    </details>
  );
}
