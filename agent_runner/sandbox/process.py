"""A started command: its streams, its end, and the end of everything it started."""

import asyncio
import contextlib
import json
import socket
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final, cast

from agent_runner.errors import SandboxError
from agent_runner.sandbox.inside import launcher
from agent_runner.sandbox.inside.plan import Plan
from agent_runner.sandbox.level import Level, Stop

KILL_SECONDS: Final = 5.0
"""The launcher is given so long to end all processes; then it is killed, and the kernel takes its command along."""
_RESULT_BYTES: Final = 65536


class Ended:
    """How the command ended; `exit_code` or `signal` is set."""

    def __init__(self, said: dict[str, object]) -> None:
        if "error" in said:
            raise SandboxError(
                f"the command could not be confined, so it was not started: {said['error']}",
                next_step="agent-runner doctor tells which level this machine can do",
            )
        self.exit_code: Final = cast("int | None", said.get("exit"))
        self.signal: Final = cast("int | None", said.get("signal"))
        self.stop: Final = Stop(str(said["stop"])) if "stop" in said else None

    @property
    def how(self) -> str:
        """The rest of a sentence that begins with what has ended."""
        if self.stop is not None:
            return f"was stopped because it took too much {self.stop}"
        if self.signal is not None:
            return f"was killed by signal {self.signal}"
        return f"ended with exit code {self.exit_code}"


class SandboxedProcess:
    """Its streams are pipes. Whoever opened it must `kill` it, whatever happens; after that none of it is left."""

    def __init__(self, process: Process, control: socket.socket, level: Level) -> None:
        self.level: Final = level
        self.started_at: Final = time.monotonic()
        self._process: Final = process
        self._control: Final = control
        self._said: dict[str, object] | None = None
        self._heard = b""
        """The beginning of the result, where something else was expected."""
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self.stdin: Final = process.stdin
        self.stdout: Final = process.stdout
        self.stderr: Final = process.stderr

    async def wait(self) -> Ended:
        """Returns when the command has ended and nothing of it is left. Read its streams meanwhile, or it may wait.

        Raises SandboxError when it could not be confined and was therefore not started.
        """
        await self._process.wait()
        return Ended(self._result())

    async def hold(self) -> None:
        """Stops the command and everything it started; nothing of it runs, or ends, from here on until `go_on`."""
        await self._say(launcher.HOLD)

    async def go_on(self) -> None:
        await self._say(launcher.GO_ON)

    async def interrupt(self) -> None:
        """Sends SIGINT to the command and everything it started; whether they end is their business."""
        await self._say(launcher.INTERRUPT)

    async def _say(self, word: bytes) -> None:
        """Returns when it is done. A command that has ended is told nothing: its result is read instead, and kept."""
        if self._said is not None or self._heard:
            return
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await loop.sock_sendall(self._control, word)
                heard = await loop.sock_recv(self._control, len(word))
        except ConnectionError:
            return
        except TimeoutError:
            raise SandboxError("the command could not be reached") from None
        if heard != word:
            self._heard = heard

    async def kill(self) -> None:
        """Ends the command and everything it started; returns when none is left. Doing it twice is harmless."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        self.stdin.close()
        ending = asyncio.ensure_future(self._ended())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise

    async def _ended(self) -> None:
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._result()

    def _result(self) -> dict[str, object]:
        """What the launcher said at its end, read once. A launcher that was killed says nothing."""
        if self._said is None:
            with self._control:
                try:
                    said = self._heard + self._control.recv(_RESULT_BYTES)
                except OSError:
                    said = b""
            self._said = cast("dict[str, object]", json.loads(said)) if said else {"signal": 9}
        return self._said


async def start(plan: Plan, level: Level) -> SandboxedProcess:
    """Starts the launcher with the plan."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    with theirs, tempfile.TemporaryFile() as plan_file:
        plan_file.write(plan.to_json())
        plan_file.flush()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(Path(launcher.__file__)),
                str(theirs.fileno()),
                str(plan_file.fileno()),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env={},
                pass_fds=(theirs.fileno(), plan_file.fileno()),
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
    return SandboxedProcess(process, ours, level)
