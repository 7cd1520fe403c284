// What a pattern does and who stands in it.
import { Fact, Facts } from "@/ui/facts";
import { PATTERNS, type Pattern } from "./patterns";
import { PatternSketch } from "./sketch";

export function Guide({ pattern }: { pattern: Pattern }) {
  const { name, sentence, slots } = PATTERNS[pattern];
  return (
    <div className="flex flex-col gap-3">
      <PatternSketch of={pattern} />
      <p>
        <span className="font-medium">{name}.</span> {sentence}
      </p>
      <Facts>
        {slots.map((slot) => (
          <Fact key={slot.name} name={slot.name}>
            {slot.means}
          </Fact>
        ))}
      </Facts>
    </div>
  );
}
