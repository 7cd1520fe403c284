// Topologies.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Topologies">{null}</Page>;
}
