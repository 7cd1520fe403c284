// Overview.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Overview">{null}</Page>;
}
