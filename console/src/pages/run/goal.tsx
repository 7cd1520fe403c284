// The goal of a run as its title: a long one is folded.
import { ChevronDown } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import { names } from "@/format/names";
import { Visible } from "@/ui/visible";

export function Goal({ id, text }: { id: number; text: string }) {
  const ref = useRef<HTMLSpanElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const [isLong, setIsLong] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text is measured anew
  useLayoutEffect(() => {
    const box = ref.current;
    if (box && !isOpen) setIsLong(box.scrollHeight > box.clientHeight + 1);
  }, [text, isOpen]);
  return (
    <span className="flex max-w-prose min-w-0 flex-col items-start gap-0.5">
      <span className="text-sm font-medium tracking-normal text-muted">Run {id}</span>
      <span
        ref={ref}
        className={names(
          "whitespace-pre-line",
          isOpen ? "max-h-[50vh] overflow-y-auto text-lg font-normal" : "line-clamp-2",
        )}
      >
        <Visible text={text} />
      </span>
      {(isLong || isOpen) && (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
          className="inline-flex min-h-6 items-center gap-1 text-sm font-medium tracking-normal text-accent-ink"
        >
          {isOpen ? "Fold the goal" : "Show the whole goal"}
          <ChevronDown
            aria-hidden
            className={names("size-3.5 transition-transform", isOpen && "rotate-180")}
          />
        </button>
      )}
    </span>
  );
}
