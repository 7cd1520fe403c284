"""agent-runner as a user starts it, with make, on a free port and with a database of its own."""

import os
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from tests.docs.blocks import ROOT
from tests.e2e.conftest import PATIENCE_SECONDS, free_port, until

OF_AN_OUTER_MAKE: Final = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
"""What `make test` tells a make that it calls, which then talks more."""


@dataclass
class House:
    """A place to run agent-runner in: whatever is called here sees its port, its database and its log."""

    directory: Path
    port: int = field(default_factory=free_port)
    console_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict[str, str])

    def environment(self) -> dict[str, str]:
        outside = {name: value for name, value in os.environ.items() if name not in OF_AN_OUTER_MAKE}
        return outside | {
            "RUN_DIR": str(self.directory / "run"),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "API_PORT": str(self.port),
            "API_HOST": "127.0.0.1",
            "CONSOLE_PORT": str(self.console_port),
            "CONSOLE_HOST": "127.0.0.1",
            "API_KEYS": ",",  # none, whatever the developer's .env says
            "LLM_MODEL": "demo",
            **self.settings,
        }

    @property
    def database(self) -> Path:
        return self.directory / "data" / "test.db"

    @property
    def output(self) -> Path:
        """What the make that started it has said."""
        return self.directory / "output"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *command: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, without anything on its standard input."""
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    @property
    def console_url(self) -> str:
        return f"http://127.0.0.1:{self.console_port}"

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def processes(self) -> list[int]:
        """Everything that was started with this house's port and database, and still lives."""
        mark = f"RUN_DIR={self.directory / 'run'}".encode()
        numbered = [entry for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        return [int(entry.name) for entry in numbered if mark in environment_of(entry)]


def environment_of(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []  # it has ended, or belongs to somebody else


@contextmanager
def started(house: House, target: str = "start-agent") -> Generator[subprocess.Popen[bytes]]:
    """What that target starts, ready; in a process group of its own, as a terminal gives it one."""
    with (
        house.output.open("wb") as output,
        subprocess.Popen(
            ["make", target],
            cwd=ROOT,
            env=house.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as make,
    ):
        try:
            until(lambda: house.is_ready() or make.poll() is not None, f"make {target} is ready")
            assert make.poll() is None, house.output.read_text()
            yield make
        finally:
            if make.poll() is None:
                press_ctrl_c(make)


def press_ctrl_c(make: subprocess.Popen[bytes]) -> None:
    """What a terminal does: every process of the foreground group gets SIGINT."""
    os.killpg(make.pid, signal.SIGINT)
    try:
        make.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(make.pid, signal.SIGKILL)
        raise
