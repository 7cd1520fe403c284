// The state of a run or of a node, by icon, word and colour: never by colour alone.
import { Ban, Check, CircleDashed, CircleDot, Hand, type LucideIcon, Minus, X } from "lucide-react";
import type { Schemas } from "@/api/client";
import { names } from "@/format/names";

type Status = Schemas["RunStatus"] | Schemas["NodeState"] | Schemas["TaskState"];

interface Look {
  icon: LucideIcon;
  word: string;
  colour: string;
  text: string;
}

const queued = { icon: CircleDashed, colour: "bg-queued-soft text-queued", text: "text-queued" };
const running = { icon: CircleDot, colour: "bg-running-soft text-running", text: "text-running" };
const done = { icon: Check, colour: "bg-done-soft text-done", text: "text-done" };
const failed = { icon: X, colour: "bg-failed-soft text-failed", text: "text-failed" };
const cancelled = { icon: Ban, colour: "bg-cancelled-soft text-cancelled", text: "text-cancelled" };

export const STATES: Record<Status, Look> = {
  QUEUED: { ...queued, word: "Queued" },
  RUNNING: { ...running, word: "Running" },
  WAITING: {
    icon: Hand,
    word: "Waiting for you",
    colour: "bg-waiting-soft text-waiting",
    text: "text-waiting",
  },
  COMPLETED: { ...done, word: "Completed" },
  FAILED: { ...failed, word: "Failed" },
  CANCELLED: { ...cancelled, word: "Cancelled" },
  PENDING: { ...queued, word: "Pending" },
  SUCCEEDED: { ...done, word: "Succeeded" },
  pending: { ...queued, word: "Pending" },
  running: { ...running, word: "Running" },
  done: { ...done, word: "Done" },
  failed: { ...failed, word: "Failed" },
  skipped: {
    icon: Minus,
    word: "Skipped",
    colour: "bg-cancelled-soft text-cancelled",
    text: "text-cancelled",
  },
};

export function State({ of, short = false }: { of: Status; short?: boolean }) {
  const { icon: Icon, word, colour } = STATES[of];
  const isMoving = of === "RUNNING" || of === "running";
  return (
    <span
      className={names(
        "inline-flex h-5.5 items-center gap-1 rounded-full text-xs font-medium whitespace-nowrap",
        short ? "px-1" : "px-2",
        colour,
      )}
      data-state={of}
    >
      <Icon aria-hidden className={names("size-3.5", isMoving && "animate-pulse-dot")} strokeWidth={2.4} />
      <span className={short ? "sr-only" : undefined}>{word}</span>
    </span>
  );
}
