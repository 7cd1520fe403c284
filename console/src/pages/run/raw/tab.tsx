// The tab Raw of a run.
import type { TabProps } from "../tab";

export default function RawTab({ run }: TabProps) {
  return <p>{run.goal}</p>;
}
