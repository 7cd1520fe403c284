// How an artifact may be shown. Whatever a browser would run, such as HTML or SVG, is text here and nothing else.
import type { Artifact } from "@/api/queries";

export type Preview = "image" | "diff" | "json" | "text" | "none";

/** In bytes: beyond them a file is only saved. */
const LIMITS: Record<Preview, number> = {
  image: 16_000_000,
  diff: 16_777_216,
  json: 2_000_000,
  text: 2_000_000,
  none: 0,
};
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"];
const TEXTS = [
  "application/xml",
  "application/javascript",
  "application/x-sh",
  "application/toml",
  "application/yaml",
];

export const typeOf = (mediaType: string): string => mediaType.split(";")[0]?.trim().toLowerCase() ?? "";

export function previewOf({ path, media_type }: Pick<Artifact, "path" | "media_type">): Preview {
  const type = typeOf(media_type);
  if (IMAGES.includes(type)) return "image";
  if (["text/x-diff", "text/x-patch"].includes(type) || /\.(diff|patch)$/.test(path)) return "diff";
  if (type === "application/json" || type.endsWith("+json")) return "json";
  if (type.startsWith("text/") || type.endsWith("+xml") || TEXTS.includes(type)) return "text";
  return "none";
}

export const isTooLarge = (artifact: Pick<Artifact, "path" | "media_type" | "size">): boolean =>
  artifact.size > LIMITS[previewOf(artifact)];

/** Characters of a text that are drawn at once. */
const MOST_CHARACTERS = 200_000;

export function cut(text: string): { shown: string; isCut: boolean } {
  return { shown: text.slice(0, MOST_CHARACTERS), isCut: text.length > MOST_CHARACTERS };
}

/** Indented, where it is JSON. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
