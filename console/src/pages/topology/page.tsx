// A topology: its drawing, how it is set, who has which part, its runs; `?edit` opens the form.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Play } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { queries, type Topology } from "@/api/queries";
import { LatestRuns } from "@/runs/latest";
import { ButtonLink } from "@/ui/button";
import { Copy } from "@/ui/copy";
import { Delete } from "@/ui/delete";
import { Loaded, LoadedPage, Loading, Page, Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { draftOf } from "../topologies/definition";
import { Editor } from "../topologies/editor";
import { PATTERNS } from "../topologies/patterns";
import { ConfigFacts, SlotFacts } from "./facts";
import { SeatDetails } from "./seat";

const GraphView = lazy(() => import("@/graph/view"));

export function Component() {
  const { name = "" } = useParams();
  const query = useQuery(queries.topology(name));
  return (
    <LoadedPage query={query} title={`Topology ${name}`} back={{ to: "/topologies", name: "All topologies" }}>
      {(topology) => (
        <Page
          title={topology.name}
          name={`Topology ${topology.name}`}
          actions={<Actions topology={topology} />}
        >
          <div className="-mt-3">
            <p>{topology.description || PATTERNS[topology.type].sentence}</p>
            <p className="text-sm text-muted">
              {PATTERNS[topology.type].name}, version {topology.version}, made{" "}
              <Time at={topology.created_at} />
            </p>
          </div>
          <Content topology={topology} />
        </Page>
      )}
    </LoadedPage>
  );
}

function Actions({ topology }: { topology: Topology }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { name } = topology;
  return (
    <>
      <Delete
        what={`the topology ${name}`}
        remove={() => api.DELETE("/topologies/{name}", { params: { path: { name } } })}
        done={async () => {
          await navigate("/topologies");
          await client.invalidateQueries({ queryKey: ["topologies"], exact: true });
        }}
      >
        All its versions are forgotten. Its runs stay: each has kept the topology as it was.
      </Delete>
      <ButtonLink to="?edit" icon={<Pencil aria-hidden className="size-3.5" />}>
        Edit
      </ButtonLink>
      <ButtonLink
        look="primary"
        to={`/runs/new?agent=topology:${name}`}
        icon={<Play aria-hidden className="size-3.5" />}
      >
        Run it
      </ButtonLink>
    </>
  );
}

function Content({ topology }: { topology: Topology }) {
  const [params] = useSearchParams();
  if (params.has("edit")) return <Changing key={topology.version} topology={topology} />;
  return (
    <>
      <Drawn name={topology.name} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Panel title="How it is set">
          <ConfigFacts topology={topology} />
        </Panel>
        <Panel title="Who has which part">
          <SlotFacts topology={topology} />
        </Panel>
      </div>
      <Panel title="Latest runs" flush>
        <LatestRuns
          of={{ agent: `topology:${topology.name}` }}
          all={`/runs?agent=topology:${topology.name}`}
        />
      </Panel>
      <AsJson topology={topology} />
    </>
  );
}

function Changing({ topology }: { topology: Topology }) {
  const [, setParams] = useSearchParams();
  const [draft, setDraft] = useState(draftOf(topology));
  const close = () => setParams({});
  return (
    <Editor
      pattern={topology.type}
      draft={draft}
      onChange={setDraft}
      isNamed
      onSaved={close}
      onClose={close}
    />
  );
}

function Drawn({ name }: { name: string }) {
  const query = useQuery(queries.topologyGraph(name));
  return (
    <Suspense fallback={<Loading lines={6} />}>
      <Loaded query={query}>
        {(graph) => <GraphView graph={graph} details={(node) => <SeatDetails node={node} />} />}
      </Loaded>
    </Suspense>
  );
}

function AsJson({ topology }: { topology: Topology }) {
  const { name, description, config, slots } = topology;
  const text = JSON.stringify({ name, description, config, slots }, null, 2);
  return (
    <details className="rounded-lg border bg-panel">
      <summary className="px-4 py-2.5 font-semibold">As JSON</summary>
      <div className="flex items-start gap-2 border-t p-4">
        <pre className="min-w-0 flex-1 font-mono text-sm whitespace-pre-wrap">{text}</pre>
        <Copy text={text} label="Copy the JSON" />
      </div>
    </details>
  );
}
