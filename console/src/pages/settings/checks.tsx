// What was looked at, what is wrong, and what to do about it: the doctor, as far as the API may look.
import { CircleCheck, CircleX, type LucideIcon, RotateCw, TriangleAlert } from "lucide-react";
import type { Schemas } from "@/api/client";
import { plural } from "@/format/number";
import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";

type Found = Schemas["CheckPublic"];

const LOOKS: Record<Found["state"], { icon: LucideIcon; word: string; colour: string }> = {
  failed: { icon: CircleX, word: "Failed", colour: "text-failed" },
  warning: { icon: TriangleAlert, word: "Warning", colour: "text-waiting" },
  ok: { icon: CircleCheck, word: "Well", colour: "text-done" },
};

const ORDER: readonly Found["state"][] = ["failed", "warning", "ok"];

export function Checks({ of, again, isLooking }: { of: Found[]; again: () => void; isLooking: boolean }) {
  const sorted = ORDER.flatMap((state) => of.filter((check) => check.state === state));
  return (
    <Panel
      title="Health"
      flush
      aside={
        <Button
          look="quiet"
          disabled={isLooking}
          onClick={again}
          icon={<RotateCw aria-hidden className="size-3.5" />}
        >
          Look again
        </Button>
      }
    >
      <p className="border-b px-4 py-2.5 text-muted">{verdict(of)}</p>
      <ul>
        {sorted.map((check) => {
          const { icon: Icon, word, colour } = LOOKS[check.state];
          return (
            <li
              key={`${check.name} ${check.detail}`}
              className="flex gap-3 border-b px-4 py-2.5 last:border-b-0"
            >
              <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${colour}`} />
              <div className="min-w-0">
                <p>
                  <span className="sr-only">{word}: </span>
                  <span className="inline-block font-medium first-letter:uppercase">{check.name}</span>{" "}
                  <span className="text-muted">{check.detail}</span>
                </p>
                {check.next && <p className="text-sm">Next: {check.next}</p>}
              </div>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

export function verdict(of: readonly Found[]): string {
  const count = (state: Found["state"]) => of.filter((check) => check.state === state).length;
  const failed = count("failed");
  const warnings = count("warning");
  const rest = "On the machine itself agent-runner doctor looks at more.";
  if (failed + warnings === 0) return `${plural(of.length, "check")}, all well. ${rest}`;
  const bad = [failed && `${failed} failed`, warnings && plural(warnings, "warning")].filter(Boolean);
  return `${plural(of.length, "check")}: ${bad.join(", ")}. ${rest}`;
}
