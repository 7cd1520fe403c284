// The tab Artifacts of a run: the files it has left, each shown beside the list and saved as it is. `?file=a/b.txt` opens one.
import { useQuery } from "@tanstack/react-query";
import { Archive, ArrowLeft } from "lucide-react";
import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { archiveAt } from "@/api/files";
import { type Artifact, isFinal, queries, type Run } from "@/api/queries";
import { bytes, plural } from "@/format/number";
import { Button } from "@/ui/button";
import { Empty, Loaded } from "@/ui/panel";
import { useIsWide } from "@/ui/wide";
import type { TabProps } from "../tab";
import { FileList } from "./list";
import { useSave } from "./save";
import { Shown } from "./shown";

export default function ArtifactsTab({ run, feed }: TabProps) {
  const query = useQuery(queries.artifacts(run.id));
  const { refetch } = query;
  const made = feed.events.findLast(({ event_type }) => event_type === "ARTIFACT_CREATED")?.event_id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another file has been made, or the run has ended
  useEffect(() => void refetch(), [made, run.status, refetch]);
  return (
    <Loaded query={query}>
      {({ artifacts }) =>
        artifacts.length === 0 ? <NoFiles run={run} /> : <Files run={run} artifacts={artifacts} />
      }
    </Loaded>
  );
}

function NoFiles({ run }: { run: Run }) {
  return (
    <Empty title={isFinal(run) ? "This run has left no files" : "No files yet"}>
      Agents leave reports, diffs and other files here, as soon as they are made. They are never run or opened
      as pages: you see them as text or as a picture, and save what you need.
    </Empty>
  );
}

function Files({ run, artifacts }: { run: Run; artifacts: Artifact[] }) {
  const isWide = useIsWide();
  const [chosen, choose] = useChosenFile();
  const path = chosen ?? (isWide ? artifacts[0]?.path : undefined);
  const shown = artifacts.find((each) => each.path === path);
  const size = artifacts.reduce((total, each) => total + each.size, 0);
  const save = useSave();
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        {isWide || !path ? (
          <p className="text-muted">
            {plural(artifacts.length, "file")}, {bytes(size)}
          </p>
        ) : (
          <Button
            look="quiet"
            icon={<ArrowLeft aria-hidden className="size-4" />}
            onClick={() => choose(null)}
          >
            {plural(artifacts.length, "file")}
          </Button>
        )}
        <Button
          icon={<Archive aria-hidden className="size-3.5" />}
          disabled={save.isPending}
          onClick={() => save.mutate({ at: archiveAt(run.id), name: `run-${run.id}.zip` })}
        >
          Download all as .zip
        </Button>
      </div>
      <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
        {(isWide || !path) && <FileList artifacts={artifacts} shown={path} />}
        {shown && <Shown key={`${shown.path} ${shown.sha256}`} run={run} artifact={shown} />}
        {path && !shown && (
          <Empty title="This run has no such file">
            <span className="font-mono">{path}</span> is not among its files.
          </Empty>
        )}
      </div>
    </div>
  );
}

function useChosenFile(): [string | null, (path: string | null) => void] {
  const [search, setSearch] = useSearchParams();
  const choose = (path: string | null) => setSearch(path === null ? {} : { file: path });
  return [search.get("file"), choose];
}
