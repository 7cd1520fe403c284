// What is asked, by kind: the change with its checks, the steps of a plan, the limit, the call that needs permission.
import { Check, X } from "lucide-react";
import type { ReactNode } from "react";
import type { Approval } from "@/api/queries";
import { names } from "@/format/names";
import { duration } from "@/format/time";
import { Fact, Facts } from "@/ui/facts";
import { Visible } from "@/ui/visible";
import { type CheckResult, changeOf, detailOf, numberOf, restOf, textOf, textsOf } from "./reading";

export function Detail({ approval }: { approval: Approval }) {
  switch (approval.kind) {
    case "COMMIT":
      return <ChangeDetail approval={approval} />;
    case "PLAN":
      return <PlanDetail approval={approval} />;
    case "BUDGET":
      return <BudgetDetail approval={approval} />;
    default:
      return <CallDetail approval={approval} />;
  }
}

function ChangeDetail({ approval }: { approval: Approval }) {
  const { project, branch, base, message, checks, notes } = changeOf(approval);
  return (
    <>
      {notes.map((note) => (
        <p key={note} className="rounded-md bg-waiting-soft px-3 py-1.5 text-waiting">
          <Visible text={note} />
        </p>
      ))}
      {checks.length > 0 && <Checks checks={checks} />}
      {message && (
        <Named name="Commit message">
          <Block text={message} label="Commit message" />
        </Named>
      )}
      {branch && (
        <p className="text-sm text-muted">
          Goes to the branch <Code text={branch} />
          {project && (
            <>
              {" "}
              of <Visible text={project} />
            </>
          )}
          {base && (
            <>
              , on top of <Code text={base.slice(0, 12)} title={base} />
            </>
          )}
          .
        </p>
      )}
    </>
  );
}

export function Checks({ checks }: { checks: CheckResult[] }) {
  return (
    <ul aria-label="Checks" className="flex flex-col divide-y rounded-md border">
      {checks.map((check) => (
        <li key={check.command}>
          <details open={!check.ok}>
            <summary className="flex min-h-8 flex-wrap items-center gap-x-2 px-3 py-1">
              {check.ok ? (
                <Check aria-hidden className="size-4 shrink-0 text-done" />
              ) : (
                <X aria-hidden className="size-4 shrink-0 text-failed" />
              )}
              <code className="font-mono text-sm">
                <Visible text={check.command} />
              </code>
              <span className={names("ml-auto text-sm", check.ok ? "text-muted" : "text-failed")}>
                {check.ok ? "passed" : "failed"}: {check.ended}
                {check.seconds !== null && `, ${duration(check.seconds * 1000)}`}
              </span>
            </summary>
            <div className="px-3 pb-2">
              <Block text={check.output || "(no output)"} label={`Output of ${check.command}`} />
            </div>
          </details>
        </li>
      ))}
    </ul>
  );
}

function PlanDetail({ approval }: { approval: Approval }) {
  const detail = detailOf(approval);
  return (
    <>
      <ol className="flex list-decimal flex-col gap-1 pl-6 marker:text-muted">
        {textsOf(detail.steps).map((step, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two steps may say the same
          <li key={place} className="whitespace-pre-wrap">
            <Visible text={step} />
          </li>
        ))}
      </ol>
      <Rest detail={detail} shown={["steps", "goal"]} />
    </>
  );
}

const UNITS: Record<string, string> = {
  cost_usd: "US dollars",
  tokens: "tokens",
  model_calls: "model calls",
};

function BudgetDetail({ approval }: { approval: Approval }) {
  const { budget, limit, used, adds } = detailOf(approval);
  const unit = UNITS[textOf(budget)] ?? textOf(budget);
  const amount = (value: unknown) => `${numberOf(value)?.toLocaleString("en") ?? "?"} ${unit}`;
  return (
    <Facts>
      <Fact name="Used">{amount(used)}</Fact>
      <Fact name="Limit">{amount(limit)}</Fact>
      <Fact name="Granted by you">{amount(adds)} more, from what is used now</Fact>
    </Facts>
  );
}

const CALL = ["kind", "title", "paths", "input", "text", "node", "agent", "answer"];

function CallDetail({ approval }: { approval: Approval }) {
  const detail = detailOf(approval);
  const paths = textsOf(detail.paths);
  const blocks: [string, string][] = [
    ["Answer", textOf(detail.answer)],
    ["What it is given", textOf(detail.input)],
    ["What it says", textOf(detail.text)],
  ];
  return (
    <>
      {paths.length > 0 && (
        <Named name="Paths">
          <ul className="font-mono text-sm">
            {paths.map((path) => (
              <li key={path}>
                <Visible text={path} />
              </li>
            ))}
          </ul>
        </Named>
      )}
      {blocks.map(([name, text]) =>
        text ? (
          <Named key={name} name={name}>
            <Block text={text} label={name} />
          </Named>
        ) : null,
      )}
      <Rest detail={detail} shown={CALL} />
    </>
  );
}

function Rest({ detail, shown }: { detail: Record<string, unknown>; shown: readonly string[] }) {
  const text = restOf(detail, shown);
  return text ? (
    <Named name="More">
      <Block text={text} label="More of what the agent says" />
    </Named>
  ) : null;
}

function Named({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1">
      <p className="text-sm text-muted">{name}</p>
      {children}
    </div>
  );
}

const Code = ({ text, title }: { text: string; title?: string }) => (
  <code className="font-mono text-ink" title={title}>
    <Visible text={text} />
  </code>
);

/** Text as it is, in a box of its own that scrolls. */
function Block({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset groups controls, and this is text
    <div
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-60 overflow-y-auto rounded-md bg-sunken px-3 py-2 font-mono text-sm whitespace-pre-wrap"
    >
      <Visible text={text} />
    </div>
  );
}
