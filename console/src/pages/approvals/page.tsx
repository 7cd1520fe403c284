// Approvals.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Approvals">{null}</Page>;
}
