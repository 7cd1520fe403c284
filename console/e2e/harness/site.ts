// A whole agent-runner for tests: API, worker and console as processes of their own, over a SQLite file in a new directory.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Schemas } from "../../src/api/client";
import { freePort } from "./ports";
import { Program } from "./program";

export type Run = Schemas["RunPublic"];

const KEPT = ["PATH", "HOME", "LANG", "TMPDIR"];
const PATIENCE_MS = 30_000;

export interface SiteOptions {
  /** Settings by name, such as `API_KEYS`. */
  settings?: Record<string, string>;
  /** Sent with every request of the test itself. */
  key?: string;
  worker?: boolean;
}

export class Site {
  readonly directory = mkdtempSync(join(tmpdir(), "console-e2e-"));
  readonly options: SiteOptions;
  private readonly programs: Program[] = [];
  private apiPort = 0;
  private consolePort = 0;

  private constructor(options: SiteOptions) {
    this.options = options;
  }

  static async start(options: SiteOptions = {}): Promise<Site> {
    const site = new Site(options);
    site.apiPort = await freePort();
    site.consolePort = await freePort();
    execFileSync(new URL("../../../.venv/bin/agent-runner", import.meta.url).pathname, ["db", "migrate"], {
      cwd: site.directory,
      env: site.environment(),
      stdio: "ignore",
    });
    await Promise.all([site.startApi(), site.startConsole()]);
    if (options.worker !== false) await site.startWorker();
    return site;
  }

  /** Where the browser goes. */
  get url(): string {
    return `http://127.0.0.1:${this.consolePort}`;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.apiPort}`;
  }

  async startApi(): Promise<Program> {
    return this.begin(["serve"], () => answers(`${this.apiUrl}/health/live`));
  }

  async startConsole(): Promise<Program> {
    return this.begin(["console"], () => answers(`${this.url}/favicon.svg`, true));
  }

  /** `settings` are of this worker alone. */
  async startWorker(settings: Record<string, string> = {}): Promise<Program> {
    const before = await this.workers();
    return this.begin(
      ["worker"],
      async () => (await this.workers()).some((id) => !before.includes(id)),
      settings,
    );
  }

  /** Those of that name that live: `serve`, `worker`, `console`. */
  running(name: string): Program[] {
    return this.programs.filter((each) => each.name === name && !each.hasEnded);
  }

  async stopAll(name: string): Promise<void> {
    await Promise.all(this.running(name).map((each) => each.stop()));
  }

  async killAll(name: string): Promise<void> {
    await Promise.all(this.running(name).map((each) => each.kill()));
  }

  /** Asks the API itself; raises with its sentence for anything but 2xx. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.apiUrl}${path}`, {
      method,
      headers: {
        // A kept connection may be closed by the API just when the next request begins.
        Connection: "close",
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(this.options.key && { Authorization: `Bearer ${this.options.key}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  createRun(body: { goal: string } & Record<string, unknown>): Promise<Run> {
    return this.ask<Run>("POST", "/runs", body);
  }

  run(id: number): Promise<Run> {
    return this.ask<Run>("GET", `/runs/${id}`);
  }

  async until(id: number, ...statuses: Run["status"][]): Promise<Run> {
    let last: Run | undefined;
    await eventually(`run ${id} to be ${statuses.join(" or ")}`, async () => {
      last = await this.run(id);
      return statuses.includes(last.status);
    });
    return last as Run;
  }

  /** A git repository in the site's directory, registered as a project. */
  async createProject(
    name: string,
    files: Record<string, string>,
    policy?: unknown,
  ): Promise<Schemas["ProjectPublic"]> {
    const path = join(this.directory, name);
    mkdirSync(path, { recursive: true });
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), content);
    }
    const git = (...args: string[]) => execFileSync("git", ["-C", path, ...args], { stdio: "ignore" });
    git("init", "--initial-branch=main");
    git("config", "user.name", "Test");
    git("config", "user.email", "test@example.invalid");
    git("add", "--all");
    git("commit", "--message", "Begin");
    return this.ask("POST", "/projects", { name, local_path: path, ...(policy !== undefined && { policy }) });
  }

  async end(): Promise<void> {
    await Promise.all(this.programs.map((each) => each.kill()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async workers(): Promise<string[]> {
    const { workers } = await this.ask<Schemas["WorkerStatus"]>("GET", "/worker/status");
    return workers.map(({ id }) => id);
  }

  private async begin(
    args: string[],
    isThere: () => Promise<boolean>,
    settings: Record<string, string> = {},
  ): Promise<Program> {
    const program = new Program(args, this.directory, { ...this.environment(), ...settings });
    this.programs.push(program);
    await eventually(`${args[0]} to start`, async () => {
      if (program.hasEnded) throw new Error(`${args[0]} has ended:\n${program.said()}`);
      return isThere();
    });
    return program;
  }

  private environment(): Record<string, string> {
    const kept = KEPT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
    return {
      ...Object.fromEntries(kept),
      DATABASE_URL: `sqlite:///${this.directory}/site.db`,
      API_PORT: String(this.apiPort),
      CONSOLE_PORT: String(this.consolePort),
      LLM_MODEL: "demo",
      DEMO_STEP_SECONDS: "0.15",
      LEASE_SECONDS: "3",
      ...this.options.settings,
    };
  }
}

/** Asks again until it is so. */
export async function eventually(
  what: string,
  isSo: () => Promise<boolean>,
  patience = PATIENCE_MS,
): Promise<void> {
  const end = Date.now() + patience;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function answers(url: string, anything = false): Promise<boolean> {
  try {
    const response = await fetch(url);
    return anything || response.ok;
  } catch {
    return false;
  }
}
