#!/usr/bin/env bash
# End to end with real processes on a free port and an empty database: start, a run, a task, every way to read events, stop.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/processes.sh
scripts/uv.sh sync --frozen --no-dev --inexact --quiet
python=.venv/bin/python

work=$(mktemp -d)
export RUN_DIR=$work/run DATABASE_URL=sqlite:///$work/test.db API_HOST=127.0.0.1 LLM_MODEL=demo
API_PORT=$($python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
API_KEYS=$($python -c 'import secrets; print(secrets.token_urlsafe(24))')
export API_PORT API_KEYS
api=http://127.0.0.1:$API_PORT

finish() {
    local code=$?
    scripts/agent.sh stop >/dev/null 2>&1 || true
    [ "$code" -eq 0 ] || cat "$RUN_DIR/agent.log" >&2 2>/dev/null || true
    rm -rf "$work"
    [ "$code" -eq 0 ] || echo "test-agent: FAILED" >&2
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { echo "test-agent: $*"; }
fail() {
    echo "error: $*" >&2
    exit 1
}
call() { curl --silent --show-error --fail --max-time 30 -H "Authorization: Bearer $API_KEYS" "$@"; }
post() { call -X POST -H 'Content-Type: application/json' "$@"; }
# field NAME: of the JSON object on standard input
field() { $python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
# expect WHAT GOT WANTED
expect() { [ "$2" = "$3" ] || fail "$1 is $2, not $3"; }
# until_is WANTED FIELD URL: asks until the field has the value
until_is() {
    local deadline=$((SECONDS + 30)) got=
    while got=$(call "$3" | field "$2") && [ "$got" != "$1" ]; do
        [ "$SECONDS" -lt "$deadline" ] || fail "$3 still says $2 $got after 30 s, not $1"
        sleep 0.1
    done
}

scripts/agent.sh start-agent >/dev/null 2>&1 </dev/null &
deadline=$((SECONDS + 60))
until curl --silent --fail --max-time 2 --output /dev/null "$api/health/ready"; do
    [ "$SECONDS" -lt "$deadline" ] || fail "the API was not ready within 60 s"
    sleep 0.1
done
say "API and worker run on port $API_PORT"

expect "the status without a key" "$(curl --silent --output /dev/null --write-out '%{http_code}' "$api/runs")" 401

project=$(post "$api/projects?name=test&local_path=/srv/demo" | field id)
run=$(post "$api/runs" -d "{\"project_id\": $project, \"goal\": \"Test execution\"}")
id=$(field id <<<"$run")
expect "the status of the new run" "$(field status <<<"$run")" QUEUED
say "run $id is QUEUED"

call --no-buffer "$api/runs/$id/events/stream" >"$work/stream" &
stream=$!
until_is COMPLETED status "$api/runs/$id"
wait "$stream" || fail "the stream of events did not end with the run"
call "$api/runs/$id/events" >"$work/events.json"
call "$api/runs/$id/events?since_event_id=3" >"$work/later.json"
$python scripts/compare_events.py "$work/events.json" "$work/later.json" "$work/stream" "ws://127.0.0.1:$API_PORT/runs/$id/ws"
say "run $id is COMPLETED; JSON, cursor, SSE and WebSocket tell the same events"

task=$(post "$api/api/tasks" -d '{"title": "A task", "input_prompt": "Say hello"}' | field id)
expect "the answer to a task's run" "$(post "$api/api/tasks/$task/run" | field status)" accepted
again=$(curl --silent --output /dev/null --write-out '%{http_code}' -X POST -H "Authorization: Bearer $API_KEYS" "$api/api/tasks/$task/run")
expect "a second run of an active task" "$again" 409
until_is SUCCEEDED status "$api/api/tasks/$task/state"
call "$api/api/tasks/$task/events" | grep -q RUN_COMPLETED || fail "the task's events do not end in RUN_COMPLETED"
say "task $task has SUCCEEDED"

late=$(post "$api/runs" -d '{"goal": "Not today", "available_at": "2999-01-01T00:00:00Z"}' | field id)
post "$api/runs/$late/cancel" >/dev/null
until_is CANCELLED status "$api/runs/$late"
say "run $late is CANCELLED"

pids=$(family "$(cat "$RUN_DIR/agent.pid")")
scripts/agent.sh stop >/dev/null
if any_alive "$pids"; then
    fail "processes are left after the stop: $pids"
fi
say "stopped, and no process is left"
say "passed"
