// The diff of a run, loaded by its hash so that what is read is what is approved.
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { type Approval, type Artifact, queries } from "@/api/queries";
import { Loaded, Loading } from "@/ui/panel";

const DiffView = lazy(() => import("@/diff/view"));

export function Change({ runId, approval }: { runId: number; approval: Approval }) {
  const sha = approval.diff_sha ?? "";
  const query = useQuery(queries.diff(runId, sha));
  return (
    <section aria-label="The change" className="min-w-0">
      <Loaded query={query} lines={8}>
        {(text) => <Drawn key={sha} text={text} />}
      </Loaded>
    </section>
  );
}

export function ChangeOfArtifact({ runId, artifact }: { runId: number; artifact: Artifact }) {
  const query = useQuery(queries.artifact(runId, artifact));
  return (
    <section aria-label="The change" className="min-w-0">
      <Loaded query={query} lines={8}>
        {(content) => <Decoded key={artifact.sha256} content={content} />}
      </Loaded>
    </section>
  );
}

function Decoded({ content }: { content: ArrayBuffer }) {
  const text = useMemo(() => new TextDecoder().decode(content), [content]);
  return <Drawn text={text} />;
}

const Drawn = ({ text }: { text: string }) => (
  <Suspense fallback={<Loading lines={8} />}>
    <DiffView text={text} />
  </Suspense>
);
