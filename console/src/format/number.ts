// Numbers as people read them.

/** `950`, `1.2k`, `34k`, `1.2M`. */
export function short(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return scaled(count / 1000, "k");
  return scaled(count / 1_000_000, "M");
}

/** `12 B`, `3.4 kB`, `1.2 MB`: powers of 1000. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${trimmed(count / 1000)} kB`;
  if (count < 1_000_000_000) return `${trimmed(count / 1_000_000)} MB`;
  return `${trimmed(count / 1_000_000_000)} GB`;
}

/** US dollars; small sums keep two digits that say something: `$0.0042`. */
export function cost(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.01) return `$${usd.toPrecision(2)}`;
  return `$${usd.toFixed(2)}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const scaled = (value: number, unit: string): string =>
  `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
const trimmed = (value: number): string => (value < 9.95 ? value.toFixed(1) : String(Math.round(value)));
