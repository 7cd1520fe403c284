// One key for one filled form: whatever is sent twice, by a double click or after a broken connection, makes one run.

const NAME = "agent-runner.new-run-key";

/** The Idempotency-Key of this body: the same one until the body changes or `made` is called, also over a reload. */
export function keyFor(body: string): string {
  const kept = read();
  if (kept?.body === body) return kept.key;
  const key = random();
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ body, key }));
  } catch {
    // forbidden by the browser's settings: then a key lasts for one press
  }
  return key;
}

/** The run is there: the same form sent again is meant to make another one. */
export function made(): void {
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // as above
  }
}

function read(): { body: string; key: string } | null {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? "null");
  } catch {
    return null;
  }
}

/** Without crypto.randomUUID, which a page on plain http from another machine does not have. */
function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
