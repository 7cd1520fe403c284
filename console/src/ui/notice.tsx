// Short notices at the edge of the page: what was done, or what could not be. They are read out, and go by themselves.
import { Check, TriangleAlert, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { ApiError, Unreachable } from "@/api/error";
import { IconButton } from "./button";

interface Notice {
  id: number;
  text: string;
  next: string | null;
  isError: boolean;
}

const SHOWN_MS = 6_000;
const ERROR_SHOWN_MS = 15_000;
const listeners = new Set<() => void>();
let notices: readonly Notice[] = [];
let count = 0;

/** Says that something was done. */
export function notify(text: string): void {
  show({ text, next: null, isError: false });
}

/** Says what could not be done, and why. */
export function notifyFailure(what: string, error: unknown): void {
  const next = error instanceof ApiError || error instanceof Unreachable ? error.nextStep : null;
  show({ text: `${what}: ${error instanceof Error ? error.message : String(error)}`, next, isError: true });
}

export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div
      role="log"
      aria-live="polite"
      aria-label="Notices"
      className="pointer-events-none fixed right-4 bottom-20 z-50 flex w-[calc(100vw-2rem)] max-w-sm flex-col gap-2 lg:bottom-4"
    >
      {shown.map((notice) => (
        <div
          key={notice.id}
          className="pointer-events-auto flex items-start gap-2.5 rounded-lg border bg-raised py-2 pr-1.5 pl-3 shadow-pop"
        >
          {notice.isError ? (
            <TriangleAlert aria-hidden className="mt-1.5 size-4 shrink-0 text-failed" />
          ) : (
            <Check aria-hidden className="mt-1.5 size-4 shrink-0 text-done" />
          )}
          <div className="min-w-0 flex-1 py-1">
            <p>{notice.text}</p>
            {notice.next && <p className="text-sm text-muted">Next: {notice.next}</p>}
          </div>
          <IconButton label="Dismiss" onClick={() => drop(notice.id)}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </div>
      ))}
    </div>
  );
}

function show(notice: Omit<Notice, "id">): void {
  count += 1;
  const id = count;
  change([...notices, { ...notice, id }].slice(-4));
  window.setTimeout(() => drop(id), notice.isError ? ERROR_SHOWN_MS : SHOWN_MS);
}

const drop = (id: number): void => change(notices.filter((each) => each.id !== id));

function change(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
