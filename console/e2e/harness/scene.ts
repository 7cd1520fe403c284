// A site in which something has happened: runs in every state, a team, a diff that waits for a person.
import type { Schemas } from "../../src/api/client";
import { eventually, type Run, type Site } from "./site";

export interface Scene {
  completed: Run;
  failed: Run;
  cancelled: Run;
  team: Run;
  waiting: Run;
  running: Run;
  queued: Run;
  project: Schemas["ProjectPublic"];
}

const TEAM = ["researcher-a", "researcher-b", "editor"];

/** Fills a new site. `running` stays so for a minute: its worker’s demo model takes its time. */
export async function fill(site: Site): Promise<Scene> {
  const project = await site.createProject("greeter", {
    "hello.py": 'def hello(name: str) -> str:\n    return f"Hello, {name}!"\n',
    "README.md": "# Greeter\n\nGreets people.\n",
  });
  const completed = await site.createRun({ goal: "Summarize the release notes of the last month" });
  const failed = await site.createRun({
    goal: "Compare three queue designs and recommend one",
    budget: { model_calls: 1 },
  });
  await site.until(completed.id, "COMPLETED");
  await site.until(failed.id, "FAILED");
  await createTeam(site);
  const team = await site.createRun({
    goal: "Should the journal be stored per run or per step?",
    agent: "topology:research",
    runner: "async",
  });
  const waiting = await site.createRun({
    goal: "Say goodbye as well as hello",
    agent: "coder",
    project_id: project.id,
  });
  await site.until(team.id, "COMPLETED");
  await site.until(waiting.id, "WAITING");
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const queued = await site.createRun({
    goal: "Check the links of the handbook",
    available_at: later,
    priority: 5,
  });
  const dropped = await site.createRun({ goal: "Translate the handbook", available_at: later });
  await site.ask("POST", `/runs/${dropped.id}/cancel`, { reason: "Not needed any more" });
  await site.stopAll("worker");
  await site.startWorker({ DEMO_STEP_SECONDS: "60" });
  const running = await site.createRun({ goal: "Write a migration guide for version 2" });
  await eventually("a run to be under way", async () => (await site.run(running.id)).current_agent !== null);
  return {
    completed: await site.run(completed.id),
    failed: await site.run(failed.id),
    cancelled: await site.run(dropped.id),
    team: await site.run(team.id),
    waiting: await site.run(waiting.id),
    running: await site.run(running.id),
    queued: await site.run(queued.id),
    project,
  };
}

async function createTeam(site: Site): Promise<void> {
  for (const name of TEAM) {
    await site.ask("POST", "/agents", { name, role: name === "editor" ? "synthesizer" : "specialist" });
  }
  await site.ask("POST", "/topologies", {
    name: "research",
    description: "Two researchers answer, an editor makes one answer of both",
    config: { type: "ensemble", aggregation: "synthesis" },
    slots: { members: TEAM.slice(0, 2), synthesizer: TEAM.slice(2) },
  });
}
