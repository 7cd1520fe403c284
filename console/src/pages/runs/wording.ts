// What a row says under its goal: why it failed, what it asks, what it does.
import type { Run } from "@/api/queries";
import { moment } from "@/format/time";

const LONGEST = 300;

/** One line, empty where there is nothing to say. `now` in milliseconds since 1970. */
export function saidOf(run: Run, now: number): string {
  return firstLine(sentence(run, now) ?? "");
}

function sentence(run: Run, now: number): string | null {
  switch (run.status) {
    case "FAILED":
      return run.error;
    case "WAITING":
      return run.approval?.question.text ?? "It asks something.";
    case "RUNNING":
      if (run.cancel_requested) return "Being cancelled";
      return [run.current_agent, run.last_message].filter(Boolean).join(": ");
    case "QUEUED":
      return queued(run, now);
    default:
      return run.error ?? run.last_message;
  }
}

function queued(run: Run, now: number): string {
  const isLater = moment(run.available_at) > now;
  if (run.attempt > 0)
    return isLater ? `Tries again later: attempt ${run.attempt} did not do it` : "Tries again";
  return isLater ? "Waits for its time" : "In the queue";
}

function firstLine(text: string): string {
  const [line = ""] = text.trim().split("\n", 1);
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
