#!/usr/bin/env bash
# start|start-agent|stop|status|logs of API, worker and web console; start-agent leaves the console out. Keeps their pid and log in $RUN_DIR (default .run).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/processes.sh
run_dir=${RUN_DIR:-.run}
pid_file=$run_dir/agent.pid
log_file=$run_dir/agent.log

# The pid of `agent-runner up`, if it lives. A pid file may be stale, and its number taken by another program.
live_pid() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    case $(ps -ww -o command= -p "$pid" 2>/dev/null) in
    *"agent-runner up"* | *"agent.sh start"*) echo "$pid" ;;
    *) return 1 ;;
    esac
}

setting() {
    .venv/bin/python -c "from agent_runner.settings import load_settings; print(load_settings().$1)"
}

start() {
    start_with
}

start-agent() {
    start_with --no-console
}

# start_with OPTION…: of `agent-runner up`
start_with() {
    local pid
    if pid=$(live_pid); then
        echo "error: agent-runner is already running (pid $pid)" >&2
        echo "next: make stop, or make logs" >&2
        exit 1
    fi
    if [ ! -x .venv/bin/agent-runner ]; then
        echo "Installing agent-runner into .venv"
    fi
    scripts/uv.sh sync --frozen --no-dev --inexact --quiet
    if [ $# -eq 0 ] && ! .venv/bin/python scripts/console.py; then
        echo "The web console is not up to date; everything else starts without it" >&2
    fi
    mkdir -p "$run_dir"
    [ ! -e "$log_file" ] || mv "$log_file" "$log_file.1"
    echo $$ >"$pid_file"
    exec .venv/bin/agent-runner up "$@" > >(exec tee -i "$log_file") 2>&1
}

stop() {
    local pid pids drain_seconds
    if ! pid=$(live_pid); then
        echo "agent-runner is not running"
        return
    fi
    pids=$(family "$pid")
    drain_seconds=$(setting drain_seconds)
    kill -TERM "$pid"
    if ! wait_for_end "$pids" $((${drain_seconds%.*} + 15)); then
        echo "agent-runner did not stop by itself: killing it" >&2
        # shellcheck disable=SC2086 # a list of numbers
        kill -KILL $pids 2>/dev/null || true
        wait_for_end "$pids" 5
    fi
    rm -f "$pid_file"
    echo "agent-runner has stopped"
}

# Asks where the log says that it is up: the port may have come from the environment of the other terminal.
status() {
    local pid url
    if ! pid=$(live_pid); then
        echo "agent-runner is not running"
        return
    fi
    url=$(sed -n 's|^agent-runner is up at \(http[^;]*\);.*|\1|p' "$log_file" | tail -n 1)
    if [ -z "$url" ]; then
        echo "agent-runner is starting (pid $pid)"
        return
    fi
    echo "agent-runner is running at $url (pid $pid)"
    console_status
    # Without a key only its health is told.
    curl --silent --fail --max-time 5 "$url/health/status" || curl --silent --show-error --max-time 5 "$url/health/ready"
    echo
}

console_status() {
    local url code
    url=$(sed -n 's|^the web console is at \(http[^ ,]*\).*|\1|p' "$log_file" | tail -n 1)
    [ -n "$url" ] || return 0
    code=$(curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' "$url/") || true
    case $code in
    200) echo "the web console is at $url" ;;
    503) echo "the web console is at $url, but it is not built: make console" ;;
    *) echo "the web console at $url does not answer: make logs" ;;
    esac
}

logs() {
    if [ ! -e "$log_file" ]; then
        echo "there is no $log_file yet: agent-runner has not been started here"
    elif [ -t 1 ]; then
        exec tail -n 100 -f "$log_file"
    else
        cat "$log_file"
    fi
}

case ${1:-} in
start | start-agent | stop | status | logs) "$1" ;;
*)
    echo "usage: $0 start|start-agent|stop|status|logs" >&2
    exit 2
    ;;
esac
