// Puts a .br and a .gz beside each file of the built console that gets smaller by it. Needs Node.js only.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = new Set([".css", ".html", ".js", ".json", ".map", ".svg", ".txt", ".wasm", ".webmanifest"]);
const SMALLEST_BYTES = 512;

const folder = process.argv[2];
for (const name of readdirSync(folder, { recursive: true })) {
  const path = join(folder, name);
  if (!TEXT.has(extname(path))) continue;
  const content = readFileSync(path);
  if (content.length < SMALLEST_BYTES) continue;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const forms = { ".br": brotliCompressSync(content, { params }), ".gz": gzipSync(content, { level: 9 }) };
  for (const [ending, compressed] of Object.entries(forms)) {
    if (compressed.length < content.length) writeFileSync(path + ending, compressed);
  }
}
