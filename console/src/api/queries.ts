// What the pages read, each as one query: its key, its request and how often it is asked again while somebody looks.
import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";
import { artifactAt, fileAt } from "./files";

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
export type Mixin = Schemas["MixinPublic"];
export type ProjectPolicy = Schemas["ProjectPolicy"];
export type Worker = Schemas["WorkerPublic"];

export const FINAL: readonly RunStatus[] = ["COMPLETED", "FAILED", "CANCELLED"];
export const isFinal = (run: Pick<Run, "status">): boolean => FINAL.includes(run.status);

const LIVE_MS = 2_000;
const CALM_MS = 10_000;

const run = (runId: number) => ({ params: { path: { run_id: runId } } });

/** A graph is data where no `format` is asked for, else a drawing. */
const graphOf = (answer: Promise<{ data?: Graph | string; response: Response }>): Promise<Graph> =>
  body(answer) as Promise<Graph>;

export const queries = {
  run: (runId: number) =>
    queryOptions({
      queryKey: ["run", runId],
      queryFn: ({ signal }) => body(api.GET("/runs/{run_id}", { ...run(runId), signal })),
      refetchInterval: ({ state }) => (state.data && isFinal(state.data) ? false : LIVE_MS),
    }),
  steps: (runId: number) =>
    queryOptions({
      queryKey: ["run", runId, "steps"],
      queryFn: ({ signal }) => body(api.GET("/runs/{run_id}/steps", { ...run(runId), signal })),
    }),
  /** Per agent and per model. */
  usage: (runId: number) =>
    queryOptions({
      queryKey: ["run", runId, "usage"],
      queryFn: ({ signal }) => body(api.GET("/runs/{run_id}/usage", { ...run(runId), signal })),
    }),
  runGraph: (runId: number) =>
    queryOptions({
      queryKey: ["run", runId, "graph"],
      queryFn: ({ signal }) => graphOf(api.GET("/runs/{run_id}/graph", { ...run(runId), signal })),
    }),
  /** The newest runs of an agent or of a project. */
  latestRuns: (of: { agent?: string; project_id?: number }, limit: number) =>
    queryOptions({
      queryKey: ["runs", "latest", of, limit],
      queryFn: ({ signal }) => body(api.GET("/runs", { params: { query: { ...of, limit } }, signal })),
      refetchInterval: CALM_MS,
    }),
  artifacts: (runId: number) =>
    queryOptions({
      queryKey: ["run", runId, "artifacts"],
      queryFn: ({ signal }) => body(api.GET("/runs/{run_id}/artifacts", { ...run(runId), signal })),
    }),
  /** The text of the diff with this hash. Raises when the run shows another one by now. */
  diff: (runId: number, sha: string) =>
    queryOptions({
      queryKey: ["diff", runId, sha],
      queryFn: async ({ signal }) => {
        const response = await fileAt(`/runs/${runId}/diff`, signal);
        const shown = response.headers.get("Diff-Sha256");
        if (shown !== sha) throw new Error("The diff has changed since the question was asked.");
        return response.text();
      },
      staleTime: Number.POSITIVE_INFINITY,
    }),
  /** The bytes of an artifact, by its hash: one path may hold another file later. */
  artifact: (runId: number, { path, sha256 }: Pick<Artifact, "path" | "sha256">) =>
    queryOptions({
      queryKey: ["artifact", runId, path, sha256],
      queryFn: async ({ signal }) => (await fileAt(artifactAt(runId, path), signal)).arrayBuffer(),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  openApprovals: () =>
    queryOptions({
      queryKey: ["approvals", "open"],
      queryFn: ({ signal }) =>
        body(api.GET("/approvals", { params: { query: { status: "OPEN", limit: 100 } }, signal })),
      refetchInterval: LIVE_MS,
    }),
  /** The latest, open ones among them. */
  latestApprovals: () =>
    queryOptions({
      queryKey: ["approvals", "latest"],
      queryFn: ({ signal }) => body(api.GET("/approvals", { params: { query: { limit: 50 } }, signal })),
      refetchInterval: CALM_MS,
    }),
  /** What the runs that wait for somebody are about. */
  waitingRuns: () =>
    queryOptions({
      queryKey: ["runs", "waiting"],
      queryFn: ({ signal }) =>
        body(api.GET("/runs", { params: { query: { status: ["WAITING"], limit: 100 } }, signal })),
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
  topology: (name: string) =>
    queryOptions({
      queryKey: ["topologies", name],
      queryFn: ({ signal }) => body(api.GET("/topologies/{name}", { params: { path: { name } }, signal })),
    }),
  topologyGraph: (name: string) =>
    queryOptions({
      queryKey: ["topologies", name, "graph"],
      queryFn: ({ signal }) =>
        graphOf(api.GET("/topologies/{name}/graph", { params: { path: { name } }, signal })),
    }),
  mixins: () =>
    queryOptions({ queryKey: ["mixins"], queryFn: ({ signal }) => body(api.GET("/mixins", { signal })) }),
  project: (projectId: number) =>
    queryOptions({
      queryKey: ["projects", projectId],
      queryFn: ({ signal }) =>
        body(api.GET("/projects/{project_id}", { params: { path: { project_id: projectId } }, signal })),
      refetchInterval: CALM_MS,
    }),
  projectUsage: (projectId: number) =>
    queryOptions({
      queryKey: ["projects", projectId, "usage"],
      queryFn: ({ signal }) =>
        body(
          api.GET("/projects/{project_id}/usage", { params: { path: { project_id: projectId } }, signal }),
        ),
      refetchInterval: CALM_MS,
    }),
  models: () =>
    queryOptions({ queryKey: ["models"], queryFn: ({ signal }) => body(api.GET("/models", { signal })) }),
  about: () =>
    queryOptions({
      queryKey: ["about"],
      queryFn: ({ signal }) => body(api.GET("/about", { signal })),
      staleTime: 30_000,
    }),
  workers: () =>
    queryOptions({
      queryKey: ["workers"],
      queryFn: ({ signal }) => body(api.GET("/worker/status", { signal })),
      refetchInterval: LIVE_MS,
    }),
};
