// For tests: events as the API sends them.
import type { Run, RunEvent } from "@/api/queries";

/** Numbers them from 1. An entry is a type, its payload and the agent. */
export const eventsOf = (...entries: [string, RunEvent["payload"]?, string?][]): RunEvent[] =>
  entries.map(([event_type, payload = {}, agent_role], index) => ({
    event_id: index + 1,
    run_id: 1,
    timestamp: `2026-11-20T21:00:${String(index % 60).padStart(2, "0")}.000000Z`,
    agent_role: agent_role ?? null,
    event_type,
    payload,
  }));

export const runOf = (changed: Partial<Run> = {}): Run => ({
  id: 12,
  project_id: null,
  task_id: null,
  goal: "Say hello",
  agent: "simple",
  model: null,
  runner: null,
  input: {},
  config: {},
  status: "QUEUED",
  priority: 0,
  attempt: 0,
  max_attempts: 3,
  time_limit_seconds: 3600,
  budget: { seconds: 3600 },
  on_budget: "stop",
  approve_plan: false,
  iteration: 0,
  progress: 0,
  current_agent: null,
  last_message: null,
  result: null,
  error: null,
  created_at: "2026-11-20T21:00:00.000000Z",
  available_at: "2026-11-20T21:00:00.000000Z",
  started_at: null,
  completed_at: null,
  cancel_requested: false,
  forked_from: null,
  usage: {},
  ...changed,
});
