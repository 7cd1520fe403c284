// JSON as text, in a box of its own that can be scrolled by keyboard.
import { Visible } from "@/ui/visible";

export function Json({ value, label, tall = false }: { value: unknown; label: string; tall?: boolean }) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
      className={`overflow-auto rounded-md border bg-sunken p-3 font-mono text-xs whitespace-pre-wrap ${tall ? "max-h-[70vh]" : "max-h-80"}`}
    >
      <Visible text={typeof value === "string" ? value : JSON.stringify(value, null, 2)} />
    </section>
  );
}
