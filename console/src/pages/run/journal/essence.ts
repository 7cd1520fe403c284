// What a step gave, in one line.
import { compact } from "../reading/payload";

const SPEAKING = ["text", "summary", "answer", "result", "message", "status", "path", "return_value"];
const LONGEST = 300;

export function essenceOf(output: unknown): string {
  return spoken(output).replace(/\s+/g, " ").trim().slice(0, LONGEST);
}

function spoken(output: unknown): string {
  if (output === null || output === undefined) return "nothing";
  if (typeof output !== "object" || Array.isArray(output)) return compact(output);
  if ("parts" in output && Array.isArray(output.parts)) return output.parts.map(part).join(" ");
  if ("result" in output && typeof output.result === "object") return spoken(output.result);
  const named = Object.entries(output).find(
    ([name, value]) => SPEAKING.includes(name) && typeof value === "string" && value.trim() !== "",
  );
  return named ? String(named[1]) : compact(output);
}

/** Of what a model said: words, or a tool that it calls. */
function part(each: unknown): string {
  if (typeof each !== "object" || each === null) return compact(each);
  const { content, tool_name, args } = each as Record<string, unknown>;
  if (typeof content === "string") return content;
  return typeof tool_name === "string" ? `${tool_name} ${compact(args ?? "")}` : compact(each);
}
