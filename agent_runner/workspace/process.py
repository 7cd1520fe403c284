"""One child process with a deadline and bounded output, and work in a thread that ends when its caller is cancelled."""

import asyncio
import os
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

CHUNK_BYTES: Final = 65_536
ERROR_BYTES: Final = 16_384
LOOK_UP_SECONDS: Final = 0.1
"""How long a child runs on, at most, after its caller was cancelled."""

Result = TypeVar("Result")
_stopped: ContextVar[threading.Event | None] = ContextVar("stopped", default=None)


class Ended(StrEnum):
    BY_ITSELF = "by itself"
    TOO_LATE = "too late"
    TOO_LONG = "too long"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`output` and `errors` are cut at their limits; `code` is negative for a signal, as in subprocess."""

    ended: Ended
    code: int
    output: bytes
    errors: bytes


async def in_thread(work: Callable[[], Result]) -> Result:
    """Run `work` beside the event loop. When the caller is cancelled, its child is killed and it is waited for."""
    stopped = threading.Event()
    context = copy_context()
    context.run(_stopped.set, stopped)
    future = asyncio.get_running_loop().run_in_executor(None, lambda: context.run(work))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait([future])
        raise


def is_stopped() -> bool:
    """Whether the caller of this thread's work no longer waits for it."""
    stopped = _stopped.get()
    return stopped is not None and stopped.is_set()


def run_bounded(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    standard_input: bytes,
    seconds: float,
    limit: int,
) -> Outcome:
    """Run `command` in its own process group; at the deadline, or one byte above `limit`, the group is killed."""
    with tempfile.TemporaryFile() as source:
        source.write(standard_input)
        source.seek(0)
        child = subprocess.Popen(  # noqa: S603 - the command is built from constants and checked names
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
        )
    with child:
        return _follow(child, time.monotonic() + seconds, limit)


def _follow(child: subprocess.Popen[bytes], deadline: float, limit: int) -> Outcome:
    assert child.stdout is not None
    assert child.stderr is not None
    output, errors = bytearray(), bytearray()
    ended = Ended.BY_ITSELF
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ, output)
            selector.register(child.stderr, selectors.EVENT_READ, errors)
            while selector.get_map() and ended is Ended.BY_ITSELF:
                for key, _ in selector.select(LOOK_UP_SECONDS):
                    _collect(selector, key)
                ended = _why_to_end(deadline, len(output) > limit)
                del errors[ERROR_BYTES:]
        if ended is Ended.BY_ITSELF:
            ended = _wait(child, deadline)
    finally:
        if ended is not Ended.BY_ITSELF or child.poll() is None:
            _kill_group(child)
    return Outcome(ended=ended, code=child.wait(), output=bytes(output[:limit]), errors=bytes(errors))


def _collect(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    chunk = os.read(key.fd, CHUNK_BYTES)
    if chunk:
        key.data.extend(chunk)
    else:
        selector.unregister(key.fileobj)


def _why_to_end(deadline: float, is_too_long: bool) -> Ended:  # noqa: FBT001 - a fact, not a switch
    if is_stopped():
        return Ended.STOPPED
    if is_too_long:
        return Ended.TOO_LONG
    return Ended.TOO_LATE if time.monotonic() >= deadline else Ended.BY_ITSELF


def _wait(child: subprocess.Popen[bytes], deadline: float) -> Ended:
    """A child may close its output and run on."""
    while (ended := _why_to_end(deadline, is_too_long=False)) is Ended.BY_ITSELF:
        with suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_UP_SECONDS)
            break
    return ended


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """With all that the child started; the number is its own as long as nobody has waited for it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
