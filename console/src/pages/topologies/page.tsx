// Topologies: the teams that are there, the seven patterns they can work in, and the form that makes one (`?new=debate`).
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { type Agent, queries, type Topology } from "@/api/queries";
import { ButtonLink } from "@/ui/button";
import { Empty, Loaded, Page, Panel } from "@/ui/panel";
import { exampleText } from "./definition";
import { Editor } from "./editor";
import { isPattern, PATTERNS, type Pattern } from "./patterns";
import { PatternSketch } from "./sketch";
import { TopologyTable } from "./table";

export function Component() {
  const [params, setParams] = useSearchParams();
  const query = useQuery(queries.topologies());
  const wanted = params.get("new");
  return (
    <Page
      title="Topologies"
      actions={
        <ButtonLink look="primary" to="?new=pipeline" icon={<Plus aria-hidden className="size-4" />}>
          New topology
        </ButtonLink>
      }
    >
      {isPattern(wanted) && <Making pattern={wanted} close={() => setParams({})} />}
      <Loaded query={query}>
        {(topologies) => (
          <Panel flush>{topologies.length ? <TopologyTable topologies={topologies} /> : <None />}</Panel>
        )}
      </Loaded>
      <Patterns chosen={wanted} />
    </Page>
  );
}

function None() {
  return (
    <Empty title="No topology yet" action={<ButtonLink to="?new=pipeline">Make the first one</ButtonLink>}>
      A topology is a team of agents: a pattern in which they work together, and who has which part in it. A
      run names it as its agent.
    </Empty>
  );
}

/** Each pattern keeps its own text, which begins as an example with agents that are there; the name goes from one to another. */
function Making({ pattern, close }: { pattern: Pattern; close: () => void }) {
  const navigate = useNavigate();
  const [named, setNamed] = useState({ name: "", description: "" });
  const [texts, setTexts] = useState<Partial<Record<Pattern, string>>>({});
  const agents = useQuery(queries.agents());
  const topologies = useQuery(queries.topologies());
  if (!agents.data || !topologies.data) return null;
  const there = topologies.data.map((each: Topology) => each.name);
  return (
    <Editor
      key={pattern}
      pattern={pattern}
      draft={{ ...named, text: texts[pattern] ?? exampleText(pattern, typesOf(agents.data), there) }}
      onChange={({ text, ...rest }) => {
        setNamed(rest);
        setTexts({ ...texts, [pattern]: text });
      }}
      isNamed={false}
      onSaved={(topology) => void navigate(`/topologies/${topology.name}`)}
      onClose={close}
    />
  );
}

const typesOf = (agents: Agent[]): string[] =>
  agents.filter((agent) => agent.kind === "type").map((agent) => agent.name);

function Patterns({ chosen }: { chosen: string | null }) {
  return (
    <section aria-labelledby="patterns" className="flex flex-col gap-3">
      <h2 id="patterns" className="text-base font-semibold">
        The seven patterns
      </h2>
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {Object.entries(PATTERNS).map(([pattern, { name, sentence }]) => (
          <li key={pattern}>
            <Link
              to={`?new=${pattern}`}
              aria-current={pattern === chosen ? "true" : undefined}
              className="flex h-full items-center gap-3 rounded-lg border bg-panel p-3 transition-colors hover:border-edge aria-[current]:border-accent"
            >
              <PatternSketch of={pattern as Pattern} className="w-24 shrink-0" />
              <span className="flex flex-col">
                <span className="font-medium">{name}</span>
                <span className="text-sm text-muted">{sentence}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
