// The tab Timeline of a run.
import type { TabProps } from "../tab";

export default function TimelineTab({ run }: TabProps) {
  return <p>{run.goal}</p>;
}
