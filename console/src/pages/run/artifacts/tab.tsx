// The tab Artifacts of a run.
import type { TabProps } from "../tab";

export default function ArtifactsTab({ run }: TabProps) {
  return <p>{run.goal}</p>;
}
