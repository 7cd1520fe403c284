// What every tab of a run is given.
import type { Run } from "@/api/queries";
import type { RunFeed } from "@/live/feed";

export interface TabProps {
  run: Run;
  feed: RunFeed;
}
