// The keys that work on this page.
import { Dialog } from "@/ui/dialog";
import { workingKeys } from "./keys";

export function KeysHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Keys on this page" isOpen={isOpen} onClose={onClose}>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-2">
        <Row keys="Ctrl K" does="Search or go to" />
        {isOpen && workingKeys().map((each) => <Row key={each.keys} keys={each.keys} does={each.does} />)}
      </dl>
      <p className="mt-4 text-sm text-muted">
        They rest while you type. Nothing is approved, rejected or cancelled by a key alone.
      </p>
    </Dialog>
  );
}

function Row({ keys, does }: { keys: string; does: string }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.split(" ").map((key) => (
          <kbd
            key={key}
            className="min-w-6 rounded-sm border bg-sunken px-1.5 text-center font-mono text-xs leading-5"
          >
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </>
  );
}
