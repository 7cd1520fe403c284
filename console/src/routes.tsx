// Which page stands at which path. Each is loaded when it is first opened.
import type { RouteObject } from "react-router";
import { Broken, NotFound } from "./shell/broken";
import { Layout } from "./shell/layout";

export const routes: RouteObject[] = [
  {
    Component: Layout,
    ErrorBoundary: Broken,
    children: [
      {
        ErrorBoundary: Broken,
        children: [
          { index: true, lazy: () => import("./pages/overview/page") },
          { path: "runs", lazy: () => import("./pages/runs/page") },
          { path: "runs/new", lazy: () => import("./pages/new_run/page") },
          { path: "runs/:runId/:tab?", lazy: () => import("./pages/run/page") },
          { path: "approvals", lazy: () => import("./pages/approvals/page") },
          { path: "projects", lazy: () => import("./pages/projects/page") },
          { path: "projects/:projectId", lazy: () => import("./pages/project/page") },
          { path: "topologies", lazy: () => import("./pages/topologies/page") },
          { path: "topologies/:name", lazy: () => import("./pages/topology/page") },
          { path: "agents", lazy: () => import("./pages/agents/page") },
          { path: "workers", lazy: () => import("./pages/workers/page") },
          { path: "settings", lazy: () => import("./pages/settings/page") },
          { path: "*", Component: NotFound },
        ],
      },
    ],
  },
];
