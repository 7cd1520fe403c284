// A new run that keeps what this one had finished, up to a step, and goes on from there.
import { useQuery } from "@tanstack/react-query";
import { GitFork } from "lucide-react";
import { useState } from "react";
import { queries, type Run } from "@/api/queries";
import { Button, type Look } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Select, TextArea, TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";
import { useFork } from "./changes";

export function Fork({ run, from = "", look = "plain" }: { run: Run; from?: string; look?: Look }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button look={look} icon={<GitFork aria-hidden className="size-3.5" />} onClick={() => setIsOpen(true)}>
        {from ? "Fork from here" : "Fork"}
      </Button>
      <Dialog title={`Fork run ${run.id}`} isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <ForkForm run={run} from={from} done={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}

const newKey = (): string => `console-${Date.now()}-${Math.random().toString(36).slice(2)}`;

function ForkForm({ run, from, done }: { run: Run; from: string; done: () => void }) {
  const [step, setStep] = useState(from);
  const [goal, setGoal] = useState("");
  const [model, setModel] = useState("");
  const [key, setKey] = useState(newKey);
  /** The same request twice makes one run; another request has another key. */
  const change = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    setKey(newKey());
  };
  const fork = useFork(run.id, done);
  const steps = useQuery(queries.steps(run.id));
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = { from_step: step || null, goal: goal.trim() || null, model: model.trim() || null };
        fork.mutate({ key, wanted });
      }}
    >
      <p>Makes a new run that keeps the finished steps of this one. This one stays as it is.</p>
      <Select
        label="Do again from"
        hint="This step and all after it are done again; those before it are kept."
        value={step}
        onChange={change(setStep)}
      >
        <option value="">Nothing: keep every finished step</option>
        {(steps.data?.steps ?? []).map((each) => (
          <option key={each.key} value={each.key}>
            {each.position}. {each.key}
          </option>
        ))}
      </Select>
      <TextArea
        label="Another goal (optional)"
        rows={2}
        placeholder={run.goal.slice(0, 200)}
        value={goal}
        onChange={change(setGoal)}
      />
      <TextField
        label="Another model (optional)"
        placeholder={run.model ?? "the worker's own"}
        value={model}
        onChange={change(setModel)}
      />
      {fork.error && <Failure error={fork.error} />}
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={fork.isPending}>
          Fork
        </Button>
      </div>
    </form>
  );
}
