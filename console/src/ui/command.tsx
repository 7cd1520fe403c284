// A command line to be copied.
import { Copy } from "./copy";

export function Command({ text }: { text: string }) {
  return (
    <div className="flex w-full items-start gap-1 rounded-md border bg-sunken py-1 pr-1 pl-3">
      <code className="min-w-0 flex-1 py-1 font-mono text-sm text-ink">{text}</code>
      <Copy text={text} label="Copy the command" />
    </div>
  );
}
