// Fails when the built console has grown beyond what a page may cost, in gzipped kilobytes.
import { readdir, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const LIMITS = { entry: 180, chunk: 90, total: 320, css: 12 };

const dist = new URL("../dist/", import.meta.url);
const html = await readFile(new URL("index.html", dist), "utf8").catch(() => {
  console.error("error: there is no dist/index.html\nnext: npm run build");
  process.exit(1);
});
const names = await readdir(new URL("assets/", dist));
const sizes = new Map();
for (const name of names.filter((each) => /\.(js|css)$/.test(each))) {
  sizes.set(name, gzipSync(await readFile(new URL(`assets/${name}`, dist)), { level: 9 }).length / 1000);
}
const sum = (which) => [...sizes].filter(which).reduce((total, [, size]) => total + size, 0);
const isScript = ([name]) => name.endsWith(".js");
const measured = {
  entry: sum(([name]) => name.endsWith(".js") && html.includes(name)),
  chunk: Math.max(...[...sizes].filter(isScript).map(([name, size]) => (html.includes(name) ? 0 : size))),
  total: sum(isScript),
  css: sum(([name]) => name.endsWith(".css")),
};
const tooLarge = Object.keys(LIMITS).filter((each) => measured[each] > LIMITS[each]);
const report = Object.keys(LIMITS).map(
  (each) => `${each} ${measured[each].toFixed(1)} of ${LIMITS[each]} kB`,
);
console.log(`gzipped: ${report.join(", ")}`);
if (tooLarge.length) {
  console.error(`error: too large: ${tooLarge.join(", ")}\nnext: load it lazily, or do without it`);
  process.exit(1);
}
