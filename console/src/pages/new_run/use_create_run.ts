// Sends the form, and says which field the API's sentence is about when it refuses.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ApiError } from "@/api/error";
import { notify } from "@/ui/notice";
import { createRun } from "./create_run";
import { type Draft, remember } from "./draft";
import { made } from "./once";
import { byField, type Chosen, fieldsOf, request, type Wrong } from "./request";

const NONE: Wrong = {};

/** `failure` is what no field can show. */
export function useCreateRun(draft: Draft, agent: Chosen) {
  const [wrong, setWrong] = useState<Wrong>(NONE);
  const navigate = useNavigate();
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: createRun,
    onSuccess: (run) => {
      made();
      remember(draft);
      client.setQueryData(["run", run.id], run);
      notify(`Run ${run.id} is queued.`);
      void navigate(`/runs/${run.id}`);
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 422)
        setWrong(byField(error.message, fieldsOf(agent)));
    },
  });
  const send = () => {
    if (mutation.isPending) return;
    const made = request(draft, agent);
    setWrong(made.wrong);
    mutation.reset();
    if (Object.keys(made.wrong).length === 0) mutation.mutate(made.wanted);
  };
  const isShownBeside = Object.keys(wrong).length > 0 && !wrong[""];
  return {
    send,
    isSending: mutation.isPending,
    wrong,
    failure: mutation.error !== null && !isShownBeside ? mutation.error : null,
  };
}
