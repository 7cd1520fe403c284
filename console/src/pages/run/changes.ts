// What changes a run: cancel, retry, fork. The API's refusal is shown where it was asked.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, body, type Schemas } from "@/api/client";
import { notify } from "@/ui/notice";

const at = (runId: number) => ({ params: { path: { run_id: runId } } });

export function useCancel(runId: number, done: () => void) {
  const refresh = useRefresh(runId);
  return useMutation({
    mutationFn: (reason: string) =>
      body(api.POST("/runs/{run_id}/cancel", { ...at(runId), body: { reason: reason || null } })),
    onSuccess: (run) => {
      notify(run.status === "CANCELLED" ? `Run ${runId} is cancelled.` : `Run ${runId} is being cancelled.`);
      done();
      return refresh();
    },
  });
}

export function useRetry(runId: number, done: () => void) {
  const refresh = useRefresh(runId);
  return useMutation({
    mutationFn: (budget: Schemas["BudgetWanted"] | null) =>
      body(api.POST("/runs/{run_id}/retry", { ...at(runId), body: { budget } })),
    onSuccess: () => {
      notify(`Run ${runId} is queued again.`);
      done();
      return refresh();
    },
  });
}

export function useFork(runId: number, done: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ key, wanted }: { key: string; wanted: Schemas["ForkRequest"] }) => {
      const params = { ...at(runId).params, header: { "Idempotency-Key": key } };
      return body(api.POST("/runs/{run_id}/fork", { params, body: wanted }));
    },
    onSuccess: async (run) => {
      notify(`Run ${run.id} goes on from run ${runId}.`);
      done();
      await client.invalidateQueries({ queryKey: ["runs"] });
      await navigate(`/runs/${run.id}`);
    },
  });
}

/** Everything that is known of the run, and the lists it stands in. */
function useRefresh(runId: number): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await Promise.all(
      [["run", runId], ["runs"], ["approvals"], ["overview"]].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
  };
}
