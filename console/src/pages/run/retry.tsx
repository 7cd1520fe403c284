// Lets a failed or cancelled run go on; one that reached its budget is given a larger one first.
import { RotateCw } from "lucide-react";
import { useState } from "react";
import type { Run } from "@/api/queries";
import { Button, type Look } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";
import { useRetry } from "./changes";
import type { Failing } from "./reading/failure";
import { usageOf } from "./reading/usage";

const UNITS: Record<string, string> = {
  cost_usd: "US dollars",
  tokens: "Tokens",
  model_calls: "Model calls",
  seconds: "Seconds of work",
};

export function Retry({ run, budget, look = "plain" }: { run: Run; budget: Failing["budget"]; look?: Look }) {
  const [isOpen, setIsOpen] = useState(false);
  const retry = useRetry(run.id, () => setIsOpen(false));
  const icon = <RotateCw aria-hidden className="size-3.5" />;
  return (
    <>
      <Button look={look} icon={icon} onClick={() => setIsOpen(true)}>
        {budget ? "Raise the budget and retry" : "Retry"}
      </Button>
      <Dialog title={`Retry run ${run.id}`} isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <RetryForm
          run={run}
          budget={budget}
          isPending={retry.isPending}
          error={retry.error}
          send={(wanted) => retry.mutate(wanted)}
        />
      </Dialog>
    </>
  );
}

function RetryForm({
  run,
  budget,
  isPending,
  error,
  send,
}: {
  run: Run;
  budget: Failing["budget"];
  isPending: boolean;
  error: unknown;
  send: (budget: Record<string, number> | null) => void;
}) {
  const [limit, setLimit] = useState(budget ? String(budget.limit * 2) : "");
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        send(budget ? { [budget.name]: Number(limit) } : null);
      }}
    >
      <p>It goes on after its last finished step; nothing that is finished is done or paid for again.</p>
      {budget && (
        <TextField
          label={UNITS[budget.name] ?? budget.name}
          hint={`It had ${budget.limit}, and has used ${usedOf(run, budget.name)}.`}
          type="number"
          min={0}
          step="any"
          required
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        />
      )}
      {error ? <Failure error={error} /> : null}
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={isPending}>
          Retry
        </Button>
      </div>
    </form>
  );
}

function usedOf(run: Run, budget: string): number {
  const usage = usageOf(run);
  if (budget === "tokens") return usage.input_tokens + usage.output_tokens;
  if (budget === "cost_usd") return usage.cost_usd;
  if (budget === "model_calls") return usage.model_calls;
  return Math.round(usage.active_seconds);
}
