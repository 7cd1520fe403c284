// Numbers as people read them.

/** `950`, `1.2k`, `34k`, `1.2M`. */
export const short = (count: number): string => scaled(count, ["", "k", "M", "G"]);

/** `12 B`, `3.4 kB`, `1.2 MB`: powers of 1000. */
export const bytes = (count: number): string => scaled(count, [" B", " kB", " MB", " GB", " TB"]);

/** US dollars; small sums keep two digits that say something: `$0.0042`. */
export function cost(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.01) return `$${usd.toPrecision(2)}`;
  return `$${usd.toFixed(2)}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** Two digits at least where there is a fraction, and never `1000k`. */
function scaled(count: number, units: readonly string[]): string {
  let value = count;
  let unit = 0;
  while (Math.round(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

/** The number in an address, from 1 on; null for anything else. */
export function numberIn(text: string | undefined): number | null {
  return text && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : null;
}
