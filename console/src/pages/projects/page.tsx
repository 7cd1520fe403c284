// Projects.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Projects">{null}</Page>;
}
