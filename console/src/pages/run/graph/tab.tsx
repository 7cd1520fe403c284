// The tab Graph of a run.
import type { TabProps } from "../tab";

export default function GraphTab({ run }: TabProps) {
  return <p>{run.goal}</p>;
}
