// Many events of a run at once, more than the demo model would ever make: written into the site's database as a worker does.
import { execFileSync } from "node:child_process";
import type { Site } from "./site";

const PYTHON = new URL("../../../.venv/bin/python", import.meta.url).pathname;

const PROGRAM = `
import json, sqlite3, sys
path, run_id, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
agents = ["leader", "engineer", "tester"]
def event(number):
    agent = agents[number // 50 % 3]
    match number % 4:
        case 0: return "LOG", agent, {"message": f"line {number} of a long day"}
        case 1: return "MODEL_CALL", agent, {"model": "demo", "input_tokens": number, "output_tokens": 7, "duration_ms": number % 900}
        case 2: return "TOOL_CALL", agent, {"tool": "check", "arguments": f"sh check.sh {number}", "ok": number % 100 != 2, "error": None, "duration_ms": number % 90}
        case _: return "EXECUTING", agent, {"step": number, "of": 99999, "description": f"Do thing {number}"}
database = sqlite3.connect(path, timeout=20, isolation_level=None)
database.execute("BEGIN IMMEDIATE")
(last,) = database.execute("SELECT last_event_id FROM runs WHERE id = ?", (run_id,)).fetchone()
rows = [(run_id, number, kind, agent, json.dumps(payload)) for number in range(last + 1, last + count + 1) for kind, agent, payload in [event(number)]]
database.executemany("INSERT INTO events (run_id, event_id, type, agent_role, payload, created_at) VALUES (?, ?, ?, ?, ?, strftime('%Y-%m-%d %H:%M:%f000', 'now'))", rows)
database.execute("UPDATE runs SET last_event_id = ? WHERE id = ?", (last + count, run_id))
database.execute("COMMIT")
`;

export function addEvents(site: Site, runId: number, count: number): void {
  execFileSync(PYTHON, ["-c", PROGRAM, `${site.directory}/site.db`, String(runId), String(count)]);
}
