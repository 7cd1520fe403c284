// Keys that do something: one listener for the page, the latest registration of a key wins, and none works while somebody types.
import { useEffect, useRef } from "react";

export interface Key {
  /** `n`, `?`, `Enter`, or two in a row: `g r`. */
  keys: string;
  does: string;
  run: () => void;
}

const registered: Key[] = [];
const SEQUENCE_MS = 1000;
let first: { key: string; at: number } | null = null;

/** Registers keys while the component stands. None may commit anything by itself: dialogs and forms do that. */
export function useKeys(keys: Key[]): void {
  const latest = useRef(keys);
  latest.current = keys;
  const spelled = keys.map((each) => each.keys).join(",");
  useEffect(() => {
    const own = spelled
      .split(",")
      .filter(Boolean)
      .map((each) => ({
        keys: each,
        get does() {
          return latest.current.find((key) => key.keys === each)?.does ?? "";
        },
        run: () => latest.current.find((key) => key.keys === each)?.run(),
      }));
    registered.push(...own);
    return () => {
      for (const each of own) registered.splice(registered.indexOf(each), 1);
    };
  }, [spelled]);
}

/** What works now, each key once. */
export function workingKeys(): Key[] {
  return [...new Map(registered.map((each) => [each.keys, each])).values()];
}

export function listenToKeys(target: Document): () => void {
  const listen = (event: KeyboardEvent) => {
    if (isForSomethingElse(event)) return;
    const pair = first && Date.now() - first.at < SEQUENCE_MS ? `${first.key} ${event.key}` : null;
    const found = (pair && last(pair)) || last(event.key);
    first = null;
    if (found) {
      event.preventDefault();
      found.run();
    } else if (registered.some((each) => each.keys.startsWith(`${event.key} `))) {
      first = { key: event.key, at: Date.now() };
    }
  };
  target.addEventListener("keydown", listen);
  return () => target.removeEventListener("keydown", listen);
}

function last(keys: string): Key | undefined {
  return registered.findLast((each) => each.keys === keys);
}

function isForSomethingElse(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  return isTyping(event.target) || isPressing(event);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog")) return true;
  if (target instanceof HTMLInputElement && target.type === "checkbox") return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Enter on a button or a link is a press of it, whatever else the key does on the page. */
function isPressing(event: KeyboardEvent): boolean {
  return (
    event.key === "Enter" &&
    event.target instanceof Element &&
    event.target.closest("a, button, summary, [role=button]") !== null
  );
}
