// Every page of the console over a scene: for what must hold on all of them.
import { expect, type Page } from "@playwright/test";
import type { Scene } from "./scene";

export interface Place {
  name: string;
  path: string;
}

export const THEMES = ["light", "dark"] as const;

export function places(scene: Scene): Place[] {
  const { team, waiting, failed, running, project } = scene;
  return [
    { name: "overview", path: "/" },
    { name: "runs", path: "/runs" },
    { name: "runs-filtered", path: "/runs?status=FAILED" },
    { name: "new-run", path: "/runs/new" },
    { name: "run-running", path: `/runs/${running.id}` },
    { name: "run-failed", path: `/runs/${failed.id}` },
    { name: "run-timeline", path: `/runs/${team.id}/timeline` },
    { name: "run-graph", path: `/runs/${team.id}/graph` },
    { name: "run-graph-node", path: `/runs/${team.id}/graph?node=editor` },
    { name: "run-graph-alone", path: `/runs/${failed.id}/graph` },
    { name: "run-review", path: `/runs/${waiting.id}/review` },
    { name: "run-artifacts", path: `/runs/${waiting.id}/artifacts` },
    { name: "run-journal", path: `/runs/${team.id}/journal` },
    { name: "run-raw", path: `/runs/${team.id}/raw` },
    { name: "approvals", path: "/approvals" },
    { name: "projects", path: "/projects" },
    { name: "project-new", path: "/projects?new" },
    { name: "project", path: `/projects/${project.id}` },
    { name: "project-move", path: `/projects/${project.id}?edit` },
    { name: "topologies", path: "/topologies" },
    { name: "topology-new", path: "/topologies?new=debate" },
    { name: "topology", path: "/topologies/research" },
    { name: "topology-edit", path: "/topologies/research?edit" },
    { name: "agents", path: "/agents" },
    { name: "agent", path: "/agents?agent=editor" },
    { name: "agent-new", path: "/agents?new" },
    { name: "workers", path: "/workers" },
    { name: "settings", path: "/settings" },
  ];
}

/** Opens the place and waits until nothing of it is still being loaded. */
export async function open(page: Page, url: string, place: Place): Promise<void> {
  await page.goto(url + place.path);
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await expect(page.getByText("Loading", { exact: true })).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}
