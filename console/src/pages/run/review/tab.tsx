// The tab Review of a run.
import type { TabProps } from "../tab";

export default function ReviewTab({ run }: TabProps) {
  return <p>{run.goal}</p>;
}
