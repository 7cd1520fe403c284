// What most runs do not need: limits, what a person is asked, the model, when, and the options of the agent.
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useId, useState } from "react";
import { queries } from "@/api/queries";
import { plural } from "@/format/number";
import { Check, Select, TextField } from "@/ui/field";
import { countUnderMore } from "./draft";
import type { Part } from "./form";
import { OptionFields } from "./option_fields";

const IN_SIGHT = ["", "goal", "agent", "project_id"];

export function More(part: Part) {
  const count = countUnderMore(part.draft);
  const isWrong = Object.keys(part.wrong).some((name) => !IN_SIGHT.includes(name));
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    if (isWrong) setIsOpen(true);
  }, [isWrong]);
  return (
    <details
      open={isOpen}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
      className="group rounded-lg border bg-panel"
    >
      <summary className="flex min-h-11 list-none items-center gap-2 px-4 py-2 font-semibold [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 text-muted transition-transform group-open:rotate-90" />
        More
        <span className="font-normal text-muted">
          {count ? `${plural(count, "value")} set` : "limits, approvals, model, time, options"}
        </span>
      </summary>
      <div className="flex flex-col gap-6 border-t p-4">
        <Limits {...part} />
        <Asked {...part} />
        <How {...part} />
        <OptionFields {...part} />
      </div>
    </details>
  );
}

export function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 text-sm font-semibold">{title}</legend>
      <div className="grid gap-4 sm:grid-cols-2">{children}</div>
    </fieldset>
  );
}

function Limits({ draft, change, wrong }: Part) {
  return (
    <Group title="Budget">
      <TextField
        label="Money in US dollars"
        inputMode="decimal"
        placeholder="No limit"
        value={draft.costUsd}
        error={wrong["budget.cost_usd"]}
        onChange={(event) => change({ costUsd: event.target.value })}
      />
      <TextField
        label="Tokens"
        inputMode="numeric"
        placeholder="No limit"
        value={draft.tokens}
        error={wrong["budget.tokens"]}
        onChange={(event) => change({ tokens: event.target.value })}
      />
      <TextField
        label="Model calls"
        inputMode="numeric"
        placeholder="No limit"
        value={draft.modelCalls}
        error={wrong["budget.model_calls"]}
        onChange={(event) => change({ modelCalls: event.target.value })}
      />
      <TextField
        label="Seconds of work"
        inputMode="decimal"
        placeholder="As the settings say"
        hint="In all attempts together."
        value={draft.seconds}
        error={wrong["budget.seconds"]}
        onChange={(event) => change({ seconds: event.target.value })}
      />
      <Select
        label="At a limit"
        value={draft.onBudget}
        error={wrong.on_budget}
        onChange={(event) => change({ onBudget: event.target.value === "ask" ? "ask" : "stop" })}
      >
        <option value="stop">The run fails</option>
        <option value="ask">It asks a person for more</option>
      </Select>
    </Group>
  );
}

function Asked({ draft, change, wrong }: Part) {
  return (
    <Group title="What you are asked, and what it may touch">
      <Select
        label="Commits to approve"
        value={draft.approveCommits}
        error={wrong.approve_commits}
        onChange={(event) => change({ approveCommits: event.target.value as typeof draft.approveCommits })}
      >
        <option value="">As the project says</option>
        <option value="always">Every commit</option>
        <option value="sensitive">Those that touch a sensitive file</option>
        <option value="never">None</option>
      </Select>
      <Check
        className="sm:pt-6"
        label="Approve the plan first"
        checked={draft.approvePlan}
        onChange={(event) => change({ approvePlan: event.target.checked })}
      />
      <TextField
        label="May read"
        placeholder="**"
        hint="Globs, with commas between them. A run can only narrow what its project allows."
        value={draft.mayRead}
        error={wrong["allowed_paths.read"]}
        onChange={(event) => change({ mayRead: event.target.value })}
      />
      <TextField
        label="May write"
        placeholder="src/**, tests/**"
        value={draft.mayWrite}
        error={wrong["allowed_paths.write"]}
        onChange={(event) => change({ mayWrite: event.target.value })}
      />
    </Group>
  );
}

function How({ draft, change, wrong }: Part) {
  const models = useQuery(queries.models()).data;
  const list = useId();
  const isTopology = draft.agent.startsWith("topology:");
  return (
    <Group title="How and when">
      <TextField
        label="Model"
        list={list}
        autoComplete="off"
        placeholder="The worker's own"
        hint="provider:model, or an alias."
        value={draft.model}
        error={wrong.model}
        onChange={(event) => change({ model: event.target.value })}
      />
      <datalist id={list}>
        {models?.names.map((name) => (
          <option key={name} value={name} />
        ))}
        {Object.entries(models?.aliases ?? {}).map(([alias, name]) => (
          <option key={alias} value={alias} label={name} />
        ))}
      </datalist>
      {isTopology && <Runner draft={draft} change={change} wrong={wrong} />}
      <TextField
        label="Priority"
        inputMode="numeric"
        placeholder="0"
        hint="The higher, the sooner."
        value={draft.priority}
        error={wrong.priority}
        onChange={(event) => change({ priority: event.target.value })}
      />
      <TextField
        label="Not before"
        type="datetime-local"
        value={draft.notBefore}
        error={wrong.available_at}
        onChange={(event) => change({ notBefore: event.target.value })}
      />
      <TextField
        label="Attempts at most"
        inputMode="numeric"
        placeholder="As the settings say"
        hint="The first one included."
        value={draft.maxAttempts}
        error={wrong["config.max_attempts"]}
        onChange={(event) => change({ maxAttempts: event.target.value })}
      />
    </Group>
  );
}

function Runner({ draft, change, wrong }: Pick<Part, "draft" | "change" | "wrong">) {
  const list = useId();
  return (
    <>
      <TextField
        label="Runner"
        list={list}
        autoComplete="off"
        placeholder="local"
        hint="What schedules the agents: local, async, metaflow, or one that your workers have."
        value={draft.runner}
        error={wrong.runner}
        onChange={(event) => change({ runner: event.target.value })}
      />
      <datalist id={list}>
        {["local", "async", "metaflow"].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
