// Reads what git diff writes. Lines are counted by the hunks' own numbers, never by how they look, and nothing is left out unsaid:
// what is approved must be what was shown.
import { pathsOf, unquoted } from "./paths";

export type Kind = "added" | "deleted" | "changed" | "renamed" | "copied";

/** A piece of a hunk that is small enough to be drawn at once: the lines `from` up to but not including `to`. */
export interface Block {
  /** The hunk's line `@@ … @@`, before its first block only. */
  heading: string | null;
  from: number;
  to: number;
  oldStart: number;
  newStart: number;
}

export interface PatchFile {
  path: string;
  oldPath: string;
  kind: Kind;
  /** As git writes them, such as 100644; null where nothing is said. */
  oldMode: string | null;
  newMode: string | null;
  isBinary: boolean;
  /** Bytes of a binary file, where the diff holds it whole. */
  newSize: number | null;
  blocks: Block[];
  added: number;
  removed: number;
}

export interface Patch {
  lines: string[];
  files: PatchFile[];
  added: number;
  removed: number;
  /** Lines that are no part of any file's change. */
  unread: string[];
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const BINARY_PIECE = /^(literal|delta) (\d+)$/;
const BLOCK_LINES = 50;
const LONGEST_BLOCK = 100;

export function parsePatch(text: string): Patch {
  return new Reader(text).read();
}

class Reader {
  private readonly lines: string[];
  private readonly files: PatchFile[] = [];
  private readonly unread: string[] = [];
  private at = 0;

  constructor(text: string) {
    this.lines = text.split("\n");
    if (this.lines.at(-1) === "") this.lines.pop();
  }

  read(): Patch {
    while (this.at < this.lines.length) {
      const line = this.line;
      if (line.startsWith("diff --git ")) {
        this.at += 1;
        this.file(pathsOf(line));
      } else if (this.beginsPlainFile()) {
        this.file(["", ""]);
      } else {
        this.unread.push(line);
        this.at += 1;
      }
    }
    const sum = (side: "added" | "removed") => this.files.reduce((total, file) => total + file[side], 0);
    return {
      lines: this.lines,
      files: this.files,
      added: sum("added"),
      removed: sum("removed"),
      unread: this.unread,
    };
  }

  private get line(): string {
    return this.lines[this.at] ?? "";
  }

  private beginsPlainFile(): boolean {
    return this.line.startsWith("--- ") && (this.lines[this.at + 1] ?? "").startsWith("+++ ");
  }

  private file([oldPath, path]: [string, string]): void {
    const file: PatchFile = {
      path,
      oldPath,
      kind: "changed",
      oldMode: null,
      newMode: null,
      isBinary: false,
      newSize: null,
      blocks: [],
      added: 0,
      removed: 0,
    };
    this.files.push(file);
    while (this.at < this.lines.length && !this.endsHeader()) {
      const line = this.line;
      this.at += 1;
      if (line === "GIT binary patch") this.binary(file);
      else if (!header(file, line)) this.unread.push(line);
      if (line.startsWith("+++ ")) break;
    }
    while (HUNK.test(this.line)) this.hunk(file);
  }

  private endsHeader(): boolean {
    return this.line.startsWith("diff --git ") || HUNK.test(this.line);
  }

  private binary(file: PatchFile): void {
    file.isBinary = true;
    let piece = BINARY_PIECE.exec(this.line);
    let isFirst = true;
    while (piece) {
      if (isFirst && piece[1] === "literal") file.newSize = Number(piece[2]);
      isFirst = false;
      this.at += 1;
      while (this.at < this.lines.length && this.line !== "" && !this.line.includes(" ")) this.at += 1;
      if (this.line === "") this.at += 1;
      piece = BINARY_PIECE.exec(this.line);
    }
  }

