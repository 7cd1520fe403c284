// NewRun.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="NewRun">{null}</Page>;
}
