// The API key of this browser: kept for the tab, or for good when the person says so. Never in a URL.

const NAME = "agent-runner.key";
const listeners = new Set<() => void>();
let isNeeded = false;

export function readKey(): string | null {
  return stored(sessionStorage) ?? stored(localStorage);
}

/** Where the key of this browser is, if there is one. */
export function whereKept(): "tab" | "browser" | "nowhere" {
  if (stored(sessionStorage)) return "tab";
  return stored(localStorage) ? "browser" : "nowhere";
}

export function keepKey(key: string, forGood: boolean): void {
  forgetKey();
  (forGood ? localStorage : sessionStorage).setItem(NAME, key);
  isNeeded = false;
  tell();
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
  localStorage.removeItem(NAME);
  tell();
}

/** The API has answered 401: the form is shown until a key is kept. */
export function keyNeeded(): void {
  isNeeded = true;
  tell();
}

export function isKeyNeeded(): boolean {
  return isNeeded;
}

export function onKeyChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

function stored(storage: Storage): string | null {
  try {
    return storage.getItem(NAME);
  } catch {
    return null; // forbidden by the browser's settings
  }
}
