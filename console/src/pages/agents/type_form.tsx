// Makes an agent type, or a new version of one that is there.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, body, type Schemas } from "@/api/client";
import { queries } from "@/api/queries";
import { Button } from "@/ui/button";
import { Check, Select, TextArea, TextField } from "@/ui/field";
import { notify } from "@/ui/notice";
import { Failure, Panel } from "@/ui/panel";
import { ROLES, type TypeDraft, typeOf } from "./type_draft";

interface Shown {
  draft: TypeDraft;
  /** Its name stays: a new version of it is made. */
  isNamed: boolean;
  onSaved: (name: string) => void;
  onClose: () => void;
}

interface Part {
  draft: TypeDraft;
  change: (part: Partial<TypeDraft>) => void;
}

export function TypeForm({ draft: begun, isNamed, onSaved, onClose }: Shown) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(begun);
  const [error, setError] = useState<string | null>(null);
  const saving = useMutation({
    mutationFn: (wanted: Schemas["AgentType"]) => body(api.POST("/agents", { body: wanted })),
    onSuccess: async (agent) => {
      await client.invalidateQueries({ queryKey: ["agents"] });
      notify(`Agent type ${agent.name} is saved as version ${agent.version}.`);
      onSaved(agent.name);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = typeOf(draft);
    setError("error" in found ? found.error : null);
    if ("wanted" in found) saving.mutate(found.wanted);
  };
  const part = { draft, change: (more: Partial<TypeDraft>) => setDraft({ ...draft, ...more }) };
  return (
    <Panel title={isNamed ? `A new version of ${begun.name}` : "A new agent type"}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Who {...part} isNamed={isNamed} />
        <TextArea
          label="System prompt"
          hint="Instead of the one that comes with its role."
          value={draft.systemPrompt}
          onChange={(event) => part.change({ systemPrompt: event.target.value })}
        />
        <details>
          <summary className="text-sm text-muted">How its model is asked</summary>
          <Asking {...part} />
        </details>
        <MixinFields {...part} error={error} />
        {saving.error ? <Failure error={saving.error} /> : null}
        <div className="flex gap-2">
          <Button type="submit" look="primary" disabled={saving.isPending}>
            {isNamed ? "Save as a new version" : "Save the agent type"}
          </Button>
          <Button onClick={onClose}>Close</Button>
        </div>
      </form>
    </Panel>
  );
}

function Who({ draft, change, isNamed }: Part & { isNamed: boolean }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Name"
        required
        value={draft.name}
        readOnly={isNamed}
        hint="Small letters, digits, - and _. A name that is taken gets a new version."
        onChange={(event) => change({ name: event.target.value })}
      />
      <Select
        label="Role"
        value={draft.role}
        hint="What its system prompt makes of it."
        onChange={(event) => change({ role: event.target.value as TypeDraft["role"] })}
      >
        {ROLES.map((role) => (
          <option key={role}>{role}</option>
        ))}
      </Select>
      <TextField
        label="Description"
        value={draft.description}
        onChange={(event) => change({ description: event.target.value })}
      />
      <TextField
        label="Capabilities"
        value={draft.capabilities}
        hint="Words; a coordinator gives out tasks by them."
        onChange={(event) => change({ capabilities: event.target.value })}
      />
    </div>
  );
}

const NUMBERS = [
  { name: "temperature", label: "Temperature", min: 0, max: 2, step: 0.1 },
  { name: "maxTokens", label: "Tokens of an answer, at most", min: 1, step: 1 },
  { name: "retries", label: "Tries after a failed one", min: 0, max: 10, step: 1 },
  { name: "timeoutSeconds", label: "Seconds for a try, at most", min: 0, step: "any" },
  { name: "maxToolCalls", label: "Tool calls, at most", min: 0, max: 1000, step: 1 },
] as const;

function Asking({ draft, change }: Part) {
  return (
    <div className="mt-3 grid gap-4 sm:grid-cols-2">
      <TextField
        label="Model"
        value={draft.model}
        hint="provider:model, or demo. Empty: the run's, else the worker's."
        onChange={(event) => change({ model: event.target.value })}
      />
      <Select
        label="Answers in"
        value={draft.outputFormat}
        onChange={(event) => change({ outputFormat: event.target.value as TypeDraft["outputFormat"] })}
      >
        <option>text</option>
        <option>json</option>
      </Select>
      {NUMBERS.map(({ name, ...field }) => (
        <TextField
          key={name}
          type="number"
          {...field}
          value={draft[name]}
          onChange={(event) => change({ [name]: event.target.value })}
        />
      ))}
    </div>
  );
}

function MixinFields({ draft, change, error }: Part & { error: string | null }) {
  const { data = [] } = useQuery(queries.mixins());
  const toggle = (name: string, isOn: boolean) =>
    change({ mixins: isOn ? [...draft.mixins, name] : draft.mixins.filter((each) => each !== name) });
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 text-sm font-medium">Mixins</legend>
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {data.map((mixin) => (
          <Check
            key={mixin.name}
            label={mixin.name}
            hint={mixin.description}
            checked={draft.mixins.includes(mixin.name)}
            onChange={(event) => toggle(mixin.name, event.target.checked)}
          />
        ))}
      </div>
      {(draft.mixins.length > 0 || error) && (
        <TextArea
          label="Options of the mixins, as JSON"
          rows={3}
          spellCheck={false}
          className="font-mono text-sm"
          placeholder='{"memory": {"most": 5}}'
          value={draft.mixinOptions}
          error={error}
          hint="By mixin; what each takes stands below on this page."
          onChange={(event) => change({ mixinOptions: event.target.value })}
        />
      )}
    </fieldset>
  );
}
