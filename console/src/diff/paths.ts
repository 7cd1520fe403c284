// File names as git writes them in a diff: quoted where they hold more than plain characters.

const ESCAPES: Record<string, number> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  "\\": 92,
};

/** `"f\303\274r"` is `für`; what is not quoted stays as it is. */
export function unquoted(said: string): string {
  if (!/^".*"$/s.test(said)) return said;
  const bytes: number[] = [];
  for (const [, octal, letter, plain] of said.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal) bytes.push(Number.parseInt(octal, 8));
    else if (letter) bytes.push(ESCAPES[letter] ?? letter.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(plain));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** The old and the new path of `diff --git a/… b/…`. It is ambiguous where names hold spaces; later lines say it again, except where nothing but the mode or bytes have changed, and then both are the same. */
export function pathsOf(line: string): [string, string] {
  const said = line.slice("diff --git ".length);
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|.+)$/s.exec(said);
  if (said.includes('"') && quoted) return [stripped(quoted[1] ?? ""), stripped(quoted[2] ?? "")];
  const length = (said.length - 1) / 2;
  const [one, other] = [said.slice(0, length), said.slice(length + 1)];
  if (stripped(one) === stripped(other)) return [stripped(one), stripped(other)];
  const [first = "", ...rest] = said.split(" ");
  return [stripped(first), stripped(rest.join(" "))];
}

function stripped(said: string): string {
  const path = unquoted(said);
  return /^[ab]\//.test(path) ? path.slice(2) : path;
}
