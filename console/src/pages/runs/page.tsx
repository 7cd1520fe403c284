// Runs.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Runs">{null}</Page>;
}
