// What the pages read, each as one query: its key, its request and how often it is asked again while somebody looks.
import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Run = Schemas["RunPublic"];
export type RunStatus = Schemas["RunStatus"];
export type RunEvent = Schemas["EventPublic"];
export type Step = Schemas["StepPublic"];
export type Approval = Schemas["ApprovalPublic"];
export type Project = Schemas["ProjectPublic"];
export type Agent = Schemas["AgentPublic"];
export type Topology = Schemas["TopologyPublic"];
export type Artifact = Schemas["ArtifactPublic"];
export type Graph = Schemas["Graph"];
export type Worker = Schemas["WorkerPublic"];

export const FINAL: readonly RunStatus[] = ["COMPLETED", "FAILED", "CANCELLED"];
export const isFinal = (run: Pick<Run, "status">): boolean => FINAL.includes(run.status);

const LIVE_MS = 2_000;
const CALM_MS = 10_000;

const run = (runId: number) => ({ params: { path: { run_id: runId } } });

export const queries = {
  run: (runId: number) =>
    queryOptions({
      queryKey: ["run", runId],
      queryFn: ({ signal }) => body(api.GET("/runs/{run_id}", { ...run(runId), signal })),
      refetchInterval: ({ state }) => (state.data && isFinal(state.data) ? false : LIVE_MS),
    }),
  runGraph: (runId: number) =>
    queryOptions({
      queryKey: ["run", runId, "graph"],
      queryFn: ({ signal }) => body(api.GET("/runs/{run_id}/graph", { ...run(runId), signal })),
    }),
  artifacts: (runId: number) =>
    queryOptions({
      queryKey: ["run", runId, "artifacts"],
      queryFn: ({ signal }) => body(api.GET("/runs/{run_id}/artifacts", { ...run(runId), signal })),
    }),
  openApprovals: () =>
    queryOptions({
      queryKey: ["approvals", "open"],
      queryFn: ({ signal }) =>
        body(api.GET("/approvals", { params: { query: { status: "OPEN", limit: 100 } }, signal })),
      refetchInterval: LIVE_MS,
    }),
  /** The latest hundred, decided ones as well, the newest first. */
  approvalsOf: (runId: number, isLive: boolean) =>
    queryOptions({
      queryKey: ["approvals", "run", runId],
      queryFn: ({ signal }) =>
        body(api.GET("/approvals", { params: { query: { run_id: runId, limit: 100 } }, signal })),
      refetchInterval: isLive ? LIVE_MS : false,
    }),
  projects: () =>
    queryOptions({
      queryKey: ["projects"],
      queryFn: ({ signal }) => body(api.GET("/projects", { params: { query: { limit: 100 } }, signal })),
      refetchInterval: CALM_MS,
    }),
  agents: () =>
    queryOptions({
      queryKey: ["agents"],
      queryFn: ({ signal }) => body(api.GET("/agents", { signal })),
      refetchInterval: CALM_MS,
    }),
  topologies: () =>
    queryOptions({
      queryKey: ["topologies"],
      queryFn: ({ signal }) => body(api.GET("/topologies", { signal })),
      refetchInterval: CALM_MS,
    }),
  overview: (hours: number, buckets: number) =>
    queryOptions({
      queryKey: ["overview", hours, buckets],
      queryFn: ({ signal }) => body(api.GET("/overview", { params: { query: { hours, buckets } }, signal })),
      refetchInterval: CALM_MS / 2,
    }),
  runningRuns: (limit: number) =>
    queryOptions({
      queryKey: ["runs", "running", limit],
      queryFn: ({ signal }) =>
        body(api.GET("/runs", { params: { query: { status: ["RUNNING"], limit } }, signal })),
      refetchInterval: LIVE_MS,
    }),
  models: () =>
    queryOptions({ queryKey: ["models"], queryFn: ({ signal }) => body(api.GET("/models", { signal })) }),
  workers: () =>
    queryOptions({
      queryKey: ["workers"],
      queryFn: ({ signal }) => body(api.GET("/worker/status", { signal })),
      refetchInterval: LIVE_MS,
    }),
};
