"""The process of a flow on this machine: Metaflow's own command line, in an environment made for it."""

import re
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runner.runners.metaflow.line import VARIABLE
from agent_runner.sandbox.level import Level, Limits
from agent_runner.sandbox.output import CHUNK_BYTES, Kept, Readable, escaped
from agent_runner.sandbox.process import SandboxedProcess
from agent_runner.sandbox.sandbox import Sandbox

LONGEST_COMPLAINT_BYTES: Final = 3000
MOST_TASKS_AT_ONCE: Final = 16
_LIMITS: Final = Limits(memory_bytes=16 * 1024**3, processes=4096)
_TASK: Final = re.compile(r"\[\d+/(?P<step>\w+)/(?P<task>\d+) \(pid \d+\)\] Task (?P<what>is starting|finished|failed)")


@dataclass(frozen=True, slots=True)
class TaskState:
    step: str
    what: str
    """`is starting`, `finished` or `failed`."""


Tell = Callable[[TaskState], None]


@dataclass(frozen=True, slots=True)
class FlowHome:
    """Where a flow lives between the attempts of its run: its file, and all that Metaflow keeps of it."""

    directory: Path
    file: str

    @property
    def run_id(self) -> str | None:
        """Of the last time that it was started."""
        try:
            return self._run_id_file.read_text().strip() or None
        except FileNotFoundError:
            return None

    def write(self, source: str) -> None:
        """A flow that was written otherwise begins anew."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / self.file
        if not path.exists() or path.read_text(encoding="utf-8") != source:
            self.forget()
            path.write_text(source, encoding="utf-8")

    def forget(self) -> None:
        """What was run cannot be gone on with."""
        self._run_id_file.unlink(missing_ok=True)

    def command(self, *, origin: str | None, most: int) -> list[str]:
        """`origin`: the id of a run whose finished steps are not repeated."""
        asked = ["resume", "--origin-run-id", origin] if origin else ["run", "--input-json", "{}"]
        return [
            *(sys.executable, self.file, "--no-pylint", *asked),
            *("--run-id-file", str(self._run_id_file)),
            *("--max-num-splits", str(max(most, 1)), "--max-workers", str(MOST_TASKS_AT_ONCE)),
        ]

    def environment(self, line: Path) -> Mapping[str, str]:
        place = str(self.directory)
        return {
            VARIABLE: str(line),
            "METAFLOW_USER": "agent-runner",
            "METAFLOW_DATASTORE_SYSROOT_LOCAL": place,
            "METAFLOW_CLIENT_CACHE_PATH": f"{place}/cache",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @property
    def _run_id_file(self) -> Path:
        return self.directory / "run-id"


class FlowProcess:
    def __init__(self, process: SandboxedProcess, tell: Tell) -> None:
        self._process = process
        self._tell = tell
        self._said = Kept(LONGEST_COMPLAINT_BYTES)

    async def ended(self) -> str:
        """How it ended, as the rest of a sentence that begins with the flow."""
        await _each_line(self._process.stdout, self._hear)
        return (await self._process.wait()).how

    async def interrupt(self) -> None:
        """As Ctrl-C: Metaflow ends what it has under way on other machines, and then itself."""
        await self._process.interrupt()

    @property
    def complaint(self) -> str:
        return self._said.text().strip()

    def _hear(self, line: bytes) -> None:
        text = escaped(line)
        if found := _TASK.search(text):
            self._tell(TaskState(found["step"], found["what"]))
        else:
            self._said.add(line + b"\n")


@asynccontextmanager
async def open_flow(
    home: FlowHome, private: Path, variables: Mapping[str, str], tell: Tell, *, origin: str | None, most: int
) -> AsyncGenerator[FlowProcess]:
    """Starts it; nothing of it is left here afterwards, nor when the worker dies. `private`: for its TMPDIR."""
    opened = Sandbox(Level.L0, private).open(
        ["/bin/sh", "-c", 'exec "$@" 2>&1', "sh", *home.command(origin=origin, most=most)],
        cwd=home.directory,
        writable=[home.directory],
        environment=variables,
        limits=_LIMITS,
    )
    async with opened as process:
        process.stdin.close()
        yield FlowProcess(process, tell)


async def _each_line(stream: Readable, hear: Callable[[bytes], None]) -> None:
    """A line of any length, in bounded pieces."""
    rest = b""
    while data := await stream.read(CHUNK_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        for each in lines:
            hear(each[:CHUNK_BYTES])
        if len(rest) > CHUNK_BYTES:
            hear(rest)
            rest = b""
    if rest:
        hear(rest)
