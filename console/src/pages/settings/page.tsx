// Settings.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Settings">{null}</Page>;
}
