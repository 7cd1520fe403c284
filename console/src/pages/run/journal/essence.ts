// What a step gave, in one line.
import { compact } from "../reading/payload";

const SPEAKING = ["text", "summary", "answer", "result", "message", "status", "path"];
const LONGEST = 300;

export function essenceOf(output: unknown): string {
  return spoken(output).replace(/\s+/g, " ").trim().slice(0, LONGEST);
}

function spoken(output: unknown): string {
  if (output === null || output === undefined) return "nothing";
  if (typeof output !== "object" || Array.isArray(output)) return compact(output);
  const named = Object.entries(output).find(
    ([name, value]) => SPEAKING.includes(name) && typeof value === "string" && value.trim() !== "",
  );
  return named ? String(named[1]) : compact(output);
}
