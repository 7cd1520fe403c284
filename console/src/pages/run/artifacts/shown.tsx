// One file of a run: shown by its type as text, as a diff or as a picture, and saved as it is.
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { artifactAt } from "@/api/files";
import { type Artifact, queries, type Run } from "@/api/queries";
import { bytes } from "@/format/number";
import { Button } from "@/ui/button";
import { Copy } from "@/ui/copy";
import { Empty, Loaded, Loading } from "@/ui/panel";
import { Time } from "@/ui/time";
import { Visible } from "@/ui/visible";
import { cut, indented, isTooLarge, nameOf, previewOf, typeOf } from "./preview";
import { useSave } from "./save";

const DiffView = lazy(() => import("@/diff/view"));

export function Shown({ run, artifact }: { run: Run; artifact: Artifact }) {
  const save = useSave();
  const name = nameOf(artifact.path);
  return (
    <section aria-label={artifact.path} className="min-w-0 rounded-lg border bg-panel">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b px-4 py-2">
        <div className="min-w-0 flex-1">
          <h2 className="font-mono text-sm font-semibold">
            <Visible text={artifact.path} />
          </h2>
          <p className="text-sm text-muted">
            {bytes(artifact.size)}, {artifact.media_type || "no type"}, made <Time at={artifact.created_at} />
          </p>
        </div>
        <Copy text={artifact.sha256} label="Copy the SHA-256 of the file" />
        <Button
          icon={<Download aria-hidden className="size-3.5" />}
          disabled={save.isPending}
          onClick={() => save.mutate({ at: artifactAt(run.id, artifact.path), name })}
        >
          Download
        </Button>
      </div>
      <Content run={run} artifact={artifact} />
    </section>
  );
}

function Content({ run, artifact }: { run: Run; artifact: Artifact }) {
  const preview = previewOf(artifact);
  if (artifact.size === 0) return <p className="p-4 text-muted">The file is empty.</p>;
  if (preview === "none" || isTooLarge(artifact)) {
    return (
      <Empty
        title={preview === "none" ? "This type is not shown here" : "This file is too large to show here"}
      >
        Download it to look at it with a program of your own.
      </Empty>
    );
  }
  return <Fetched run={run} artifact={artifact} />;
}

function Fetched({ run, artifact }: { run: Run; artifact: Artifact }) {
  const query = useQuery(queries.artifact(run.id, artifact));
  return (
    <Loaded query={query} lines={8}>
      {(content) => <Drawn content={content} artifact={artifact} />}
    </Loaded>
  );
}

function Drawn({ content, artifact }: { content: ArrayBuffer; artifact: Artifact }) {
  const preview = previewOf(artifact);
  const text = useMemo(
    () => (preview === "image" ? "" : new TextDecoder().decode(content)),
    [content, preview],
  );
  if (preview === "image") return <Picture content={content} artifact={artifact} />;
  if (preview === "diff") {
    return (
      <div className="p-3">
        <Suspense fallback={<Loading lines={8} />}>
          <DiffView text={text} />
        </Suspense>
      </div>
    );
  }
  return <Text text={text} isJson={preview === "json"} />;
}

function Text({ text, isJson }: { text: string; isJson: boolean }) {
  const { shown, isCut } = useMemo(() => cut(isJson ? indented(text) : text), [text, isJson]);
  return (
    <>
      <pre className="p-4 font-mono text-sm whitespace-pre-wrap">
        <Visible text={shown} />
      </pre>
      {isCut && (
        <p className="border-t px-4 py-2 text-sm text-muted">
          Here it is cut. Download the file for the rest.
        </p>
      )}
    </>
  );
}

/** The type is one of a short list, so that no browser takes the bytes for anything but a picture. */
function Picture({ content, artifact }: { content: ArrayBuffer; artifact: Artifact }) {
  const [url, setUrl] = useState<string>();
  const type = typeOf(artifact.media_type);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([content], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content, type]);
  return (
    <div className="flex justify-center bg-sunken p-4">
      {url && <img src={url} alt={`The file ${artifact.path}`} className="max-h-[75dvh] max-w-full" />}
    </div>
  );
}
