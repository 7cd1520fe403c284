// Payloads are JSON from elsewhere: what is read from them may be missing or of another type.
import type { RunEvent } from "@/api/queries";

type Payload = RunEvent["payload"];

export const textIn = (payload: Payload, name: string): string => {
  const value = payload[name];
  return typeof value === "string" ? value : "";
};

export const numberIn = (payload: Payload, name: string): number | null => {
  const value = payload[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
};

export const listIn = (payload: Payload, name: string): string[] => {
  const value = payload[name];
  return Array.isArray(value) ? value.map(String) : [];
};

/** JSON on one line, or the text itself. */
export const compact = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
