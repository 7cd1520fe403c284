// Settings of this browser.
import { Page } from "@/ui/panel";
import { Appearance } from "./appearance";
import { Key } from "./key";

export function Component() {
  return (
    <Page title="Settings">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Appearance />
        <Key />
      </div>
      <p className="text-sm text-muted">
        Press <kbd className="rounded-sm border bg-sunken px-1.5 font-mono text-xs leading-5">?</kbd> on any
        page to see its keys.
      </p>
    </Page>
  );
}
