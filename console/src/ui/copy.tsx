// A button that copies a text, and says that it has.
import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, IconButton } from "./button";
import { notifyFailure } from "./notice";

/** Raises an error with a sentence where the browser has no clipboard for the page: it must come from this machine, or by https. */
export async function copyText(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error(`this page may not; copy it by hand: ${text}`);
  await navigator.clipboard.writeText(text);
}

export function Copy({ text, label, children }: { text: string; label: string; children?: string }) {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = window.setTimeout(() => setIsCopied(false), 1500);
    return () => window.clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    try {
      await copyText(text);
      setIsCopied(true);
    } catch (error) {
      notifyFailure("Nothing was copied", error);
    }
  };
  const icon = isCopied ? (
    <Check aria-hidden className="size-3.5 text-done" />
  ) : (
    <CopyIcon aria-hidden className="size-3.5" />
  );
  const name = isCopied ? "Copied" : label;
  if (!children) {
    return (
      <IconButton label={name} onClick={() => void copy()}>
        {icon}
      </IconButton>
    );
  }
  return (
    <Button look="quiet" icon={icon} title={text} aria-label={name} onClick={() => void copy()}>
      {children}
    </Button>
  );
}
