// New run: what is to be done, by whom, where and within which limits. `/runs/new?agent=…&goal=…&project=…&from=12` fills it in.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { queries, type Run } from "@/api/queries";
import { ButtonLink } from "@/ui/button";
import { Failure, Loading, Page } from "@/ui/panel";
import { begun, type Draft, prefilled } from "./draft";
import { Form } from "./form";

export function Component() {
  const [params] = useSearchParams();
  const from = Number(params.get("from"));
  const like = useQuery({ ...queries.run(from), enabled: from > 0, refetchInterval: false });
  if (from > 0 && like.error && !like.data) return <NoSuchRun error={like.error} />;
  const isReady = !from || like.data !== undefined;
  return (
    <Page title="New run">
      {isReady ? (
        <Filled params={params} {...(from > 0 && like.data ? { like: like.data } : {})} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

/** The address fills the form once; then it goes, so that a reload keeps what was typed since. */
function Filled({ params, like }: { params: URLSearchParams; like?: Run }) {
  const [, setParams] = useSearchParams();
  const [draft, setDraft] = useState<Draft>(() => prefilled(begun(), params, like));
  const isPrefilled = params.size > 0;
  useEffect(() => {
    if (isPrefilled) setParams({}, { replace: true });
  }, [isPrefilled, setParams]);
  return <Form draft={draft} change={(part) => setDraft((now) => ({ ...now, ...part }))} />;
}

function NoSuchRun({ error }: { error: unknown }) {
  return (
    <Page title="New run">
      <Failure error={error} what="The run to begin from" />
      <div>
        <ButtonLink to="/runs/new">Begin with an empty form</ButtonLink>
      </div>
    </Page>
  );
}
