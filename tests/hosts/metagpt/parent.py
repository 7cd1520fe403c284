"""Runs MetaGPT's company to its end, and gives what it said in the words of these tests."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_runner.hosts.manifest import read_host
from agent_runner.hosts.protocol import ArtifactReport, EventReport, ModelQuestion, Report
from tests.hosts.environments import BUNDLED as ALL
from tests.hosts.fake_parent import Heard, demo, play

BUNDLED = ALL / "metagpt"

Answers = Callable[[ModelQuestion], str]


class Outcome:
    def __init__(self, heard: Heard, directory: Path, seconds_of_thought: float) -> None:
        self._heard = heard
        self.directory = directory
        self.seconds_of_thought = seconds_of_thought
        """From the first question to the end."""
        self.questions = heard.questions()
        self.events = heard.events()
        self.reports: list[Report] = heard.reports()
        self.progress = [report.progress for report in self.reports if report.progress is not None]

    @property
    def errors(self) -> list[Any]:
        told = [each for each in self._heard.said if isinstance(each, EventReport) and each.event == "ERROR"]
        return [event.payload["message"] for event in told]

    @property
    def artifacts(self) -> dict[str, ArtifactReport]:
        return {each.path: each for each in self._heard.said if isinstance(each, ArtifactReport)}

    @property
    def result(self) -> dict[str, Any]:
        return self._heard.result

    @property
    def failure(self) -> Any:
        return self._heard.failure


def run_host(
    interpreter: Path, directory: Path, *, goal: str, model: str = "demo", answers: Answers = demo, **start: Any
) -> Outcome:
    options = read_host(BUNDLED).options(start.pop("config", {}))
    asked_at: list[float] = []

    def answer(question: ModelQuestion) -> str:
        asked_at.append(time.monotonic())
        return answers(question)

    command = [interpreter, BUNDLED / "host.py"]
    heard = play(command, directory / "private", answer, goal=goal, model=model, options=options, **start)
    assert heard.log == ""
    return Outcome(heard, directory, time.monotonic() - asked_at[0])


def text(question: ModelQuestion) -> str:
    return question.messages[-1].content


def files_of(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
