// Short lists of the overview: what runs, what failed, what waits for a person.
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { queries } from "@/api/queries";
import { Loaded, Panel } from "@/ui/panel";
import { Elapsed, Time } from "@/ui/time";
import { Bar } from "../runs/row";

const SHOWN = 6;

export function RunningNow() {
  const query = useQuery(queries.runningRuns(SHOWN));
  return (
    <Panel title="Running now" flush aside={<All to="/runs?status=RUNNING">All running</All>}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>Nothing runs at the moment.</Nothing>
          ) : (
            <ul>
              {items.map((run) => (
                <Item
                  key={run.id}
                  to={`/runs/${run.id}`}
                  title={run.goal}
                  said={[run.current_agent, run.last_message].filter(Boolean).join(": ") || run.agent}
                  when={<Elapsed from={run.started_at ?? run.created_at} to={null} />}
                >
                  <Bar of={run.progress} label={`Progress of run ${run.id}`} />
                </Item>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

export function Failures({ of }: { of: Schemas["FailurePublic"][] }) {
  return (
    <Panel title="Recent failures" flush aside={<All to="/runs?status=FAILED">All failed</All>}>
      {of.length === 0 ? (
        <Nothing>No run has failed.</Nothing>
      ) : (
        <ul>
          {of.slice(0, SHOWN).map((failure) => (
            <Item
              key={failure.id}
              to={`/runs/${failure.id}`}
              title={failure.goal}
              said={failure.error || "It said nothing."}
              isBad
              when={<Time at={failure.completed_at} />}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

export function OpenApprovals() {
  const query = useQuery(queries.openApprovals());
  return (
    <Panel title="Waiting for you" flush aside={<All to="/approvals">All approvals</All>}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>No run asks anything.</Nothing>
          ) : (
            <ul>
              {items.slice(0, SHOWN).map((approval) => (
                <Item
                  key={approval.id}
                  to={`/runs/${approval.run_id}/review`}
                  title={approval.question.text}
                  said={`Run ${approval.run_id}`}
                  when={<Time at={approval.asked_at} />}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Item({
  to,
  title,
  said,
  when,
  isBad = false,
  children,
}: {
  to: string;
  title: string;
  said: string;
  when: ReactNode;
  isBad?: boolean;
  children?: ReactNode;
}) {
  return (
    <li className="border-b last:border-b-0">
      <Link
        to={to}
        className="flex flex-col gap-0.5 px-4 py-2 transition-colors hover:bg-sunken focus-visible:-outline-offset-2"
      >
        <span className="flex items-baseline gap-3">
          <span className="min-w-0 flex-1 truncate font-medium">{title.slice(0, 300)}</span>
          <span className="text-sm text-muted">{when}</span>
        </span>
        <span className={isBad ? "truncate text-sm text-failed" : "truncate text-sm text-muted"}>
          {said.slice(0, 300)}
        </span>
        {children}
      </Link>
    </li>
  );
}

function All({ to, children }: { to: string; children: string }) {
  return (
    <Link to={to} className="text-accent-ink hover:underline">
      {children}
    </Link>
  );
}

function Nothing({ children }: { children: string }) {
  return <p className="px-4 py-6 text-center text-muted">{children}</p>;
}
