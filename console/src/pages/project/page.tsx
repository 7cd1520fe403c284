// Project.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Project">{null}</Page>;
}
