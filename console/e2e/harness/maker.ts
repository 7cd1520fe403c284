// A site whose worker knows the host `maker`: it makes the files, and asks the questions, that a test wants to see.
import { fileURLToPath } from "node:url";
import type { Schemas } from "../../src/api/client";
import { type Run, Site } from "./site";
import { test as base, expect } from "./test";

export { expect };

export const HOSTS = fileURLToPath(new URL("../hosts", import.meta.url));

export type Made = { path: string } & ({ text: string } | { lines: number });

export interface Wanted {
  files?: Made[];
  /** Instead of `files`, once a person has sent the change back. */
  again?: Made[];
  artifacts?: { path: string; media_type: string; text?: string; base64?: string }[];
  asks?: { key: string; text: string; wants: "text" | "approval"; detail?: unknown }[];
  summary?: string;
}

export class Workshop {
  readonly site: Site;
  private projects = 0;

  constructor(site: Site) {
    this.site = site;
  }

  /** A run of `maker` in a new project that holds `begins`. */
  async run(
    goal: string,
    wanted: Wanted,
    begins: Record<string, string> = {},
    policy?: unknown,
  ): Promise<Run> {
    this.projects += 1;
    const project = await this.site.createProject(
      `project-${this.projects}`,
      { "README.md": "# A project\n", ...begins },
      policy,
    );
    return this.site.createRun({ goal, agent: "host:maker", project_id: project.id, input: wanted });
  }

  /** The run once it waits for a person, and its question. */
  async waiting(
    ...wanted: Parameters<Workshop["run"]>
  ): Promise<{ run: Run; question: Schemas["ApprovalPublic"] }> {
    const { id } = await this.run(...wanted);
    const run = await this.site.until(id, "WAITING");
    return { run, question: await this.openQuestion(id) };
  }

  projectOf({ project_id }: Run): Promise<Schemas["ProjectPublic"]> {
    return this.site.ask("GET", `/projects/${project_id}`);
  }

  async openQuestion(runId: number): Promise<Schemas["ApprovalPublic"]> {
    const { items } = await this.site.ask<Schemas["Page_ApprovalPublic_"]>(
      "GET",
      `/approvals?status=OPEN&run_id=${runId}`,
    );
    const [question] = items;
    if (!question) throw new Error(`run ${runId} asks nothing`);
    return question;
  }
}

export const test = base.extend<object, { workshop: Workshop }>({
  workshop: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is needed from the pattern
    async ({}, use) => {
      const site = await Site.start({ settings: { HOSTS_DIR: HOSTS } });
      await use(new Workshop(site));
      await site.end();
    },
    { scope: "worker", timeout: 90_000 },
  ],
});
