// Why a run failed, where, and what to do about it. It stands before everything else.
import { OctagonX } from "lucide-react";
import type { Run } from "@/api/queries";
import type { RunFeed } from "@/live/feed";
import { ButtonLink } from "@/ui/button";
import { Fact, Facts } from "@/ui/facts";
import { Visible } from "@/ui/visible";
import { Fork } from "./fork";
import { adviceOf, type Failing, failingOf } from "./reading/failure";
import { storyOf } from "./reading/story";
import { Retry } from "./retry";

export function FailureCard({ run, feed }: { run: Run; feed: RunFeed }) {
  const failing = failingOf(feed.events);
  return (
    <section
      aria-label="Why it failed"
      className="flex flex-col gap-3 rounded-lg border border-failed bg-failed-soft p-4"
    >
      <div className="flex gap-2.5">
        <OctagonX aria-hidden className="mt-0.5 size-5 shrink-0 text-failed" />
        <h2 className="max-h-48 min-w-0 overflow-y-auto text-lg font-medium whitespace-pre-wrap text-failed first-letter:uppercase">
          <Visible text={run.error ?? "It failed without a word."} />
        </h2>
      </div>
      {failing && <Where failing={failing} run={run} />}
      <p>{failing ? adviceOf(failing) : ""}</p>
      <div className="flex flex-wrap gap-2">
        <Retry run={run} budget={failing?.budget ?? null} look="primary" />
        <Fork run={run} />
        <ButtonLink to={`/runs/${run.id}/journal`}>Open the journal</ButtonLink>
        {failing && (
          <ButtonLink to={`/runs/${run.id}/timeline?event=${failing.cause?.event_id ?? failing.eventId}`}>
            Show the event
          </ButtonLink>
        )}
      </div>
    </section>
  );
}

function Where({ failing, run }: { failing: Failing; run: Run }) {
  const cause = failing.cause && storyOf(failing.cause);
  return (
    <Facts>
      {failing.step && (
        <Fact name="Failed in">
          <span data-failed-step className="font-medium">
            <Visible text={failing.step} />
          </span>
        </Fact>
      )}
      <Fact name="By">
        {failing.agent && `${failing.agent}, `}attempt {failing.attempt ?? run.attempt} of {run.max_attempts}
      </Fact>
      {cause && (
        <Fact name="Before that">
          <span className="line-clamp-3">
            <span className="font-medium">{cause.title}</span> <Visible text={cause.text} />
          </span>
        </Fact>
      )}
    </Facts>
  );
}
