"""What a generated flow calls. Its state is one plain JSON object, `played`, that can be read without agent-runner."""

import asyncio
import sys
import time
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Final, cast

from pydantic import JsonValue

from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import Reply
from agent_runner.errors import AgentFailed, InvalidInput, TopologyFailed
from agent_runner.runners.metaflow.asking import Askers, asker
from agent_runner.runners.metaflow.card import show
from agent_runner.runners.metaflow.plan import Turn, plan
from agent_runner.runners.metaflow.replay import Known, Wanted, advance
from agent_runner.runners.metaflow.report_line import API_URL, RUN_ID, RUN_TOKEN
from agent_runner.settings import variable

Played = dict[str, Any]
"""`task`, `began_at`, and what is known: `replies` and `failures` by the calls' keys, `settled` by their groups'."""
Asked = dict[str, Any]
"""One call, or nothing where nobody is to be asked: a foreach needs an item."""
NOBODY: Final[Asked] = {}
LAUNCHERS: Final = ("kubernetes", "batch")
"""Metaflow's commands that start a step on another machine: `kubernetes step …`."""


class Topology:
    """The topology of a flow, from the JSON of its composition."""

    def __init__(self, text: str) -> None:
        self._composition = Composition.read(text)
        self._turns = {turn.name: turn for turn in plan(self._composition)}
        self._asker: Askers = asker(self._composition)

    def begin(self, given: JsonValue) -> Played:
        """Raises InvalidInput when no goal is in it."""
        return {"task": self._asker.task(given), "began_at": time.time(), "replies": {}, "failures": {}, "settled": {}}

    def calls(self, played: Played, turn: str) -> list[Asked]:
        """Who is asked in this turn; one that stands for nobody when the topology has no need of it any more."""
        keys = self._turn(turn).keys
        calls = [wanted.call for wanted in self._wanted(played) if wanted.call.key.startswith(keys)]
        return [{"key": call.key, "node": call.node, "agent": call.agent.name} for call in calls] or [NOBODY]

    def ask(self, played: Played, asked: Asked) -> dict[str, Any]:
        """What came of the call. Raises AgentFailed where the topology does not go on without it."""
        if not asked:
            return {}
        self._check_time(played)
        (wanted,) = (each for each in self._wanted(played) if each.call.key == asked["key"])
        call = wanted.call
        try:
            reply = self._asker.ask(call, played)
        except AgentFailed as error:
            if not wanted.may_fail:
                raise
            return {"key": call.key, "failed": error.message}
        if isinstance(reply, Reply):
            return {"key": call.key, "reply": reply.model_dump(mode="json")}
        return {"key": call.key, "settled": reply}

    def ask_one(self, played: Played, turn: str) -> Played:
        (asked,) = self.calls(played, turn)
        return _with(played, [self.ask(played, asked)])

    def joined(self, inputs: Iterable[Any]) -> Played:
        branches = list(inputs)
        return _with(branches[0].played, [branch.answer for branch in branches])

    def outcome(self, played: Played) -> dict[str, Any]:
        """Raises TopologyFailed when the flow has not asked everybody that had to be asked."""
        found = asyncio.run(advance(self._composition, played["task"], _known(played)))
        if isinstance(found, tuple):
            raise TopologyFailed(
                f"the flow of {self._composition.topology.name} has no step for the call {found[0].call.key!r}",
                next_step="generate it again: it was written by another version of agent-runner",
            )
        outcome = found.model_dump(mode="json")
        self._asker.end(outcome, played)
        return outcome

    def show(self, outcome: Mapping[str, Any]) -> None:
        """Puts the outcome on the card of the step."""
        show(self._composition.topology, outcome)

    def _turn(self, name: str) -> Turn:
        if name not in self._turns:
            topology = self._composition.topology.name
            raise InvalidInput(
                f"the topology {topology} has no turn {name!r}; it has: {', '.join(self._turns)}",
                next_step="generate the flow again: it was written by another version of agent-runner",
            )
        return self._turns[name]

    def _wanted(self, played: Played) -> tuple[Wanted, ...]:
        found = asyncio.run(advance(self._composition, played["task"], _known(played)))
        return found if isinstance(found, tuple) else ()

    def _check_time(self, played: Played) -> None:
        topology = self._composition.topology
        limit = topology.config.timeout_seconds
        if limit is not None and time.time() - played["began_at"] > limit:
            late = f"came to no outcome within {limit:g} s (timeout_seconds)"
            raise TopologyFailed(f"the topology {topology.name} {late}")


def handed_on() -> dict[str, str]:
    """What the machine of a step is given to report by, where Metaflow is starting that step.

    Nowhere else: it keeps what the decorators of a flow say with all that it records of a run.
    """
    is_starting = any(name in LAUNCHERS and word == "step" for name, word in pairwise(sys.argv))
    found = {name: variable(name) for name in (API_URL, RUN_TOKEN, RUN_ID)} if is_starting else {}
    return {name: value for name, value in found.items() if value is not None}


def _with(played: Played, answers: Iterable[Mapping[str, Any]]) -> Played:
    """With what came of the calls; the state before stays as it is."""
    replies, failures, settled = dict(played["replies"]), dict(played["failures"]), dict(played["settled"])
    for answer in answers:
        match answer:
            case {"key": key, "reply": reply}:
                replies[key] = reply
            case {"key": key, "failed": sentence}:
                failures[key] = sentence
            case {"settled": groups}:
                settled |= groups
            case _:
                pass
    return played | {"replies": replies, "failures": failures, "settled": settled}


def _known(played: Played) -> Known:
    replies = cast("dict[str, Any]", played["replies"])
    return Known(
        {key: Reply.model_validate(reply) for key, reply in replies.items()}, played["failures"], played["settled"]
    )
