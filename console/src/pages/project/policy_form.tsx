// What runs may do in a project and what a person is asked, as a form; what is wrong with a line stands beside it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, body } from "@/api/client";
import { ApiError } from "@/api/error";
import type { Project, ProjectPolicy } from "@/api/queries";
import { byField } from "@/pages/new_run/request";
import { Button } from "@/ui/button";
import { Check, Select, TextArea, TextField } from "@/ui/field";
import { notify } from "@/ui/notice";
import { Failure, Panel } from "@/ui/panel";
import { COMMITS, changesIn, draftOf, type Limits, type Lists, type PolicyDraft } from "./policy";

interface Part {
  draft: PolicyDraft;
  change: (part: Partial<PolicyDraft>) => void;
  wrong: Record<string, string>;
}

/** Edits lie over the policy as it is, so that what others change meanwhile is seen. */
export function PolicyForm({ project }: { project: Project }) {
  const [edits, setEdits] = useState<Partial<PolicyDraft>>({});
  const saving = useSaving(project, () => setEdits({}));
  const draft = { ...draftOf(project.policy), ...edits };
  const changes = changesIn(draft, project.policy);
  const isChanged = Object.keys(changes).length > 0;
  const wrong = saving.error ? sentences(saving.error) : {};
  const part = { draft, wrong, change: (more: Partial<PolicyDraft>) => setEdits({ ...edits, ...more }) };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(changes);
  };
  return (
    <Panel title="What its runs may do" aside="A run can only narrow it">
      <form onSubmit={submit} className="flex flex-col gap-6">
        <Asked {...part} />
        <ListGroup {...part} title="Files" lists={FILES} />
        <ListGroup {...part} title="Commands" lists={COMMANDS} />
        <BudgetFields {...part} />
        {saving.error && wrong[""] ? <Failure error={saving.error} /> : null}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" look="primary" disabled={!isChanged || saving.isPending}>
            Save the policy
          </Button>
          {isChanged && (
            <>
              <Button
                onClick={() => {
                  setEdits({});
                  saving.reset();
                }}
              >
                Undo the changes
              </Button>
              <span className="text-sm text-muted">Not saved yet. It counts for runs from then on.</span>
            </>
          )}
        </div>
      </form>
    </Panel>
  );
}

function useSaving(project: Project, done: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (policy: ProjectPolicy) =>
      body(
        api.PATCH("/projects/{project_id}", {
          params: { path: { project_id: project.id } },
          body: { policy },
        }),
      ),
    onSuccess: (changed) => {
      client.setQueryData(["projects", project.id], changed);
      notify("The policy is saved.");
      done();
    },
  });
}

const FIELDS = [
  "deny",
  "sensitive",
  "checks",
  "commands",
  "toolchain",
  "check_seconds",
  "allowed_paths.read",
];
const KNOWN = [...FIELDS, "allowed_paths.write", "budget.cost_usd", "budget.tokens", "budget.model_calls"];

/** Under the API's name of each field, or under "" where it belongs to none. */
function sentences(error: Error): Record<string, string> {
  if (!(error instanceof ApiError)) return { "": error.message };
  const found = byField(
    error.message,
    KNOWN.map((name) => `policy.${name}`),
  );
  return Object.fromEntries(
    Object.entries(found).map(([name, sentence]) => [name.replace(/^policy\./, ""), sentence]),
  );
}

function Asked({ draft, change }: Part) {
  return (
    <Group title="What a person is asked">
      <Select
        label="Commits"
        value={draft.approveCommits}
        onChange={(event) => change({ approveCommits: event.target.value as PolicyDraft["approveCommits"] })}
      >
        {Object.entries(COMMITS).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </Select>
      <Check
        className="sm:mt-7"
        label="Ask for the plan before any work"
        checked={draft.approvePlan}
        onChange={(event) => change({ approvePlan: event.target.checked })}
      />
    </Group>
  );
}

interface ListField {
  name: Lists;
  wire: string;
  label: string;
  hint: string;
}

const FILES: ListField[] = [
  {
    name: "read",
    wire: "allowed_paths.read",
    label: "May be read",
    hint: "Globs from the project's root, one a line; ** is all.",
  },
  {
    name: "write",
    wire: "allowed_paths.write",
    label: "May be written",
    hint: "One a line, such as src/ or docs/**/*.md.",
  },
  { name: "deny", wire: "deny", label: "Neither", hint: "One a line; wins over both, such as secrets/." },
  {
    name: "sensitive",
    wire: "sensitive",
    label: "Sensitive, yet may be written",
    hint: "One a line, such as .vscode/.",
  },
];
const COMMANDS: ListField[] = [
  {
    name: "checks",
    wire: "checks",
    label: "Checks",
    hint: "Run after each round of edits and shown with the diff, one a line, such as pytest -q",
  },
  {
    name: "commands",
    wire: "commands",
    label: "Further commands",
    hint: "One a line; a trailing * allows any arguments, as in pytest *",
  },
  {
    name: "toolchain",
    wire: "toolchain",
    label: "Directories of tools",
    hint: "What commands read besides the system's, one a line, such as /opt/venv",
  },
];

function ListGroup({ title, lists, draft, change, wrong }: Part & { title: string; lists: ListField[] }) {
  return (
    <Group title={title}>
      {lists.map(({ name, wire, label, hint }) => (
        <TextArea
          key={name}
          label={label}
          rows={3}
          spellCheck={false}
          className="font-mono text-sm"
          hint={hint}
          error={wrong[wire]}
          value={draft[name]}
          onChange={(event) => change({ [name]: event.target.value })}
        />
      ))}
      {title === "Commands" && (
        <TextField
          label="Seconds for one command, at most"
          type="number"
          min={1}
          max={86400}
          step="any"
          required
          error={wrong.check_seconds}
          value={draft.checkSeconds}
          onChange={(event) => change({ checkSeconds: event.target.value })}
        />
      )}
    </Group>
  );
}

const LIMITS: { name: Limits; wire: string; label: string; step: string }[] = [
  { name: "costUsd", wire: "budget.cost_usd", label: "US dollars", step: "any" },
  { name: "tokens", wire: "budget.tokens", label: "Tokens", step: "1" },
  { name: "modelCalls", wire: "budget.model_calls", label: "Model calls", step: "1" },
];

function BudgetFields({ draft, change, wrong }: Part) {
  return (
    <Group title="Budget of a run that names none" columns="sm:grid-cols-3">
      {LIMITS.map(({ name, wire, label, step }) => (
        <TextField
          key={name}
          label={label}
          type="number"
          min={0}
          step={step}
          placeholder="no limit"
          error={wrong[wire]}
          value={draft[name]}
          onChange={(event) => change({ [name]: event.target.value })}
        />
      ))}
    </Group>
  );
}

function Group({
  title,
  columns = "sm:grid-cols-2",
  children,
}: {
  title: string;
  columns?: string;
  children: React.ReactNode;
}) {
  return (
    <fieldset>
      <legend className="mb-2 font-medium">{title}</legend>
      <div className={`grid gap-4 ${columns}`}>{children}</div>
    </fieldset>
  );
}
