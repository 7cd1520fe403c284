// Text of others, with what cannot be seen in it made visible.
import { type Hidden, parts } from "@/format/hidden";

export function Visible({ text }: { text: string }) {
  return parts(text).map((part, place) =>
    typeof part === "string" ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name than their place
      <HiddenCharacter key={place} of={part} />
    ),
  );
}

export function HiddenCharacter({ of }: { of: Hidden }) {
  return (
    <span
      title={`A character that is not seen: ${of.name}`}
      className="mx-px rounded-sm bg-failed px-1 font-mono text-xs font-semibold text-panel select-none"
    >
      {of.code}
    </span>
  );
}
