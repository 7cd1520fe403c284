// How many runs are in each state; each number leads to them.
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { names } from "@/format/names";
import { STATES } from "@/ui/state";
import { STATUSES } from "../runs/filters";

export function Counts({ of }: { of: Schemas["RunCounts"] }) {
  return (
    <nav
      aria-label="Runs by state"
      className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-line sm:grid-cols-3 xl:grid-cols-6"
    >
      {STATUSES.map((status) => {
        const { icon: Icon, word, text } = STATES[status];
        const count = of[status.toLowerCase() as keyof typeof of];
        return (
          <Link
            key={status}
            to={`/runs?status=${status}`}
            className="flex flex-col gap-0.5 bg-panel px-4 py-3 transition-colors hover:bg-sunken focus-visible:-outline-offset-2"
          >
            <span className="flex items-center gap-1.5 text-sm text-muted">
              <Icon aria-hidden className={names("size-3.5", text)} strokeWidth={2.4} />
              {word}
            </span>
            <span className={names("text-2xl font-semibold tracking-tight", count === 0 && "text-faint")}>
              {count.toLocaleString("en")}
            </span>
          </Link>
        );
      })}
    </nav>
  );
}
