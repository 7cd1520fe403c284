// Approve, send back or reject. The keys `a` and `x` only move the focus: a person presses the button.
import { useRef, useState } from "react";
import type { Approval } from "@/api/queries";
import { useKeys } from "@/shell/keys";
import { Button } from "@/ui/button";
import { Check, TextArea } from "@/ui/field";
import { Visible } from "@/ui/visible";
import type { Answered } from "./current";
import { type Decision, useDecision } from "./decision";
import { useDraft } from "./draft";
import { Refused } from "./refused";
import { wordingOf } from "./wording";

type Missing = "comment" | "flags" | null;

export function DecisionForm({ approval, turn, load }: Answered) {
  const [draft, change] = useDraft(approval);
  const [missing, setMissing] = useState<Missing>(null);
  const approve = useRef<HTMLButtonElement>(null);
  const comment = useRef<HTMLTextAreaElement>(null);
  const flags = useRef<HTMLFieldSetElement>(null);
  const decision = useDecision(approval, turn);
  useKeys([
    { keys: "a", does: "Go to the approve button", run: () => approve.current?.focus() },
    { keys: "x", does: "Write why not", run: () => comment.current?.focus() },
  ]);
  const asked = approval.question.flags ?? [];
  const unticked = asked.filter((flag) => !draft.ticked.includes(flag));
  const send = (how: Exclude<Decision["how"], "answer">) => {
    if (how === "approve" && unticked.length > 0) {
      setMissing("flags");
      flags.current?.querySelector<HTMLInputElement>("input:not(:checked)")?.focus();
    } else if (how !== "approve" && !draft.comment.trim()) {
      setMissing("comment");
      comment.current?.focus();
    } else {
      setMissing(null);
      decision.mutate(
        how === "approve" ? { how, flags: asked, comment: draft.comment } : { how, comment: draft.comment },
      );
    }
  };
  return (
    <form
      className="flex flex-col gap-3"
      aria-label="Your decision"
      onSubmit={(event) => event.preventDefault()}
    >
      {asked.length > 0 && (
        <Flags
          ref={flags}
          flags={asked}
          ticked={draft.ticked}
          isMissing={missing === "flags"}
          onChange={(ticked) => change({ ticked })}
        />
      )}
      <TextArea
        ref={comment}
        label="Comment"
        rows={3}
        maxLength={10_000}
        value={draft.comment}
        hint="Needed to send back or to reject. Kept in this tab until you send it."
        error={missing === "comment" ? "Say why: the agent and the run are told." : null}
        onChange={(event) => change({ comment: event.target.value })}
      />
      <Refused error={decision.error} onLoad={load} />
      <Buttons
        approval={approval}
        isOff={decision.isPending || approval.status !== "OPEN"}
        approve={approve}
        send={send}
      />
    </form>
  );
}

function Buttons({
  approval,
  isOff,
  approve,
  send,
}: {
  approval: Approval;
  isOff: boolean;
  approve: React.RefObject<HTMLButtonElement | null>;
  send: (how: "approve" | "revise" | "reject") => void;
}) {
  const wording = wordingOf(approval);
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button ref={approve} look="primary" disabled={isOff} onClick={() => send("approve")}>
          {wording.approve}
        </Button>
        {wording.revise && (
          <Button disabled={isOff} onClick={() => send("revise")}>
            {wording.revise}
          </Button>
        )}
        <Button look="danger" disabled={isOff} onClick={() => send("reject")}>
          Reject and cancel the run
        </Button>
      </div>
      <p className="text-sm text-muted">{wording.hint} Rejected, the run is cancelled.</p>
    </>
  );
}

function Flags({
  ref,
  flags,
  ticked,
  isMissing,
  onChange,
}: {
  ref: React.Ref<HTMLFieldSetElement>;
  flags: readonly string[];
  ticked: readonly string[];
  isMissing: boolean;
  onChange: (ticked: string[]) => void;
}) {
  return (
    <fieldset ref={ref} className="flex flex-col gap-2 rounded-md border border-waiting p-3">
      <legend className="px-1 text-sm font-medium">Look at these with care, and tick each</legend>
      {flags.map((flag) => (
        <Check
          key={flag}
          label={<Visible text={flag} />}
          checked={ticked.includes(flag)}
          onChange={(event) =>
            onChange(event.target.checked ? [...ticked, flag] : ticked.filter((each) => each !== flag))
          }
        />
      ))}
      {isMissing && (
        <p role="alert" className="text-sm text-failed">
          Each needs a tick before the change can be approved.
        </p>
      )}
    </fieldset>
  );
}
