// The selected seat of a topology: its part, and the agent that stands there.
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { queries } from "@/api/queries";
import { type GraphNode, partOf } from "@/graph/model";
import { Fact, Facts } from "@/ui/facts";

export function SeatDetails({ node }: { node: GraphNode }) {
  const { data } = useQuery(queries.agents());
  const agent = data?.find((each) => each.kind === "type" && each.name === node.agent);
  if (node.kind === "begin") return <p>The task: what the run was asked.</p>;
  if (node.kind === "end") return <p>The output: what the run comes to.</p>;
  return (
    <Facts>
      <Fact name={node.kind === "topology" ? "How" : "Part"}>{partOf(node)}</Fact>
      {node.kind === "topology" && <PartLink label={node.label} />}
      {node.agent && (
        <Fact name="Agent">
          <Link className="underline" to={`/agents?agent=${node.agent}`}>
            {node.agent}
          </Link>
        </Fact>
      )}
      {agent && (
        <>
          {agent.description && <Fact name="Does">{agent.description}</Fact>}
          <Fact name="Model">{agent.config?.model ?? "the run's"}</Fact>
          {agent.config?.mixins?.length ? <Fact name="Mixins">{agent.config.mixins.join(", ")}</Fact> : null}
        </>
      )}
    </Facts>
  );
}

/** A topology that is a part for the second time is called `name-2`. */
function PartLink({ label }: { label: string }) {
  const { data } = useQuery(queries.topologies());
  const name = [label, label.replace(/-\d+$/, "")].find((each) => data?.some((one) => one.name === each));
  if (!name) return null;
  return (
    <Fact name="Topology">
      <Link className="underline" to={`/topologies/${name}`}>
        {name}
      </Link>
    </Fact>
  );
}
