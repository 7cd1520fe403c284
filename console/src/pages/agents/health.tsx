// Whether an agent can be used now, by icon, word and colour.
import { Check, CircleHelp, Download, type LucideIcon, X } from "lucide-react";
import type { Agent } from "@/api/queries";
import { names } from "@/format/names";

interface Look {
  icon: LucideIcon;
  word: string;
  colour: string;
}

const LOOKS: Record<NonNullable<Agent["health"]>, Look> = {
  ready: { icon: Check, word: "Ready", colour: "bg-done-soft text-done" },
  missing: { icon: Download, word: "Made by the first run", colour: "bg-waiting-soft text-waiting" },
  broken: { icon: X, word: "Broken", colour: "bg-failed-soft text-failed" },
};
const UNKNOWN: Look = { icon: CircleHelp, word: "No worker has told", colour: "bg-queued-soft text-queued" };

export function Health({ of }: { of: Agent["health"] }) {
  const { icon: Icon, word, colour } = of ? LOOKS[of] : UNKNOWN;
  return (
    <span
      className={names(
        "inline-flex h-5.5 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap",
        colour,
      )}
    >
      <Icon aria-hidden className="size-3.5" strokeWidth={2.4} />
      {word}
    </span>
  );
}
