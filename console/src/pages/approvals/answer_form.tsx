// The answer in words to a question of the kind INPUT.
import { useRef, useState } from "react";
import { useKeys } from "@/shell/keys";
import { Button } from "@/ui/button";
import { TextArea } from "@/ui/field";
import type { Answered } from "./current";
import { useDecision } from "./decision";
import { useDraft } from "./draft";
import { Refused } from "./refused";

export function AnswerForm({ approval, turn, load }: Answered) {
  const [draft, change] = useDraft(approval);
  const [isMissing, setIsMissing] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const decision = useDecision(approval, turn);
  useKeys([{ keys: "a", does: "Write the answer", run: () => field.current?.focus() }]);
  const send = () => {
    setIsMissing(!draft.text.trim());
    if (draft.text.trim()) decision.mutate({ how: "answer", text: draft.text });
    else field.current?.focus();
  };
  return (
    <form
      aria-label="Your answer"
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <TextArea
        ref={field}
        label="Your answer"
        rows={3}
        value={draft.text}
        hint="The agent reads it and goes on. Who does not want to answer cancels the run."
        error={isMissing ? "Write what the agent shall be told." : null}
        onChange={(event) => change({ text: event.target.value })}
      />
      <Refused error={decision.error} onLoad={load} />
      <div>
        <Button type="submit" look="primary" disabled={decision.isPending || approval.status !== "OPEN"}>
          Send the answer
        </Button>
      </div>
    </form>
  );
}