  private hunk(file: PatchFile): void {
    const [heading = "", oldStart, oldCount = "1", newStart, newCount = "1"] = HUNK.exec(this.line) ?? [];
    const whole = this.line;
    this.at += 1;
    const position = { old: Number(oldStart), new: Number(newStart) };
    const left = { old: Number(oldCount), new: Number(newCount) };
    let block = this.block(file, heading ? whole : null, position);
    while (this.at < this.lines.length && this.takes(left)) {
      const sign = this.line[0];
      if (isFull(block, this.at, sign)) block = this.block(file, null, position);
      count(file, sign);
      if (sign !== "+" && sign !== "\\") step("old", left, position);
      if (sign !== "-" && sign !== "\\") step("new", left, position);
      this.at += 1;
      block.to = this.at;
    }
  }

  private takes(left: { old: number; new: number }): boolean {
    const sign = this.line[0];
    if (sign === "\\") return true;
    if (sign === "+") return left.new > 0;
    if (sign === "-") return left.old > 0;
    return (sign === " " || this.line === "") && left.old > 0 && left.new > 0;
  }

  private block(file: PatchFile, heading: string | null, position: { old: number; new: number }): Block {
    const block = { heading, from: this.at, to: this.at, oldStart: position.old, newStart: position.new };
    file.blocks.push(block);
    return block;
  }
}

type Both = { old: number; new: number };

function step(side: "old" | "new", left: Both, position: Both): void {
  left[side] -= 1;
  position[side] += 1;
}

function count(file: PatchFile, sign: string | undefined): void {
  if (sign === "+") file.added += 1;
  else if (sign === "-") file.removed += 1;
}

/** Where nothing changed is a good place to cut: removed and added lines stay together. */
function isFull(block: Block, at: number, sign: string | undefined): boolean {
  const length = at - block.from;
  if (sign === "\\") return false;
  return length >= LONGEST_BLOCK || (length >= BLOCK_LINES && sign === " ");
}

type Take = (file: PatchFile, rest: string) => void;

const HEADERS: [string, Take][] = [
  [
    "old mode ",
    (file, mode) => {
      file.oldMode = mode;
    },
  ],
  [
    "new mode ",
    (file, mode) => {
      file.newMode = mode;
    },
  ],
  ["new file mode ", (file, mode) => Object.assign(file, { kind: "added", newMode: mode })],
  ["deleted file mode ", (file, mode) => Object.assign(file, { kind: "deleted", oldMode: mode })],
  ["rename from ", (file, path) => Object.assign(file, { kind: "renamed", oldPath: unquoted(path) })],
  ["rename to ", (file, path) => Object.assign(file, { kind: "renamed", path: unquoted(path) })],
  ["copy from ", (file, path) => Object.assign(file, { kind: "copied", oldPath: unquoted(path) })],
  ["copy to ", (file, path) => Object.assign(file, { kind: "copied", path: unquoted(path) })],
  ["similarity index ", () => {}],
  ["dissimilarity index ", () => {}],
  ["index ", indexLine],
  ["--- ", (file, said) => named(file, "oldPath", said)],
  ["+++ ", (file, said) => named(file, "path", said)],
  ["Binary files ", (file) => Object.assign(file, { isBinary: true })],
];

function header(file: PatchFile, line: string): boolean {
  const found = HEADERS.find(([start]) => line.startsWith(start));
  found?.[1](file, line.slice(found[0].length));
  return Boolean(found);
}

function indexLine(file: PatchFile, rest: string): void {
  const mode = rest.split(" ")[1];
  if (mode) Object.assign(file, { oldMode: mode, newMode: mode });
}

/** `a/path`, `"a/path with \"quotes\""`, or `/dev/null`; a tab follows a name that holds spaces. */
function named(file: PatchFile, side: "oldPath" | "path", said: string): void {
  const path = unquoted(said.split("\t")[0] ?? "");
  if (path === "/dev/null") {
    file.kind = side === "oldPath" ? "added" : "deleted";
    return;
  }
  const plain = /^[ab]\//.test(path) ? path.slice(2) : path;
  file[side] = plain;
  if (!file.path) file.path = plain;
  if (!file.oldPath) file.oldPath = plain;
}
