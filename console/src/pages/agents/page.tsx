// Agents.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Agents">{null}</Page>;
}
