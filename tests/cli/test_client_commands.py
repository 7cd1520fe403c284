"""The commands that speak to the API, against a real one, and every exit code."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Done, is_an_error
from tests.e2e.conftest import Site, free_port

pytestmark = pytest.mark.processes

TOMORROW = "2100-01-01T00:00:00Z"


def created(api: Cli, *arguments: object) -> int:
    done = api("runs", "create", *arguments, "--json")
    assert done.code == 0, done.err
    return done.data["id"]


def test_a_run_is_created_watched_and_shown(api: Cli) -> None:
    done = api("runs", "create", "Say hello", "--watch")
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split()[1] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    assert [lines[0].split()[2], lines[-1].split()[2]] == ["RUN_CREATED", "RUN_COMPLETED"]
    [run] = api("runs", "list", "--limit", 1, "--json").data["items"]
    shown = api("runs", "show", run["id"])
    assert "status              COMPLETED\n" in shown.out
    assert '"model": "demo"' in shown.out


@pytest.mark.parametrize("place", ["before", "after"])
def test_json_is_asked_for_before_or_after_the_verb(cli: Cli, live: Site, place: str) -> None:
    verb = ["runs", "create", "Say hello", "--url", live.url]
    done = cli("--json", *verb) if place == "before" else cli(*verb, "--json")
    assert done.data["goal"] == "Say hello"
    assert done.err == ""


def test_watching_as_json_gives_one_event_a_line(api: Cli) -> None:
    done = api("runs", "watch", created(api, "Say hello"), "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["event_id"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["event_type"] == "RUN_COMPLETED"


def test_watching_from_a_number_shows_what_follows(api: Cli) -> None:
    run_id = created(api, "Say hello")
    whole = api("runs", "watch", run_id).out.splitlines()
    assert api("runs", "watch", run_id, "--since", 3).out.splitlines() == whole[3:]
    again = api("runs", "watch", run_id, "--since", len(whole))
    assert (again.out, again.code) == ("", 0)


def test_the_demo_asks_and_commits_what_was_approved(api: Cli, tmp_path: Path) -> None:
    place = tmp_path / "shop"
    run_id = api("demo", place, "--goal", "Be kind", "--json").data["run_id"]
    asked = api("runs", "watch", run_id, "--until-asked")
    assert (asked.code, asked.out.splitlines()[-1].split()[2]) == (0, "APPROVAL_REQUESTED")
    assert f"runs approve {run_id}" in asked.err
    assert "+- [ ] Be kind" in api("runs", "diff", run_id).out
    assert api("runs", "approve", run_id).code == 0
    assert api("runs", "watch", run_id, "--until-asked").code == 0
    shown = api("runs", "show", run_id, "--json").data
    commit = place / ".git" / "refs" / "heads" / "agent" / f"run-{run_id}"
    assert commit.read_text().strip() == shown["result"]["commit"]
    again = api("demo", place)
    assert is_an_error(again, 1)
    assert "is not empty" in again.err


def test_a_goal_is_read_from_standard_input(api: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Say hello\nand goodbye"))
    assert api("runs", "create", "-", "--json").data["goal"] == "Say hello\nand goodbye"


def test_every_field_of_a_run_can_be_given(api: Cli) -> None:
    project = api("projects", "create", "demo", "/srv/demo", "--json").data["id"]
    options = {
        "project": project,
        "agent": "simple",
        "model": "demo",
        "priority": 7,
        "at": TOMORROW,
        "input": '{"tone": "kind"}',
    }
    more = {"config": '{"max_attempts": 5}', "budget": '{"seconds": 60}', "on-budget": "ask"}
    given = [word for name, value in (options | more).items() for word in (f"--{name}", value)]
    run: dict[str, Any] = api("runs", "create", "Say hello", *given, "--json").data
    expected = {"project_id": project, "agent": "simple", "model": "demo", "priority": 7, "input": {"tone": "kind"}}
    expected |= {"max_attempts": 5, "time_limit_seconds": 60.0, "status": "QUEUED"}
    assert {name: run[name] for name in expected} == expected
    assert run["available_at"].startswith("2100-01-01T00:00:00")
    assert (run["on_budget"], run["budget"]["seconds"]) == ("ask", 60.0)


def test_a_project_says_what_runs_may_do_and_a_run_narrows_it(api: Cli) -> None:
    words = [
        "--check",
        "pytest -q",
        "--check",
        "ruff check",
        "--allow-command",
        "make *",
        "--read",
        "src/",
        "--read",
        "*.md",
    ]
    words += ["--write", "src/", "--deny", "*.key", "--toolchain", "/opt/venv", "--approve-commits", "sensitive"]
    done = api("projects", "create", "demo", "/srv/demo", *words, "--policy", '{"check_seconds": 60}', "--json")
    policy = done.data["policy"]
    expected: dict[str, Any] = {
        "checks": ["pytest -q", "ruff check"],
        "commands": ["make *"],
        "allowed_paths": {"read": ["src/", "*.md"], "write": ["src/"]},
        "deny": ["*.key"],
        "toolchain": ["/opt/venv"],
        "approve_commits": "sensitive",
        "approve_plan": False,
        "check_seconds": 60.0,
    }
    assert {name: policy[name] for name in expected} == expected
    project = done.data["id"]
    change = ["--name", "other", "--check", "", "--write", "docs/", "--approve-plan"]
    changed = api("projects", "update", project, *change, "--json").data
    expected |= {"checks": [], "approve_plan": True, "allowed_paths": {"read": ["src/", "*.md"], "write": ["docs/"]}}
    assert (changed["name"], {name: changed["policy"][name] for name in expected}) == ("other", expected)
    assert "/opt/venv" in api("projects", "show", project).out
    narrowed = ["--read", "src/", "--write", "", "--approve-plan", "--approve-commits", "always", "--at", TOMORROW]
    run = api("runs", "create", "Say hello", "--project", project, *narrowed, "--json").data
    assert run["allowed_paths"] == {"read": ["src/"], "write": []}
    assert (run["approve_plan"], run["approve_commits"]) == (True, "always")


def test_a_policy_that_cannot_be_meant_is_refused_with_a_sentence(api: Cli) -> None:
    done = api("projects", "create", "demo", "/srv/demo", "--check", "cd x && make")
    assert is_an_error(done, 1)
    assert "'cd x && make' is run without a shell" in done.err
    assert api("projects", "create", "demo", "/srv/demo", "--policy", "[]").code == 2


def test_one_key_makes_one_run(api: Cli) -> None:
    assert created(api, "Once", "--key", "cli-once") == created(api, "Once", "--key", "cli-once")


def test_a_table_is_aligned_and_an_agent_cannot_command_the_terminal(api: Cli) -> None:
    run_id = created(api, "Ring \x1b[31mthe\x07 bell\nand go", "--at", TOMORROW)
    done = api("runs", "list", "--text", "Ring", "--status", "queued")
    head, *rows = done.out.splitlines()
    assert head.split() == ["ID", "STATUS", "PROGRESS", "ATTEMPT", "AGENT", "CREATED", "GOAL"]
    [row] = [row for row in rows if row.startswith(f"{run_id} ")]
    assert row.index("Ring") == head.index("GOAL")
    assert row.endswith(r"Ring \x1b[31mthe\x07 bell\nand go")
    assert "\x1b" not in api("runs", "show", run_id).out + api("runs", "logs", run_id).out


def test_a_list_says_how_it_goes_on(api: Cli) -> None:
    ids = [created(api, "One of many", "--at", TOMORROW) for _ in range(3)]
    done = api("runs", "list", "--text", "One of many", "--limit", 2)
    assert "--cursor" in done.err
    cursor = done.err.split("--cursor ")[1].strip()
    rest = api("runs", "list", "--text", "One of many", "--cursor", cursor, "--json").data
    assert [run["id"] for run in rest["items"]] == ids[:1]


def test_a_run_is_cancelled_tried_again_and_deleted(api: Cli) -> None:
    run_id = created(api, "Later", "--at", TOMORROW)
    assert is_an_error(api("runs", "delete", run_id), 1)
    assert api("runs", "cancel", run_id, "--reason", "not needed", "--json").data["status"] == "CANCELLED"
    assert "not needed" in api("runs", "logs", run_id).out
    assert api("runs", "retry", run_id, "--json").data["status"] == "QUEUED"
    assert api("runs", "watch", run_id).code == 0
    assert api("runs", "delete", run_id).out == f"run {run_id} is deleted\n"
    assert is_an_error(api("runs", "show", run_id), 7)


def test_a_run_is_forked_and_shown_with_its_steps(api: Cli) -> None:
    old_id = api("runs", "create", "Say hello", "--json").data["id"]
    assert api("runs", "watch", old_id).code == 0
    keys = [step["key"] for step in api("runs", "show", old_id, "--json").data["steps"]]
    new_id = api("runs", "fork", old_id, "--from-step", keys[-1], "--json").data["id"]
    assert api("runs", "watch", new_id).code == 0
    lines = api("runs", "show", new_id).out.splitlines()
    assert [line.split()[-1] for line in lines[-len(keys) :]] == [*["replayed"] * (len(keys) - 1), "done"]
    assert api("runs", "fork", old_id, "--goal", "Say goodbye", "--model", "demo", "--watch").code == 0
    assert is_an_error(api("runs", "fork", old_id, "--from-step", "nonsense"), 7)


def test_a_task_is_created_run_watched_and_stopped(api: Cli) -> None:
    task_id = api("tasks", "create", "Greeting", "Say hello", "--agent", "simple", "--json").data["id"]
    assert api("tasks", "run", task_id, "--watch").code == 0
    assert api("tasks", "show", task_id, "--json").data["status"] == "SUCCEEDED"
    assert task_id in api("tasks", "list").out
    assert api("tasks", "watch", task_id, "--since", 1, "--json").code == 0
    assert is_an_error(api("tasks", "stop", task_id), 1)


def test_a_task_that_was_stopped_ends_watching_with_code_6(api: Cli, live: Site) -> None:
    task_id = api("tasks", "create", "Greeting", "Say hello", "--agent", "simple", "--json").data["id"]
    live.post(f"/tasks/{task_id}/run", {})
    stopped = api("tasks", "stop", task_id, "--json")
    assert stopped.code in {0, 1}
    codes = {"SUCCEEDED": 0, "CANCELLED": 6}
    ended = api("tasks", "watch", task_id).code
    assert ended == codes[api("tasks", "show", task_id, "--json").data["status"]]


def test_a_project_is_created_listed_shown_and_deleted(api: Cli, tmp_path: Path) -> None:
    project = api("projects", "create", "here", ".", "--json").data
    assert (project["local_path"], project["path_exists"]) == (str(tmp_path), True)
    assert str(tmp_path) in api("projects", "list").out
    assert "here" in api("projects", "show", project["id"]).out
    assert api("projects", "delete", project["id"]).code == 0
    assert is_an_error(api("projects", "show", project["id"]), 7)


def test_models_are_listed_with_the_one_in_use_first(api: Cli) -> None:
    deadline = time.monotonic() + 20
    while not (found := api("models", "--json").data)["workers"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "demo" in found["names"]
    lines = api("models").out.splitlines()
    assert lines[0].split() == ["MODEL", "ANSWERS", "USED", "WHY"]
    assert lines[1].split() == ["demo", "yes", "yes", "set", "by", "LLM_MODEL"]
    assert any(line.startswith("google:…") and "GOOGLE_API_KEY is not set" in line for line in lines)
    assert lines[lines.index("") - 1].startswith("cache: memory")


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs", "fly"],
        ["runs"],
        ["runs", "show"],
        ["runs", "show", "abc"],
        ["runs", "show", "0"],
        ["runs", "list", "--limit", "501"],
        ["runs", "create", "x", "--input", "{"],
        ["runs", "create", "x", "--at", "soon"],
        ["runs", "list", "--colour"],
        ["--url", "nowhere", "runs", "list"],
        ["runs", "list", "--url", "http://127.0.0.1:1", "--api-key", "@/does/not/exist"],
        ["worker", "--drain", "--once"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_code_2(cli: Cli, arguments: list[str]) -> None:
    assert is_an_error(cli(*arguments), 2)


def test_an_unreachable_api_is_code_3(cli: Cli) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = cli("runs", "list", "--url", url)
    assert is_an_error(done, 3)
    assert url in done.err
    assert "agent-runner up" in done.err
    assert is_an_error(cli("runs", "watch", 1, "--url", url), 3)


def test_a_key_that_is_missing_or_wrong_is_code_4(cli: Cli, site: Site, tmp_path: Path) -> None:
    site.settings["API_KEYS"] = "me:secret-key"
    site.start("-m", "agent_runner.cli.main", "serve")
    (tmp_path / "key").write_text("secret-key\n")
    while (done := cli("--url", site.url, "runs", "list", "--api-key", f"@{tmp_path / 'key'}")).code == 3:
        pass
    assert done.code == 0
    assert is_an_error(cli("--url", site.url, "runs", "list"), 4)
    assert is_an_error(cli("--url", site.url, "--api-key", "other", "runs", "list"), 4)


def test_a_failed_run_is_code_5(api: Cli) -> None:
    done = api("runs", "create", "Hurry", "--budget", '{"seconds": 0.001}', "--watch")
    assert (done.code, done.out.splitlines()[-1].split()[2]) == (5, "RUN_FAILED")
    run_id = api("runs", "list", "--status", "failed", "--text", "Hurry", "--json").data["items"][0]["id"]
    again = api("runs", "retry", run_id, "--budget", '{"seconds": 60}', "--json").data
    assert (again["budget"]["seconds"], api("runs", "watch", run_id).code) == (60.0, 0)


def test_a_cancelled_run_is_code_6(api: Cli) -> None:
    run_id = created(api, "Later", "--at", TOMORROW)
    api("runs", "cancel", run_id)
    assert api("runs", "watch", run_id).code == 6


def test_what_does_not_exist_is_code_7(api: Cli) -> None:
    done = api("runs", "watch", 10**9)
    assert is_an_error(done, 7)
    assert "run 1000000000 does not exist" in done.err
    assert is_an_error(api("tasks", "show", "6f1f64f0-4c2f-4f2b-9b38-3b8c1f7f1f3e"), 7)


def test_a_run_that_goes_on_when_the_time_to_watch_is_over_is_code_8(api: Cli) -> None:
    done = api("runs", "watch", created(api, "Later", "--at", TOMORROW), "--timeout", 0.05)
    assert done.code == 8
    assert "is not final yet" in done.err


def test_a_refusal_is_code_1_with_the_sentence_of_the_api(api: Cli) -> None:
    done = api("runs", "create", "Say hello", "--agent", "nobody")
    assert is_an_error(done, 1)
    assert "nobody" in done.err


@pytest.mark.parametrize(
    "verb", [["runs", "list"], ["tasks", "list"], ["projects", "list"], ["agents", "list"], ["models"]]
)
def test_client_commands_import_no_server_code(verb: list[str], live: Site) -> None:
    code = f"""
import sys
from agent_runner.cli.main import run
assert run({[*verb, "--url", live.url]}) == 0
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "sqlmodel", "rich", "pydantic_ai", "alembic"}
    assert heavy & set(done.stderr.split()) == set()


def test_nothing_but_data_is_on_standard_output(api: Cli) -> None:
    def is_data(done: Done) -> bool:
        return all(json.loads(line) for line in done.out.splitlines())

    assert is_data(api("runs", "create", "Say hello", "--watch", "--json"))
    assert is_data(api("runs", "list", "--limit", 1, "--json"))
