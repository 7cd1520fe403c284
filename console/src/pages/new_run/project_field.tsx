// Chooses the project of the run, or adds one without leaving the form.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderPlus } from "lucide-react";
import { useState } from "react";
import { api, body } from "@/api/client";
import { ApiError } from "@/api/error";
import { queries } from "@/api/queries";
import { Button } from "@/ui/button";
import { Select, TextField } from "@/ui/field";
import { notify } from "@/ui/notice";
import type { Part } from "./form";
import { byField } from "./request";

export function ProjectField({ draft, change, wrong, agent }: Part) {
  const { data } = useQuery(queries.projects());
  const [isAdding, setIsAdding] = useState(false);
  const projects = data?.items ?? [];
  const chosen = projects.find(({ id }) => String(id) === draft.project);
  const isUnknown = draft.project !== "" && data !== undefined && !chosen;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-start gap-2 max-sm:flex-col">
        <div className="w-full min-w-0 flex-1">
          <Select
            label="Project"
            value={draft.project}
            hint={hint(draft.project !== "", chosen?.path_exists, agent.needsProject)}
            error={wrong.project_id}
            onChange={(event) => change({ project: event.target.value })}
          >
            <option value="">No project</option>
            {isUnknown && <option value={draft.project}>Project {draft.project}</option>}
            {projects.map((project) => (
              <option key={project.id} value={project.id}>
                {project.name} ({project.local_path})
              </option>
            ))}
          </Select>
        </div>
        <Button
          className="sm:mt-6"
          aria-expanded={isAdding}
          onClick={() => setIsAdding(!isAdding)}
          icon={<FolderPlus aria-hidden className="size-3.5" />}
        >
          {isAdding ? "Close" : "Add a project"}
        </Button>
      </div>
      {isAdding && (
        <NewProject
          onAdded={(id) => {
            change({ project: String(id) });
            setIsAdding(false);
          }}
        />
      )}
    </div>
  );
}

function hint(isChosen: boolean, exists: boolean | undefined, isNeeded: boolean): string {
  if (isChosen && exists === false) return "The API sees no directory at this path now.";
  if (isChosen) return "The agent works in a copy of it, on a branch of its own. Yours stays as it is.";
  if (isNeeded) return "This agent changes files of a git repository, so it needs a project.";
  return "Without one the agent has no files to work on: it answers, and what it makes is kept with the run.";
}

function NewProject({ onAdded }: { onAdded: (id: number) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [path, setPath] = useState("");
  const add = useMutation({
    mutationFn: () => body(api.POST("/projects", { body: { name, local_path: path } })),
    onSuccess: async (project) => {
      await client.invalidateQueries({ queryKey: ["projects"] });
      notify(`Project ${project.name} is added.`);
      onAdded(project.id);
    },
  });
  const wrong = add.error ? said(add.error) : {};
  return (
    <fieldset
      className="grid gap-3 rounded-md border bg-sunken p-3 sm:grid-cols-2"
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        event.stopPropagation();
        add.mutate();
      }}
    >
      <legend className="sr-only">New project</legend>
      <TextField
        label="Name"
        autoFocus
        value={name}
        error={wrong.name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Directory"
        placeholder="/home/me/my-project"
        hint="The absolute path of a git repository, on the machine of the API and the workers."
        value={path}
        error={wrong.local_path}
        onChange={(event) => setPath(event.target.value)}
      />
      <div className="flex flex-wrap items-center gap-3 sm:col-span-2">
        <Button disabled={add.isPending} onClick={() => add.mutate()}>
          Add it
        </Button>
        {wrong[""] && (
          <p role="alert" className="text-sm text-failed">
            {wrong[""]}
          </p>
        )}
      </div>
    </fieldset>
  );
}

function said(error: Error): Record<string, string> {
  if (error instanceof ApiError) return byField(error.message, ["name", "local_path"]);
  return { "": error.message };
}
