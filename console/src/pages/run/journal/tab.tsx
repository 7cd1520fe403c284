// The tab Journal of a run.
import type { TabProps } from "../tab";

export default function JournalTab({ run }: TabProps) {
  return <p>{run.goal}</p>;
}
