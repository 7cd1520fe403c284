// Characters that change what a reader sees without being seen: found as the API finds them, so that they can be shown.

/** Format and control characters, line and paragraph separators, and letters that look empty. */
const HIDDEN = /[\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f|(?![\t\r\n\f])\p{Cc}|\r(?!\n|$)/gu;

const NAMES: Record<number, string> = {
  0: "null",
  8: "backspace",
  13: "carriage return",
  27: "escape",
  173: "soft hyphen",
  8203: "zero width space",
  8204: "zero width non-joiner",
  8205: "zero width joiner",
  8206: "left-to-right mark",
  8207: "right-to-left mark",
  8232: "line separator",
  8233: "paragraph separator",
  8234: "left-to-right embedding",
  8235: "right-to-left embedding",
  8236: "pop directional formatting",
  8237: "left-to-right override",
  8238: "right-to-left override",
  8288: "word joiner",
  8294: "left-to-right isolate",
  8295: "right-to-left isolate",
  8296: "first strong isolate",
  8297: "pop directional isolate",
  65279: "byte order mark",
};

export interface Hidden {
  /** `U+202E`. */
  code: string;
  /** What it is called, or its code again. */
  name: string;
}

/** The text in order: what can be read as strings, what cannot be seen as its code. */
export function parts(text: string): (string | Hidden)[] {
  const found: (string | Hidden)[] = [];
  let end = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > end) found.push(text.slice(end, match.index));
    found.push(hidden(match[0]));
    end = match.index + match[0].length;
  }
  if (end < text.length || found.length === 0) found.push(text.slice(end));
  return found;
}

export const hasHidden = (text: string): boolean => text.search(HIDDEN) >= 0;

function hidden(character: string): Hidden {
  const point = character.codePointAt(0) ?? 0;
  const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  return { code, name: NAMES[point] ?? code };
}
