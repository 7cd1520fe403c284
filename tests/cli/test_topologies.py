"""The commands around the catalog: agents that people define, topologies of them, and runs of these."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from agent_runner.domain.mixin import BUILT_IN_MIXINS
from tests.cli.conftest import Cli, is_an_error

pytestmark = pytest.mark.processes


@pytest.fixture
def word(request: pytest.FixtureRequest) -> str:
    """What no other test calls its agents."""
    return f"w{abs(hash(request.node.name)) % 10**9}"


@pytest.fixture
def duel(api: Cli, word: str) -> str:
    """The name of a debate of two agents, of which one is called as well."""
    for name in (word, f"{word}-b"):
        assert api("agents", "create", name).code == 0
    done = api("topologies", "create", word, "--type", "debate", "--slot", f"debaters={word},{word}-b")
    assert (done.code, done.err) == (0, "")
    return word


def test_every_field_of_an_agent_can_be_given(api: Cli, word: str, tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("Be strict.\n")
    options = {"role": "critic", "description": "Finds faults", "model": "claude-sonnet-4", "temperature": 0.2}
    options |= {"system-prompt-file": "prompt.md", "set": "max_tokens=500"}
    words = [text for name, value in options.items() for text in (f"--{name}", value)]
    words += ["--mixin", "memory", "--mixin", "cache", "--capability", "review", "--set", "output_format=json"]
    made = api("agents", "create", word, *words, "--format", "json").data
    assert (made["role"], made["description"], made["version"]) == ("critic", "Finds faults", 1)
    expected: dict[str, Any] = {
        "model": "claude-sonnet-4",
        "temperature": 0.2,
        "max_tokens": 500,
        "system_prompt": "Be strict.\n",
        "output_format": "json",
        "mixins": ["memory", "cache"],
        "capabilities": ["review"],
    }
    assert {name: made["config"][name] for name in expected} == expected
    assert api("agents", "show", word, "--json").data == made
    assert "role           critic\nconfig         {\n" in api("agents", "show", word).out
    [row] = [row for row in api("agents", "list").out.splitlines() if row.startswith(f"{word} ")]
    assert row.split()[1:5] == ["type", "critic", "1", "ready"]


@pytest.mark.parametrize("where", ["file", "-", "text"])
def test_a_definition_comes_from_a_file_from_standard_input_or_as_it_is(
    api: Cli, word: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"name": "another", "role": "critic", "config": {"temperature": 1, "retries": 4}})
    (tmp_path / "file").write_text(text)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    given = text if where == "text" else where
    made = api("agents", "create", f"{word}{len(where)}", "--input-json", given, "--temperature", 0, "--json").data
    assert (made["name"], made["role"], made["config"]["temperature"], made["config"]["retries"]) == (
        f"{word}{len(where)}",
        "critic",
        0,
        4,
    ), "an option counts more"


def test_a_topology_is_created_listed_shown_and_deleted(api: Cli, duel: str) -> None:
    other = f"{duel}-b"
    again = ["--type", "debate", "--slot", f"debaters={duel}", "--slot", f"debaters={other}"]
    more = ["--slot", f"mediator={duel}", "--set", "max_rounds=2", "--set", f'weights={{"{duel}": 2}}']
    made = api("agents", "topologies", "create", duel, *again, *more, "--description", "Two", "--json").data
    assert (made["version"], made["type"], made["description"]) == (2, "debate", "Two")
    assert made["slots"] == {"debaters": [duel, other], "mediator": [duel]}
    assert (made["config"]["max_rounds"], made["config"]["weights"]) == (2, {duel: 2.0})
    shown = api("topologies", "show", duel, "--format", "json").data
    assert (shown, api("topologies", "show", duel, "--version", 1, "--json").data["version"]) == (made, 1)
    [row] = [row for row in api("topologies", "list").out.splitlines() if row.startswith(f"{duel} ")]
    assert row.split() == [duel, "debate", "2", f"debaters={duel},{other}", f"mediator={duel}", "Two"]
    assert made in api("topologies", "list", "--format", "json").data
    assert is_an_error(api("agents", "delete", duel), 1)
    assert api("topologies", "delete", duel).out == f"the topology {duel} is deleted\n"
    assert api("agents", "delete", duel, "--json").data == {"name": duel, "deleted": True}
    for command in ("agents", "topologies"):
        assert is_an_error(api(command, "show", duel), 7)


def test_a_run_of_a_topology_is_queued_and_watched(api: Cli, duel: str, tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text('{"audience": "children"}')
    options = ["--runner", "async", "--max-concurrent", 3, "--priority", 2, "--config", '{"correlation_id": "c"}']
    more = ["--input-json", "input.json", "--model", "demo", "--key", duel]
    done = api("topologies", "run", duel, "Tabs or spaces?", *options, *more, "--format", "json")
    run = done.data
    assert (run["agent"], run["runner"], run["goal"]) == (f"topology:{duel}", "async", "Tabs or spaces?")
    assert (run["input"], run["config"]) == (
        {"audience": "children"},
        {"correlation_id": "c", "max_concurrent": 3},
    )
    assert (run["priority"], run["model"]) == (2, "demo")
    assert api("runs", "show", run["id"], "--json").data["runner"] == "async"
    whole = api("topologies", "run", duel, "--input-json", '{"goal": "Tea?", "audience": "all"}', "--json").data
    assert (whole["goal"], whole["input"]) == ("Tea?", {"audience": "all"})
    watched = api("agents", "topologies", "run", duel, "Tabs or spaces?", "--watch")
    types = [line.split()[2] for line in watched.out.splitlines()]
    assert types[:2] == ["RUN_CREATED", "RUN_STARTED"]
    assert watched.code == {"RUN_COMPLETED": 0, "RUN_FAILED": 5}[types[-1]]
    plain = api("runs", "create", "x", "--agent", f"topology:{duel}", "--runner", "metaflow", "--json").data
    assert plain["runner"] == "metaflow"


def test_what_cannot_be_used_is_said_with_its_code(api: Cli, duel: str, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "latin").write_bytes(b"\xff")
    wrong: list[tuple[int, str, list[str]]] = [
        (7, "there is no topology 'gone'", ["topologies", "run", "gone", "x"]),
        (1, "is neither provider:model nor an alias", ["topologies", "run", duel, "x", "--model", "slow"]),
        (1, "config.type: Field required", ["topologies", "create", "t", "--slot", "a=b"]),
        (1, "has no slot 'a'", ["topologies", "create", "t", "--type", "debate", "--slot", "a=b"]),
        (1, "has the agent 'nobody'", ["topologies", "create", "t", "--type", "pipeline", "--slot", "stages=nobody"]),
        (1, "comes with agent-runner", ["agents", "create", "coder"]),
        (1, "comes with agent-runner", ["agents", "delete", "coder"]),
        (1, "role: Input should be 'planner'", ["agents", "create", "a", "--role", "boss"]),
        (1, "gone.json: No such file", ["agents", "create", "a", "--input-json", "gone.json"]),
        (1, "gone.md: No such file", ["agents", "create", "a", "--system-prompt-file", "gone.md"]),
        (2, "'debaters' is not written as in", ["topologies", "create", "t", "--slot", "debaters"]),
        (2, "'=2' is not written as in max_rounds=2", ["topologies", "create", "t", "--set", "=2"]),
        (2, "'{x' is not JSON", ["agents", "create", "a", "--input-json", "{x"]),
        (2, "'list.json' is no JSON object", ["agents", "create", "a", "--input-json", "list.json"]),
        (2, "latin is not UTF-8", ["agents", "create", "a", "--input-json", "latin"]),
        (2, "'config' is no JSON object", ["agents", "create", "a", "--input-json", '{"config": 1}']),
        (
            2,
            "--system-prompt is given as well",
            ["agents", "create", "a", "--system-prompt", "x", "--system-prompt-file", "y"],
        ),
        (2, "from standard input already", ["topologies", "run", duel, "-", "--input-json", "-"]),
        (2, "name it, or give it as in", ["topologies", "run", duel]),
        (2, "name it, or give it as in", ["topologies", "run", duel, "--input-json", '{"goal": 3}']),
        (2, "'[]' is no JSON object", ["topologies", "run", duel, "x", "--config", "[]"]),
        (2, "--json is given as well", ["topologies", "list", "--json", "--format", "table"]),
        (2, "'yaml'", ["topologies", "list", "--format", "yaml"]),
    ]
    for code, sentence, words in wrong:
        done = api(*words)
        assert is_an_error(done, code), (words, done)
        assert sentence in done.err


def test_format_json_is_the_same_as_json_wherever_it_stands(api: Cli) -> None:
    plain = api("--json", "agents", "list").data
    assert [api("agents", "list", *words).data for words in (["--format", "json"], ["--json"])] == [plain, plain]
    assert api("agents", "list", "--format", "table").out == api("agents", "list").out
    refused = api("--json", "agents", "list", "--format", "table")
    assert (refused.code, "leave one of them out" in refused.err) == (2, True)


def test_the_mixins_that_come_along_are_listed(api: Cli) -> None:
    assert [mixin["name"] for mixin in api("agents", "mixins", "--format", "json").data] == [
        mixin.name for mixin in BUILT_IN_MIXINS
    ]
    header, *rows = api("agents", "mixins").out.splitlines()
    assert header.split() == ["NAME", "NEEDS", "OPTIONS", "DESCRIPTION"]
    assert [row.split()[0] for row in rows] == [mixin.name for mixin in BUILT_IN_MIXINS]


def test_the_aliases_of_models_are_listed(api: Cli) -> None:
    assert "gpt-oss              ollama:gpt-oss" in api("models").out
    assert api("models", "--json").data["aliases"]["mistral"] == "ollama:mistral"
