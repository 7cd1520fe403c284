// Chooses who does the run, with what each can do and whether it is ready.
import { CircleAlert, Download } from "lucide-react";
import { useId } from "react";
import { names } from "@/format/names";
import { Loading } from "@/ui/panel";
import { type Choice, GROUPS } from "./choices";
import type { Part } from "./form";

export function AgentPicker({ draft, change, wrong, choices }: Part & { choices: Choice[] }) {
  if (choices.length === 0) return <Placeholder />;
  const isKnown = choices.some(({ name }) => name === draft.agent);
  const error =
    wrong.agent ??
    (isKnown ? null : `No worker and no catalog has ${draft.agent} now: choose another, or try.`);
  return (
    <fieldset className="flex min-w-0 flex-col gap-3" aria-describedby={error ? "agent-error" : undefined}>
      <legend className="mb-1 text-sm font-medium">Agent or topology</legend>
      {GROUPS.map((group) => {
        const members = choices.filter((choice) => choice.group === group);
        if (members.length === 0) return null;
        return (
          <div key={group} className="flex flex-col gap-1.5">
            <p className="text-xs text-muted">{group}</p>
            <div className="grid gap-2 sm:grid-cols-2">
              {members.map((choice) => (
                <Card
                  key={choice.name}
                  choice={choice}
                  isChosen={choice.name === draft.agent}
                  choose={() => change({ agent: choice.name, options: {}, otherOptions: "" })}
                />
              ))}
            </div>
          </div>
        );
      })}
      {error && (
        <p id="agent-error" role="alert" className="text-sm text-failed">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** As high as the cards will be, so that nothing below jumps from under the pointer. */
function Placeholder() {
  return (
    <div className="min-h-96">
      <Loading />
    </div>
  );
}

function Card({ choice, isChosen, choose }: { choice: Choice; isChosen: boolean; choose: () => void }) {
  const id = useId();
  return (
    <label
      className={names(
        "flex cursor-pointer gap-2.5 rounded-md border p-2.5 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
        isChosen ? "border-accent bg-accent-soft" : "hover:bg-sunken",
      )}
    >
      <input
        type="radio"
        name="agent"
        value={choice.name}
        aria-labelledby={id}
        aria-describedby={`${id}-what`}
        checked={isChosen}
        onChange={choose}
        className="mt-1 size-4 shrink-0 accent-accent outline-none"
      />
      <span className="flex min-w-0 flex-col">
        <span id={id} className="font-medium">
          {choice.title}
        </span>
        <span id={`${id}-what`} className="flex flex-col">
          <span className="text-sm text-muted">{choice.description}</span>
          <Known choice={choice} />
        </span>
      </span>
    </label>
  );
}

function Known({ choice }: { choice: Choice }) {
  const reason = choice.reason ? `: ${choice.reason}` : "";
  return (
    <>
      {choice.needsProject && <span className="text-sm text-muted">Needs a project.</span>}
      {choice.health === "broken" && (
        <span className="mt-0.5 flex items-center gap-1 text-sm text-failed">
          <CircleAlert aria-hidden className="size-3.5 shrink-0" />
          Broken{reason}
        </span>
      )}
      {choice.health === "missing" && (
        <span className="mt-0.5 flex items-center gap-1 text-sm text-waiting">
          <Download aria-hidden className="size-3.5 shrink-0" />
          The first run installs it
        </span>
      )}
    </>
  );
}
