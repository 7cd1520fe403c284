"""As much of the worker's side of the host protocol as a test needs: starts a host, answers, keeps what it says."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from agent_runner.domain.events import PAYLOADS, EventType
from agent_runner.hosts.protocol import (
    ArtifactReport,
    Delta,
    EventReport,
    FailureReport,
    FromHost,
    Heartbeat,
    Hello,
    ModelQuestion,
    ModelReply,
    Report,
    ResultReport,
    Start,
    Told,
    read_line,
    write_line,
)

KIT = Path(__file__).parents[2] / "agent_runner/hosts/kit"

Answer = Callable[[ModelQuestion], str | None]
"""None: the worker lets go instead."""


@dataclass
class Heard:
    said: list[FromHost] = field(default_factory=list[FromHost])
    exit_code: int | None = None
    log: str = ""

    def questions(self) -> list[ModelQuestion]:
        return [each for each in self.said if isinstance(each, ModelQuestion)]

    def events(self) -> list[tuple[str, str | None]]:
        return [(each.event, each.agent) for each in self.said if isinstance(each, EventReport)]

    def reports(self) -> list[Report]:
        return [each for each in self.said if isinstance(each, Report)]

    def artifacts(self) -> dict[str, str | None]:
        return {each.path: each.text for each in self.said if isinstance(each, ArtifactReport)}

    @property
    def result(self) -> dict[str, Any]:
        last = self.said[-1]
        assert isinstance(last, ResultReport), (last, self.log)
        return last.result

    @property
    def failure(self) -> FailureReport:
        last = self.said[-1]
        assert isinstance(last, FailureReport), (last, self.log)
        return last


def play(command: Sequence[str | Path], directory: Path, answer: Answer, **start: Any) -> Heard:
    """Runs a host to its end in a private directory, with nothing of this process in its environment."""
    directory.mkdir()
    begin = Start.model_validate(
        {"run_id": 1, "attempt": 1, "goal": "Explain leases", "model": "demo", "directory": str(directory), **start}
    )
    heard = Heard()
    with (
        (directory / "stderr").open("wb") as log,
        subprocess.Popen(
            list(map(str, command)),
            cwd="/",
            env=environment(directory),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            tell(process.stdin, begin)
            for line in process.stdout:
                message = checked(read_line(line))
                if not isinstance(message, Heartbeat):  # as many as it took time
                    heard.said.append(message)
                reply_to(message, process.stdin, answer)
            heard.exit_code = process.wait()
        finally:
            process.kill()
            with contextlib.suppress(BrokenPipeError):  # it has left something unread
                process.stdin.close()
    heard.log = (directory / "stderr").read_text()
    assert isinstance(heard.said[0], Hello), heard.log
    return heard


def environment(directory: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(KIT),
    }


def checked(message: FromHost) -> FromHost:
    if isinstance(message, EventReport):
        PAYLOADS[EventType(message.event)].model_validate_json(json.dumps(message.payload))
    return message


def reply_to(message: FromHost, pipe: IO[bytes], answer: Answer) -> None:
    if not isinstance(message, ModelQuestion):
        return
    text = answer(message)
    if text is None:
        pipe.close()
        return
    if message.stream:
        tell(pipe, Delta(id=message.id, text=text))
    tell(pipe, ModelReply(id=message.id, text=text, model="demo", input_tokens=1, output_tokens=1))


def tell(pipe: IO[bytes], message: Told) -> None:
    with contextlib.suppress(BrokenPipeError):  # it has ended: what it said before says why
        pipe.write(write_line(message))
        pipe.flush()


def demo(question: ModelQuestion) -> str:
    assert question.demo is not None
    return question.demo.text
