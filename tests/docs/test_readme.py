"""Executes the README, against real processes. Only the port and HOME are replaced."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_runner.settings import Settings
from tests.docs.blocks import ROOT, Block, blocks_of
from tests.docs.live import House, started

README = ROOT / "README.md"

NOT_HERE = {
    "git clone https://github.com/agent-runner/agent-runner": "its address is compared with pyproject.toml",
    "cd agent-runner": "the tests are there already",
    "make start": "executed first without the console, by `started`; with it in test_make.py",
    "make check": "executed by .ci/run",
    "make prove": "executed by .ci/run",
    "make test-console": "executed by .ci/run",
    "make test": "executes this",
    "make test-agent": "executed in test_make.py",
}
"""Commands that are not executed by walking through the README, and why."""

VARYING = {"created_at", "available_at", "started_at", "completed_at", "timestamp"}
UNDECIDED = {"QUEUED", "PENDING", "RUNNING"}
"""Which of them is shown depends on the moment of the question."""


def commands_of(block: Block) -> list[str]:
    """Lines of shell, continued lines joined."""
    return block.text.replace("\\\n", " ").splitlines()


def shell_blocks() -> list[Block]:
    return [block for block in blocks_of(README) if block.language == "sh"]


def is_executed(block: Block) -> bool:
    return not any(command in NOT_HERE for command in commands_of(block))


def documents_in(text: str) -> list[Any]:
    """The JSON values in a text, one after the other."""
    found: list[Any] = []
    while text := text.lstrip():
        value, end = json.JSONDecoder().raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def assert_alike(shown: Any, answered: Any, where: str) -> None:
    """What is shown was answered; the answer may hold more fields, and other times and random ids."""
    if isinstance(shown, dict):
        assert isinstance(answered, dict), f"{where}: {answered!r} is no object"
        for name, value in shown.items():
            assert name in answered, f"{where}: the answer has no {name!r}, only {sorted(answered)}"
            if name not in VARYING:
                assert_alike(value, answered[name], f"{where}, {name}")
    elif isinstance(shown, list):
        assert isinstance(answered, list), f"{where}: {answered!r} is no list"
        assert len(shown) == len(answered), f"{where}: {len(answered)} elements are answered, {len(shown)} shown"
        for number, (one, other) in enumerate(zip(shown, answered, strict=True)):
            assert_alike(one, other, f"{where}[{number}]")
    elif shown != answered and not {shown, answered} <= UNDECIDED:
        assert without_random(shown) == without_random(answered), f"{where}: {answered!r} is answered, {shown!r} shown"


def without_random(value: Any) -> Any:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID", value) if isinstance(value, str) else value


@pytest.mark.processes
@pytest.mark.timeout(120)
def test_every_command_of_the_readme_works(tmp_path: Path) -> None:
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    house = House(tmp_path, settings={"CURL_HOME": str(tmp_path)})
    with started(house):
        outputs = walk(house)
    later = documents_in(outputs['curl "http://localhost:8000/runs/1/events?since_event_id=3"'])
    assert later[-1]["events"][0]["event_id"] == 4
    stream = outputs["curl -N http://localhost:8000/runs/1/events/stream"]
    assert re.findall(r"^id: (\d+)", stream, re.MULTILINE) == [
        str(event["event_id"]) for event in later[0]["events"]
    ], "the stream tells other events than the JSON"


def walk(house: House) -> dict[str, str]:
    """Executes block after block, compares what is shown. Returns each command's block's output."""
    outputs: dict[str, str] = {}
    output = ""
    for block in blocks_of(README):
        match block.language:
            case "sh" if is_executed(block):
                output = executed(house, block, ["bash", "-euo", "pipefail", "-c"])
                outputs |= dict.fromkeys(commands_of(block), output)
            case "python":
                output = executed(house, block, [sys.executable, "-c"])
                assert "RUN_COMPLETED" in output
            case "json":
                for shown, answered in zip(documents_in(block.text), documents_in(output), strict=True):
                    assert_alike(shown, answered, f"README.md:{block.line}")
            case _:
                pass
    return outputs


def executed(house: House, block: Block, interpreter: list[str]) -> str:
    text = block.text.replace("8000", str(house.port))
    at_home = f"HOME={house.directory}\n{text}" if "bash" in interpreter else text
    done = house.run(*interpreter, at_home)
    assert done.returncode == 0, f"README.md:{block.line}: {text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_no_command_is_left_out_without_a_reason() -> None:
    left_out = {command for block in shell_blocks() if not is_executed(block) for command in commands_of(block)}
    assert left_out == set(NOT_HERE)


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    kinds = {block.language for block in blocks_of(README)}
    assert kinds == {"sh", "json", "python", "dotenv", "mermaid"}


def test_the_clone_address_is_that_of_the_project() -> None:
    assert "https://github.com/agent-runner/agent-runner/" in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("block", [block for block in blocks_of(README) if block.language == "dotenv"])
def test_the_settings_shown_can_be_used(block: Block, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(block.text)
    settings = Settings(_env_file=tmp_path / ".env")  # pyright: ignore[reportCallIssue] - pydantic-settings' own argument
    named = {line.partition("=")[0].lower() for line in block.text.splitlines() if not line.startswith("#")}
    assert settings.model_fields_set == named


def test_the_make_targets_shown_exist(tmp_path: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shown = re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)\b", "\n".join(re.findall(r"`[^`]+`", README.read_text())))
    assert shown
    assert set(shown) <= set(targets)
    listed = House(tmp_path).run("make").stdout
    assert {line.split()[1] for line in listed.splitlines()} == set(targets) - {"help"}
