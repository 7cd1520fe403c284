"""The command line, in this process where that is enough: what it prints, and the code it ends with."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent_runner.cli.main import run
from tests.e2e.conftest import Site, site

__all__ = ["site"]


@pytest.fixture
def bare_url(tmp_path: Path) -> str:
    """Which database it is makes no difference to a command."""
    return f"sqlite:///{tmp_path}/runs.db"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Done]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Carries out a command line, in a directory without any .env."""
    monkeypatch.chdir(tmp_path)

    def carry_out(*arguments: object) -> Done:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return carry_out


@pytest.fixture
def api(cli: Cli, live: Site) -> Cli:
    """The same, for commands that speak to a running API."""

    def carry_out(*arguments: object) -> Done:
        return cli("--url", live.url, *arguments)

    return carry_out


def is_an_error(done: Done, code: int) -> bool:
    """Two lines on standard error, nothing on standard output."""
    first, second = done.err.splitlines()
    return done.code == code and not done.out and first.startswith("error: ") and second.startswith("next: ")
