// One process of agent-runner in a group of its own, with its log: started, stopped, killed.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../../.venv/bin/agent-runner", import.meta.url));

export class Program {
  readonly name: string;
  readonly log: string;
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  constructor(args: string[], directory: string, environment: Record<string, string>) {
    this.name = args[0] ?? "";
    this.log = `${directory}/${this.name}.log`;
    const log = createWriteStream(this.log, { flags: "a" });
    this.child = spawn(COMMAND, args, {
      cwd: directory,
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.pipe(log);
    this.child.stderr?.pipe(log);
    this.ended = new Promise((resolve) => this.child.once("exit", () => resolve()));
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What it has printed, for the message of a test that waits in vain. */
  said(): string {
    return readFileSync(this.log, "utf8").slice(-4000);
  }

  stop(): Promise<void> {
    return this.end("SIGTERM");
  }

  /** As if its machine had lost power. */
  kill(): Promise<void> {
    return this.end("SIGKILL");
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.hasEnded && this.child.pid) process.kill(-this.child.pid, signal);
    await this.ended;
  }
}
