"""The line between the tasks of a flow and the worker that runs it: one JSON line there, one back, on a Unix socket."""

import json
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from agent_runner.domain.outcome import Reply
from agent_runner.errors import TopologyFailed

VARIABLE: Final = "AGENT_RUNNER_FLOW_LINE"
"""Holds the path of the socket; tasks without it ask models themselves."""
LONGEST_LINE_BYTES: Final = 64 * 1024 * 1024
_LONGEST_ADDRESS: Final = 100
"""Bytes. Linux has room for 108 in the address of a socket, macOS for 104."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskWanted(_Line):
    want: Literal["task"] = "task"


class ReplyWanted(_Line):
    """`known`: the keys of all calls that came before."""

    want: Literal["reply"] = "reply"
    key: str
    known: tuple[str, ...]


class Ended(_Line):
    want: Literal["end"] = "end"
    outcome: dict[str, Any]
    known: tuple[str, ...]


Request = Annotated[TaskWanted | ReplyWanted | Ended, Field(discriminator="want")]
REQUEST: Final[TypeAdapter[Request]] = TypeAdapter(Request)


class Answer(_Line):
    """One of them is set, or none where nothing is to be said. `over`: nobody needs this flow any more."""

    task: str | None = None
    reply: Reply | None = None
    failed: str | None = None
    is_permanent: bool = False
    settled: dict[str, dict[str, str]] | None = None
    """Instead of a reply: it was decided earlier that it is done without, by the key of the group."""
    over: str | None = None


def ask_worker(path: str, request: Request) -> Answer:
    """Waits as long as the worker works on it. Raises TopologyFailed when it has no use for it, or is gone."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line, reachable(Path(path)) as address:
            line.connect(address)
            line.sendall(request.model_dump_json().encode() + b"\n")
            with line.makefile("rb") as answers:
                said = answers.readline(LONGEST_LINE_BYTES)
    except OSError as error:
        raise TopologyFailed(f"the worker of this flow cannot be reached: {error}") from error
    if not said.endswith(b"\n"):
        raise TopologyFailed("the worker of this flow has ended before it answered")
    answer = Answer.model_validate(json.loads(said))
    if answer.over is not None:
        raise TopologyFailed(answer.over)
    return answer


@contextmanager
def reachable(path: Path) -> Generator[str]:
    """The path in a form that an address of a socket has room for."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
