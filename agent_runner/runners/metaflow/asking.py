"""Who answers the calls of a flow: the worker that runs it, or the models of this machine's settings."""

import asyncio
from typing import Any, Protocol

from pydantic import JsonValue

from agent_runner.agents.typed.call import Call
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import Reply
from agent_runner.errors import AgentFailed
from agent_runner.runners.metaflow.line import VARIABLE, Ended, ReplyWanted, TaskWanted, ask_worker
from agent_runner.runners.metaflow.report_line import API_URL, RUN_ID, RUN_TOKEN, place_of_reports
from agent_runner.runners.metaflow.reporting import Reporting
from agent_runner.settings import variable

Played = dict[str, Any]
Settled = dict[str, dict[str, str]]


class Askers(Protocol):
    def task(self, given: JsonValue) -> str: ...

    def ask(self, call: Call, played: Played) -> Reply | Settled:
        """Raises AgentFailed."""
        ...

    def end(self, outcome: dict[str, Any], played: Played) -> None: ...


def asker(composition: Composition) -> Askers:
    """A worker on this machine is asked; with a worker elsewhere, what this machine's models answer is reported."""
    if path := variable(VARIABLE):
        return OfWorker(path)
    place = place_of_reports(variable(API_URL), variable(RUN_TOKEN), variable(RUN_ID))
    return OfThisMachine(composition) if place is None else Reporting(composition, place)


class OfWorker:
    """Every call is a step of the worker's run: keys, budgets and records are there, and none of them here."""

    def __init__(self, path: str) -> None:
        self._path = path

    def task(self, given: JsonValue) -> str:
        del given
        return ask_worker(self._path, TaskWanted()).task or ""

    def ask(self, call: Call, played: Played) -> Reply | Settled:
        answer = ask_worker(self._path, ReplyWanted(key=call.key, known=_known(played)))
        if answer.settled is not None:
            return answer.settled
        if answer.reply is None:
            raise AgentFailed(answer.failed or "the worker gave no answer", is_permanent=answer.is_permanent)
        return answer.reply

    def end(self, outcome: dict[str, Any], played: Played) -> None:
        ask_worker(self._path, Ended(outcome=outcome, known=_known(played)))


class OfThisMachine:
    def __init__(self, composition: Composition) -> None:
        self._composition = composition

    def task(self, given: JsonValue) -> str:
        """Raises InvalidInput when no goal is in it."""
        from agent_runner.runners.metaflow.alone import task_of  # noqa: PLC0415 - models are slow to import

        return task_of(given)

    def ask(self, call: Call, played: Played) -> Reply:
        from agent_runner.runners.metaflow.alone import answer_alone  # noqa: PLC0415 - models are slow to import

        return asyncio.run(answer_alone(self._composition, call, played["task"]))

    def end(self, outcome: dict[str, Any], played: Played) -> None:
        del outcome, played


def _known(played: Played) -> tuple[str, ...]:
    return (*played["replies"], *played["failures"])
