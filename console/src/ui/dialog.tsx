// A dialog over the page, the browser's own: focus goes to its first field and stays in, Escape closes it, focus comes back.
import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button, IconButton } from "./button";

interface Shown {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, isOpen, onClose, children }: Shown) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!isOpen || !dialog) return;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("input, textarea, select")?.focus();
    return () => {
      dialog.close();
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    };
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes it, as Escape does by itself
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      className="fixed inset-0 m-auto mt-[12vh] max-h-[76vh] w-[calc(100vw-2rem)] max-w-lg overflow-hidden rounded-lg border bg-raised p-0 text-ink shadow-pop backdrop:bg-black/50 max-sm:mt-4"
    >
      <div className="flex max-h-[76vh] flex-col">
        <div className="flex items-center justify-between gap-2 border-b py-1.5 pr-2 pl-4">
          <h2 id={id} className="text-base font-semibold">
            {title}
          </h2>
          <IconButton label="Close" onClick={onClose}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </div>
        <div className="overflow-y-auto p-4">{children}</div>
      </div>
    </dialog>
  );
}

/** Asks before something that cannot be taken back; `yes` is what the button does, in a verb. */
export function Confirm({ yes, onYes, children, ...shown }: Shown & { yes: string; onYes: () => void }) {
  return (
    <Dialog {...shown}>
      <div className="mb-4">{children}</div>
      <div className="flex justify-end gap-2">
        <Button onClick={shown.onClose}>Keep it as it is</Button>
        <Button look="danger" onClick={onYes}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
