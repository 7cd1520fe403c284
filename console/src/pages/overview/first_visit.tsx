// What is shown before there is any run: what this is, and three ways to see it work.
import { useMutation } from "@tanstack/react-query";
import { Hand, Play, Terminal } from "lucide-react";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import type { Schemas } from "@/api/client";
import { Button, ButtonLink } from "@/ui/button";
import { Command } from "@/ui/command";
import { Failure } from "@/ui/panel";
import { createRun } from "../new_run/create_run";
import { curl } from "../new_run/curl";
import { made } from "../new_run/once";
import { Trouble } from "./crew";

const GOAL = "Plan a day that leaves time for tests";
const DEMO = "agent-runner demo";

export function FirstVisit({ overview }: { overview: Schemas["OverviewPublic"] }) {
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => createRun({ goal: GOAL, agent: "simple", model: "demo" }),
    onSuccess: (run) => {
      made();
      void navigate(`/runs/${run.id}`);
    },
  });
  return (
    <div className="flex flex-col gap-5">
      <p className="max-w-prose text-lg text-muted">
        Agents do runs: pieces of work that survive crashes, ask you before they commit, and can be watched
        step by step. There is none yet. Begin with one of these.
      </p>
      <Trouble overview={overview} />
      {create.error && <Failure error={create.error} what="No run was made" />}
      <div className="grid gap-4 lg:grid-cols-3">
        <Way icon={<Play aria-hidden className="size-4" />} title="See a run">
          <p>
            The simple agent thinks, makes a plan of three steps and does them, with the demo model: a few
            seconds, no key, no network. You watch each event as it happens.
          </p>
          <Button look="primary" disabled={create.isPending} onClick={() => create.mutate()}>
            Try a demo run
          </Button>
        </Way>
        <Way icon={<Hand aria-hidden className="size-4" />} title="Let it change code, and ask you">
          <p>
            This makes a small git project, and lets the coder change it. It shows you the diff and commits
            nothing before you approve it under Approvals.
          </p>
          <Command text={DEMO} />
        </Way>
        <Way icon={<Terminal aria-hidden className="size-4" />} title="From a program">
          <p>One request makes a run; the answer says under which number it can be followed.</p>
          <Command text={curl(window.location.origin, { goal: "Say hello" })} />
        </Way>
      </div>
      <div className="flex items-center gap-3">
        <ButtonLink to="/runs/new">Begin with a goal of your own</ButtonLink>
      </div>
    </div>
  );
}

function Way({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col items-start gap-3 rounded-lg border bg-panel p-4">
      <h2 className="flex items-center gap-2 text-lg font-semibold">
        <span className="text-accent-ink">{icon}</span>
        {title}
      </h2>
      {children}
    </section>
  );
}
