// The selected node of a run: its state and times, what it has said, and where that stands in the timeline and the journal.
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { queries, type Run, type RunEvent } from "@/api/queries";
import { plural } from "@/format/number";
import { type GraphNode, partOf } from "@/graph/model";
import { Fact, Facts } from "@/ui/facts";
import { State } from "@/ui/state";
import { Elapsed, Time } from "@/ui/time";
import { Visible } from "@/ui/visible";
import { keysOf } from "./journal";
import { type Told, toldOf } from "./told";

type Life = NonNullable<GraphNode["life"]>;

const MOST_SHOWN = 20;

export function RunNodeDetails({
  run,
  node,
  model,
  events,
}: {
  run: Run;
  node: GraphNode;
  model: string | undefined;
  events: readonly RunEvent[];
}) {
  const told = toldOf(events, node.id);
  return (
    <div className="flex flex-col gap-4">
      <LifeFacts node={node} model={model} />
      <p className="flex flex-wrap gap-x-4 gap-y-1">
        <Link className="underline" to={`/runs/${run.id}?agent=${encodeURIComponent(node.id)}`}>
          Its events in the timeline
        </Link>
      </p>
      {node.kind === "agent" && <Steps run={run} node={node} />}
      <Answers told={told} last={node.life?.last_message ?? null} />
    </div>
  );
}

function LifeFacts({ node, model }: { node: GraphNode; model: string | undefined }) {
  const { life } = node;
  return (
    <Facts>
      <Fact name={node.kind === "topology" ? "How" : "Part"}>{partOf(node)}</Fact>
      {node.agent && (
        <Fact name="Agent">
          <Link className="underline" to={`/agents?agent=${node.agent}`}>
            {node.agent}
          </Link>
        </Fact>
      )}
      {model && <Fact name="Model">{model}</Fact>}
      {life && <Counts life={life} />}
      {life && <Times life={life} />}
    </Facts>
  );
}

function Counts({ life }: { life: Life }) {
  const { state = "pending", calls = 0, failures = 0, input_tokens = 0, output_tokens = 0 } = life;
  return (
    <>
      <Fact name="State">
        <State of={state} />
      </Fact>
      <Fact name="Calls">
        {calls} answered{failures > 0 && `, ${failures} failed`}
      </Fact>
      <Fact name="Model calls">{life.model_calls ?? 0}</Fact>
      {input_tokens + output_tokens > 0 && (
        <Fact name="Tokens">
          {input_tokens.toLocaleString("en")} in, {output_tokens.toLocaleString("en")} out
        </Fact>
      )}
    </>
  );
}

function Times({ life }: { life: Life }) {
  if (!life.started_at) return null;
  const isRunning = life.state === "running";
  return (
    <>
      <Fact name="Started">
        <Time at={life.started_at} />
      </Fact>
      {(isRunning || life.ended_at) && (
        <Fact name={isRunning ? "Running for" : "Took"}>
          <Elapsed from={life.started_at} to={isRunning ? null : (life.ended_at ?? null)} />
        </Fact>
      )}
    </>
  );
}

function Steps({ run, node }: { run: Run; node: GraphNode }) {
  const { data } = useQuery({ ...queries.steps(run.id), staleTime: 5_000 });
  const keys = keysOf(node, data?.steps.map((step) => step.key) ?? []);
  if (keys.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1 text-sm font-semibold">{plural(keys.length, "journal step")}</h3>
      <ul className="flex flex-col gap-1">
        {keys.map((key) => (
          <li key={key}>
            <Link
              className="font-mono text-sm underline"
              to={`/runs/${run.id}/journal?step=${encodeURIComponent(key)}`}
            >
              {key}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Without the events, only the end of what it said is known. */
function Answers({ told, last }: { told: Told[]; last: string | null }) {
  if (told.length === 0)
    return last ? <Said text={last} /> : <p className="text-muted">It has said nothing yet.</p>;
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-sm font-semibold">
        What it said{told.length > MOST_SHOWN ? `, the latest ${MOST_SHOWN} of ${told.length}` : ""}
      </h3>
      {told.slice(0, MOST_SHOWN).map((each) => (
        <article key={each.eventId}>
          <p className={each.isError ? "text-sm text-failed" : "text-sm text-muted"}>
            {each.isError ? "Error" : "Answer"}, <Time at={each.at} />
          </p>
          <Said text={each.text} />
        </article>
      ))}
    </section>
  );
}

function Said({ text }: { text: string }) {
  return (
    // biome-ignore-start lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section
      tabIndex={0}
      aria-label="Text"
      className="max-h-56 overflow-y-auto rounded-md bg-sunken px-2.5 py-1.5"
    >
      <p className="whitespace-pre-wrap">
        <Visible text={text} />
      </p>
    </section>
    // biome-ignore-end lint/a11y/noNoninteractiveTabindex: as above
  );
}
