// Workers.
import { Page } from "@/ui/panel";

export function Component() {
  return <Page title="Workers">{null}</Page>;
}
