"""A sandbox of each level in a directory of its own, and a way to see whether a process is still there."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_runner.sandbox.inside.plan import Plan
from agent_runner.sandbox.level import Level
from agent_runner.sandbox.sandbox import Sandbox, python_places

Make = Callable[[Level], Sandbox]
PYTHON = (sys.executable, "-I", "-S", "-c")


class WithPython(Sandbox):
    """Lets its commands read the Python of the tests."""

    def _plan(self, *arguments: Any) -> Plan:
        plan = super()._plan(*arguments)
        return replace(plan, readable=[*plan.readable, *map(str, python_places())])


@pytest.fixture
def work(tmp_path: Path) -> Path:
    place = tmp_path / "work"
    place.mkdir()
    return place


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda level: WithPython(level, tmp_path / "private")


def processes_with(mark: str) -> list[str]:
    """The command lines of living processes that hold a mark."""
    return [words for words, _ in _marked(mark)]


def states_of(mark: str) -> set[str]:
    """The states of these processes, as the kernel calls them: T is one that is stopped."""
    return {(place / "stat").read_text().rpartition(")")[2].split()[0] for _, place in _marked(mark)}


def _marked(mark: str) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in words:
            found.append((words, place))
    return found
