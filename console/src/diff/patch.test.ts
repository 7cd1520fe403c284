// Real diffs of git, with the options of the API, are read whole: names, modes, binary files, and lines that look like something else.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Patch, parsePatch } from "./patch";

let place = "";
const git = (...args: string[]): string =>
  execFileSync("git", ["-C", place, "-c", "user.name=t", "-c", "user.email=t@example.invalid", ...args], {
    encoding: "utf8",
  });
function put(name: string, content: string | Buffer): void {
  mkdirSync(dirname(join(place, name)), { recursive: true });
  writeFileSync(join(place, name), content);
}

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "patch-"));
  git("init", "--quiet");
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function commit(): void {
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", "x");
}

function diff(...options: string[]): string {
  git("add", "--all");
  return git(
    "diff",
    "--cached",
    "--patch",
    "--binary",
    "--full-index",
    "--no-renames",
    "--no-color",
    ...options,
  );
}

const only = (patch: Patch) => {
  expect(patch.files).toHaveLength(1);
  const [file] = patch.files;
  if (!file) throw new Error("no file");
  return file;
};

test("a change is counted, and each line is in one block", () => {
  put("a.txt", "one\ntwo\nthree\n");
  commit();
  put("a.txt", "one\n2\nthree\nfour\n");
  const patch = parsePatch(diff());
  expect(only(patch)).toMatchObject({ path: "a.txt", kind: "changed", added: 2, removed: 1 });
  expect(patch).toMatchObject({ added: 2, removed: 1, unread: [] });
  const [block] = only(patch).blocks;
  expect(patch.lines.slice(block?.from, block?.to)).toEqual([" one", "-two", "+2", " three", "+four"]);
});

test("lines that look like headers are content", () => {
  put("a.txt", "-- a/other\n");
  put("b.txt", "x\n");
  commit();
  put("a.txt", "++ b/other\n@ -1 +1 @@\ndiff --git a/x b/x\n");
  const patch = parsePatch(diff());
  expect(patch.files.map(({ path }) => path)).toEqual(["a.txt"]);
  expect(patch).toMatchObject({ added: 3, removed: 1, unread: [] });
});

test.each([
  "with spaces b/x.txt",
  'quo"ted.txt',
  "für.txt",
  "tab\there.txt",
  "\u202egpj.exe",
  "back\\slash",
  " b",
])("the name %j is read whether the lines, the mode or nothing of it changes", (name) => {
  put(name, "x\n");
  const added = only(parsePatch(diff()));
  expect(added).toMatchObject({ path: name, kind: "added", newMode: "100644" });
  commit();
  chmodSync(join(place, name), 0o755);
  expect(only(parsePatch(diff()))).toMatchObject({
    path: name,
    oldPath: name,
    kind: "changed",
    oldMode: "100644",
    newMode: "100755",
  });
  git("reset", "--quiet", "--hard");
  put(name, Buffer.from([0, 1, 2, 255]));
  expect(only(parsePatch(diff()))).toMatchObject({ path: name, isBinary: true });
  git("reset", "--quiet", "--hard");
  rmSync(join(place, name));
  expect(only(parsePatch(diff()))).toMatchObject({ path: name, kind: "deleted", removed: 1 });
});

test("an empty file is added without a block", () => {
  put("empty", "");
  expect(only(parsePatch(diff()))).toMatchObject({ path: "empty", kind: "added", blocks: [] });
});

test("a binary file is followed by the next file, and nothing of it is taken for something else", () => {
  put("a.bin", Buffer.from(Array.from({ length: 3000 }, (_, place) => (place * 7919) % 256)));
  put("b.txt", "x\n");
  const patch = parsePatch(diff());
  expect(patch.files.map(({ path }) => path)).toEqual(["a.bin", "b.txt"]);
  expect(patch.files[0]).toMatchObject({ isBinary: true, newSize: 3000, kind: "added" });
  expect(patch.unread).toEqual([]);
});

test("a file that becomes a link is removed and added", () => {
  put("a", "x\n");
  commit();
  rmSync(join(place, "a"));
  symlinkSync("/etc/passwd", join(place, "a"));
  const patch = parsePatch(diff());
  expect(patch.files.map(({ kind, newMode }) => [kind, newMode])).toEqual([
    ["deleted", null],
    ["added", "120000"],
  ]);
});

test("a rename with a change is one file", () => {
  put("old name", `${"same\n".repeat(20)}x\n`);
  commit();
  git("mv", "old name", "new name");
  put("new name", `${"same\n".repeat(20)}y\n`);
  expect(only(parsePatch(git("diff", "HEAD", "--find-renames")))).toMatchObject({
    kind: "renamed",
    oldPath: "old name",
    path: "new name",
    added: 1,
  });
});

test("a last line without a line break belongs to its block", () => {
  put("a", "x");
  commit();
  put("a", "y");
  const patch = parsePatch(diff());
  const [block] = only(patch).blocks;
  expect(patch.lines.slice(block?.from, block?.to)).toEqual([
    "-x",
    "\\ No newline at end of file",
    "+y",
    "\\ No newline at end of file",
  ]);
  expect(patch.unread).toEqual([]);
});

test("a long hunk is cut into blocks whose numbers go on", () => {
  put("a", Array.from({ length: 1000 }, (_, line) => `${line}\n`).join(""));
  const { blocks, added } = only(parsePatch(diff()));
  expect(added).toBe(1000);
  expect(blocks.length).toBeGreaterThan(4);
  expect(blocks.filter(({ heading }) => heading)).toHaveLength(1);
  for (const [place, block] of blocks.entries()) {
    expect(block.to - block.from).toBeLessThanOrEqual(100);
    const before = blocks[place - 1];
    if (before) expect(block.newStart).toBe(before.newStart + before.to - before.from);
  }
});

test("what is no part of a change is kept to be shown", () => {
  put("a", "x\n");
  const patch = parsePatch(`From: somebody\n${diff()}+one more than the hunk says\n`);
  expect(patch.unread).toEqual(["From: somebody", "+one more than the hunk says"]);
  expect(only(patch).added).toBe(1);
});

test("a line of a header that is not known is kept, too", () => {
  put("a", "x\n");
  const patch = parsePatch(diff().replace("new file mode", "odd line\nnew file mode"));
  expect(patch.unread).toEqual(["odd line"]);
  expect(only(patch)).toMatchObject({ kind: "added", added: 1 });
});

test("a diff that git did not write is read, too", () => {
  const patch = parsePatch("--- old.txt\t2026-01-01\n+++ new.txt\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n");
  expect(only(patch)).toMatchObject({ oldPath: "old.txt", path: "new.txt", added: 1, removed: 1 });
});

test("16 megabytes are read in less than two seconds", () => {
  const body = "+some line of code that is as long as lines are\n".repeat(340_000);
  const began = performance.now();
  expect(parsePatch(`--- /dev/null\n+++ b/a\n@@ -0,0 +1,340000 @@\n${body}`).added).toBe(340_000);
  expect(performance.now() - began).toBeLessThan(2000);
});
