// Sends the form, and says which field the API's sentence is about when it refuses.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, body } from "@/api/client";
import { ApiError } from "@/api/error";
import type { Run } from "@/api/queries";
import { notify } from "@/ui/notice";
import { type Draft, remember } from "./draft";
import { keyFor, made } from "./once";
import { byField, type Chosen, fieldsOf, request, type Wanted, type Wrong } from "./request";

const NONE: Wrong = {};

/** With a key, so that asking twice makes one run. */
export function createRun(wanted: Wanted): Promise<Run> {
  const headers = { "Idempotency-Key": keyFor(JSON.stringify(wanted)) };
  return body(api.POST("/runs", { body: wanted, headers }));
}

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
