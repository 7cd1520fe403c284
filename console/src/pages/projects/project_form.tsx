// Adds a project, or renames or moves one: a name, and the directory on the workers' machine.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/error";
import type { Project } from "@/api/queries";
import { byField } from "@/pages/new_run/request";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";

export interface Place {
  name: string;
  local_path: string;
}

interface Shown {
  begun: Place;
  save: (place: Place) => Promise<Project>;
  verb: string;
  onSaved: (project: Project) => void;
  onClose: () => void;
}

export function ProjectForm({ begun, save, verb, onSaved, onClose }: Shown) {
  const client = useQueryClient();
  const [place, setPlace] = useState(begun);
  const saving = useMutation({
    mutationFn: () => save(place),
    onSuccess: async (project) => {
      client.setQueryData(["projects", project.id], project);
      await client.invalidateQueries({ queryKey: ["projects"], exact: true });
      onSaved(project);
    },
  });
  const wrong = saving.error instanceof ApiError ? byField(saving.error.message, ["name", "local_path"]) : {};
  const isBesideAField = Boolean(wrong.name || wrong.local_path);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Name"
        required
        value={place.name}
        error={wrong.name}
        onChange={(event) => setPlace({ ...place, name: event.target.value })}
      />
      <TextField
        label="Directory"
        required
        spellCheck={false}
        className="font-mono"
        placeholder="/home/me/my-project"
        hint="The absolute path of a git repository, on the machine of the API and the workers. It may come into being later."
        value={place.local_path}
        error={wrong.local_path}
        onChange={(event) => setPlace({ ...place, local_path: event.target.value })}
      />
      {saving.error && !isBesideAField ? <Failure error={saving.error} /> : null}
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={saving.isPending}>
          {verb}
        </Button>
        <Button onClick={onClose}>Close</Button>
      </div>
    </form>
  );
}
