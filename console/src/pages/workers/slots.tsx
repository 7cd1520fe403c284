// How many of a worker's slots are busy.
import { plural } from "@/format/number";

export function Slots({ busy, slots }: { busy: number; slots: number }) {
  return (
    <div className="flex items-center gap-2 text-sm text-muted">
      <div aria-hidden className="h-1.5 min-w-16 flex-1 overflow-hidden rounded-full bg-line">
        <div
          className="h-full bg-running transition-[width]"
          style={{ width: `${slots ? Math.min(100, (busy / slots) * 100) : 0}%` }}
        />
      </div>
      <span className="whitespace-nowrap">
        {busy} of {plural(slots, "slot")} busy
      </span>
    </div>
  );
}
