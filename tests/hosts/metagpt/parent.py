"""A parent for one host: starts it, answers its questions, and keeps what it says, which must be of the protocol."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from agent_runner.domain.events import PAYLOADS, EventType
from agent_runner.hosts.manifest import read_host
from agent_runner.hosts.protocol import (
    ArtifactReport,
    EventReport,
    FailureReport,
    FromHost,
    ModelQuestion,
    ModelReply,
    Report,
    ResultReport,
    Start,
    read_line,
    write_line,
)

HOSTS = Path(__file__).parents[3] / "agent_runner" / "hosts"
BUNDLED = HOSTS / "bundled" / "metagpt"

Kind = TypeVar("Kind")
Answers = Callable[[ModelQuestion], str]


@dataclass
class Outcome:
    directory: Path
    said: list[FromHost] = field(default_factory=list[FromHost])
    seconds_of_thought: float = 0
    """From the first question to the end."""

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [message for message in self.said if isinstance(message, kind)]

    @property
    def questions(self) -> list[ModelQuestion]:
        return self.of(ModelQuestion)

    @property
    def events(self) -> list[tuple[str, str | None]]:
        return [(event.event, event.agent) for event in self.of(EventReport)]

    @property
    def errors(self) -> list[Any]:
        return [event.payload["message"] for event in self.of(EventReport) if event.event == "ERROR"]

    @property
    def artifacts(self) -> dict[str, ArtifactReport]:
        return {artifact.path: artifact for artifact in self.of(ArtifactReport)}

    @property
    def progress(self) -> list[float]:
        return [report.progress for report in self.of(Report) if report.progress is not None]

    @property
    def result(self) -> dict[str, Any]:
        assert isinstance(self.said[-1], ResultReport), self.said[-1]
        return self.said[-1].result

    @property
    def failure(self) -> FailureReport:
        assert isinstance(self.said[-1], FailureReport), self.said[-1]
        return self.said[-1]


def as_the_demo_model(question: ModelQuestion) -> str:
    assert question.demo is not None
    return question.demo.text


def run_host(
    interpreter: Path,
    directory: Path,
    *,
    goal: str,
    model: str = "demo",
    answers: Answers = as_the_demo_model,
    **start: Any,
) -> Outcome:
    options = read_host(BUNDLED).options(start.pop("config", {}))
    private = directory / "private"
    private.mkdir()
    told = Start(run_id=1, attempt=1, goal=goal, model=model, options=options, directory=str(private), **start)
    environment = {
        "PATH": os.defpath,
        "HOME": str(private),
        "TMPDIR": str(private),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(HOSTS / "kit"),
    }
    with (
        (directory / "stderr").open("w") as noise,
        subprocess.Popen(
            [str(interpreter), str(BUNDLED / "host.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=noise,
            env=environment,
            cwd=private,
        ) as process,
    ):
        try:
            outcome = _converse(process, told, answers, directory)
        finally:
            process.kill()
    assert (directory / "stderr").read_text() == ""
    return outcome


def _converse(process: subprocess.Popen[bytes], told: Start, answers: Answers, directory: Path) -> Outcome:
    assert process.stdin is not None
    assert process.stdout is not None
    outcome, asked_at = Outcome(directory), time.monotonic()
    process.stdin.write(write_line(told))
    process.stdin.flush()
    for line in process.stdout:
        outcome.said.append(message := read_line(line))
        match message:
            case EventReport():
                PAYLOADS[EventType(message.event)].model_validate(message.payload)
            case ModelQuestion():
                asked_at = asked_at if len(outcome.questions) > 1 else time.monotonic()
                reply = ModelReply(id=message.id, text=answers(message), model="any", input_tokens=1, output_tokens=1)
                process.stdin.write(write_line(reply))
                process.stdin.flush()
            case ResultReport() | FailureReport():
                outcome.seconds_of_thought = time.monotonic() - asked_at
                return outcome
            case _:
                pass
    raise AssertionError(f"the host ended without a result: {(directory / 'stderr').read_text()}")


def text(question: ModelQuestion) -> str:
    return question.messages[-1].content


def files_of(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
