// The form of a new run.
import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { type SyntheticEvent, useEffect, useRef } from "react";
import { queries } from "@/api/queries";
import { Button } from "@/ui/button";
import { TextArea } from "@/ui/field";
import { Failure, Panel } from "@/ui/panel";
import { AgentPicker } from "./agent_picker";
import { Aside } from "./aside";
import { choicesOf } from "./choices";
import { type Draft, keep } from "./draft";
import { More } from "./more";
import { ProjectField } from "./project_field";
import type { Chosen } from "./request";
import { useCreateRun } from "./use_create_run";

/** What every part of the form is given. */
export interface Part {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  wrong: Record<string, string>;
  agent: Chosen;
}

export function Form({ draft, change }: Pick<Part, "draft" | "change">) {
  const choices = choicesOf(useQuery(queries.agents()).data, useQuery(queries.topologies()).data);
  const found = choices.find(({ name }) => name === draft.agent);
  const agent: Chosen = found ?? { name: draft.agent, needsProject: false, options: {} };
  const { send, isSending, wrong, failure } = useCreateRun(draft, agent);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => keep(draft), [draft]);
  useEffect(() => {
    if (Object.keys(wrong).length) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [wrong]);
  const part: Part = { draft, change, wrong, agent };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    send();
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
      }}
      className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_19rem]"
    >
      <div className="flex min-w-0 flex-col gap-4">
        {failure !== null && <Failure error={failure} what="No run was made" />}
        <Panel>
          <div className="flex flex-col gap-5">
            <TextArea
              label="Goal"
              rows={5}
              autoFocus
              placeholder="Say what is to be done, as you would to a colleague."
              value={draft.goal}
              error={wrong.goal}
              onChange={(event) => change({ goal: event.target.value })}
            />
            <AgentPicker {...part} choices={choices} />
            <ProjectField {...part} />
          </div>
        </Panel>
        <More {...part} />
        <div className="sticky bottom-14 z-10 flex flex-wrap items-center gap-3 bg-page py-2 lg:bottom-0">
          <Button
            type="submit"
            look="primary"
            disabled={isSending}
            icon={<Play aria-hidden className="size-3.5" />}
          >
            {isSending ? "Starting" : "Start the run"}
          </Button>
          <span className="text-sm text-muted max-sm:hidden">Ctrl Enter starts it as well.</span>
        </div>
      </div>
      <Aside {...part} />
    </form>
  );
}
