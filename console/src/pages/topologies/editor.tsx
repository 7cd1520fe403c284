// Makes a topology, or a new version of one: its name, and as JSON how it is set and who stands where.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, body, type Schemas } from "@/api/client";
import { queries, type Topology } from "@/api/queries";
import { Button, ButtonLink } from "@/ui/button";
import { TextArea, TextField } from "@/ui/field";
import { notify } from "@/ui/notice";
import { Failure, Panel } from "@/ui/panel";
import { type Draft, definitionOf } from "./definition";
import { Guide } from "./guide";
import type { Pattern } from "./patterns";

interface Shown {
  draft: Draft;
  onChange: (draft: Draft) => void;
  pattern: Pattern;
  /** Its name stays: a new version of it is made. */
  isNamed: boolean;
  onSaved: (topology: Topology) => void;
  onClose: () => void;
}

export function Editor({ draft, onChange, pattern, isNamed, onSaved, onClose }: Shown) {
  const [error, setError] = useState<string | null>(null);
  const saving = useSaving(onSaved);
  const change = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = definitionOf(draft);
    setError("error" in found ? found.error : null);
    if ("definition" in found) saving.mutate(found.definition);
  };
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <Panel title={isNamed ? `A new version of ${draft.name}` : "A new topology"}>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <TextField
            label="Name"
            required
            value={draft.name}
            readOnly={isNamed}
            hint="Small letters, digits, - and _. A run names it as topology:NAME."
            onChange={(event) => change({ name: event.target.value })}
          />
          <TextField
            label="Description"
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
          />
          <TextArea
            label="Config and slots, as JSON"
            rows={18}
            spellCheck={false}
            className="font-mono text-sm"
            value={draft.text}
            error={error}
            onChange={(event) => change({ text: event.target.value })}
          />
          {saving.error ? <Failure error={saving.error} /> : null}
          <div className="flex gap-2">
            <Button type="submit" look="primary" disabled={saving.isPending}>
              {isNamed ? "Save as a new version" : "Create the topology"}
            </Button>
            <Button onClick={onClose}>Close</Button>
          </div>
        </form>
      </Panel>
      <Aside pattern={pattern} />
    </div>
  );
}

function useSaving(onSaved: (topology: Topology) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (definition: Record<string, unknown>) =>
      body(api.POST("/topologies", { body: definition as unknown as Schemas["TopologyType"] })),
    onSuccess: async (topology) => {
      await client.invalidateQueries({ queryKey: ["topologies"] });
      notify(`Topology ${topology.name} is saved as version ${topology.version}.`);
      onSaved(topology);
    },
  });
}

function Aside({ pattern }: { pattern: Pattern }) {
  const { data: agents } = useQuery(queries.agents());
  const types = agents?.filter((agent) => agent.kind === "type") ?? [];
  return (
    <div className="flex flex-col gap-4">
      <Panel title="The pattern">
        <Guide pattern={pattern} />
      </Panel>
      <Panel title="Agents that are there">
        {types.length > 0 ? (
          <ul className="flex flex-wrap gap-1.5">
            {types.map((agent) => (
              <li
                key={agent.name}
                title={agent.description}
                className="rounded-sm bg-sunken px-1.5 py-0.5 font-mono text-sm"
              >
                {agent.name}
              </li>
            ))}
          </ul>
        ) : (
          <div className="flex flex-col items-start gap-2">
            <p>A slot names agents that are there, and none is yet.</p>
            <ButtonLink to="/agents?new">Make an agent</ButtonLink>
          </div>
        )}
      </Panel>
    </div>
  );
}
