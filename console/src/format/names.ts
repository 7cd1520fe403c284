// Joins the class names that are given.
export const names = (...parts: (string | false | null | undefined)[]): string =>
  parts.filter(Boolean).join(" ");
