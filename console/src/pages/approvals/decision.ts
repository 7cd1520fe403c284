// Sends what a person has decided. Who decided otherwise, or on something that has changed, is told so by the API.
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { ApiError } from "@/api/error";
import { type Approval, queries } from "@/api/queries";
import { notify } from "@/ui/notice";
import { drop } from "./draft";

export type Decision =
  | { how: "approve"; flags: readonly string[]; comment: string }
  | { how: "revise" | "reject"; comment: string }
  | { how: "answer"; text: string };

const SAID: Record<Decision["how"], string> = {
  approve: "Approved. The run goes on.",
  revise: "Sent back. The agent tries again.",
  reject: "Rejected. The run is cancelled.",
  answer: "Answered. The run goes on.",
};

export function useDecision(approval: Approval, onDecided: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (decision: Decision) => send(approval, decision),
    onSuccess: (decided, decision) => {
      drop(approval);
      keep(client, decided);
      notify(SAID[decision.how]);
      onDecided();
      void client.invalidateQueries({ queryKey: ["run", approval.run_id] });
    },
    onError: (error) => {
      if (isChanged(error)) void client.invalidateQueries({ queryKey: ["approvals"] });
    },
  });
}

/** Somebody else decided, or what is asked is no longer what was shown. */
export const isChanged = (error: unknown): boolean => error instanceof ApiError && error.status === 409;

function send(approval: Approval, decision: Decision): Promise<Approval> {
  const params = { path: { run_id: approval.run_id } };
  const approval_id = approval.id;
  switch (decision.how) {
    case "approve":
      return body(
        api.POST("/runs/{run_id}/approve", {
          params,
          body: {
            approval_id,
            diff_sha: approval.diff_sha,
            accept_flags: [...decision.flags],
            comment: decision.comment.trim() || null,
          },
        }),
      );
    case "revise":
    case "reject":
      return body(
        api.POST("/runs/{run_id}/reject", {
          params,
          body: { approval_id, comment: decision.comment.trim(), revise: decision.how === "revise" },
        }),
      );
    case "answer":
      return body(api.POST("/runs/{run_id}/input", { params, body: { approval_id, text: decision.text } }));
  }
}

/** Shows the answer before the next poll brings it. */
function keep(client: QueryClient, decided: Approval): void {
  const { queryKey } = queries.approvalsOf(decided.run_id, false);
  client.setQueryData(queryKey, (page) =>
    page ? { ...page, items: page.items.map((each) => (each.id === decided.id ? decided : each)) } : page,
  );
  client.setQueryData(queries.openApprovals().queryKey, (page) =>
    page ? { ...page, items: page.items.filter((each) => each.id !== decided.id) } : page,
  );
  void client.invalidateQueries({ queryKey: ["approvals"] });
}
