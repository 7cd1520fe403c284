// Topology.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Topology">{null}</Page>;
}
