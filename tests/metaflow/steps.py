"""What stands in for Metaflow and for agents: the steps of a flow one after the other, and answers by chance."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from pydantic import JsonValue

from agent_runner.agents.typed.call import Call
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import Reply
from agent_runner.errors import AgentFailed
from agent_runner.runners.metaflow.asking import Askers
from agent_runner.runners.metaflow.flow import Topology
from agent_runner.runners.metaflow.plan import plan
from agent_runner.topologies.stage import Branch
from tests.metaflow.teams import reply_of

T = TypeVar("T")
SAYINGS = {
    "round-": ("POSITION: yes", "POSITION: no", "It depends.\n\nPOSITION: maybe"),
    "mediator": ("CONSENSUS: yes\nPOSITION: yes", "CONSENSUS: no"),
    "level-": ("ESCALATE: too hard", "DECISION: do it"),
    "check-": ("VERDICT: accept", "VERDICT: reject because it is short"),
    "judge": ("BEST: 1", "BEST: 2", "All are good."),
    "plan": ("1. [writing] Write it\n2. Read it\n3. Print it\n4. Sell it", "1. Do it", "I cannot"),
}
"""What agents say, where a word stands in the key of the call; the last one counts."""


class Said:
    """What each call is answered, by chance and always the same; `share` of the calls fail."""

    def __init__(self, seed: int, share: float) -> None:
        self._seed = seed
        self._share = share
        self.asked: list[str] = []

    def reply(self, call: Call) -> Reply:
        self.asked.append(call.key)
        chance = random.Random(f"{self._seed} {call.key} {call.message}")
        if chance.random() < self._share:
            raise AgentFailed(f"{call.node} has no idea of {call.key}")
        fitting = [sayings for word, sayings in SAYINGS.items() if word in call.key]
        return reply_of(call, chance.choice(fitting[-1] if fitting else ("Well.", "", "VERDICT: accept")))


class Plain:
    """A stage without anything."""

    def __init__(self, said: Said) -> None:
        self._said = said

    async def call(self, call: Call) -> Reply:
        await asyncio.sleep(0)
        return self._said.reply(call)

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        ended = await asyncio.gather(*(branch() for branch in branches), return_exceptions=True)
        for each in ended:
            if isinstance(each, BaseException):
                raise each
        return [each for each in ended if not isinstance(each, BaseException)]

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        return await find()

    def tell(self, share: float, message: str) -> None:
        pass


class Asker:
    """Answers a flow's calls in place of models."""

    def __init__(self, said: Said) -> None:
        self._said = said

    def task(self, given: JsonValue) -> str:
        return str(given)

    def ask(self, call: Call, played: dict[str, Any]) -> Reply:
        return self._said.reply(call)

    def end(self, outcome: dict[str, Any], played: dict[str, Any]) -> None:
        pass


class Branched:
    """What a join of Metaflow sees of one branch."""

    def __init__(self, played: dict[str, Any], answer: dict[str, Any]) -> None:
        self.played = played
        self.answer = answer


def by_steps(composition: Composition, asker: Askers) -> dict[str, Any]:
    """Does what the steps of the flow do, one after the other."""
    topology = Topology(composition.text)
    topology._asker = asker
    played = topology.begin("Decide.")
    for turn in plan(composition):
        if turn.most == 1:
            played = topology.ask_one(played, turn.name)
        else:
            calls = topology.calls(played, turn.name)
            assert len(calls) <= turn.most
            answers = [topology.ask(played, call) for call in calls]
            played = topology.joined(Branched(played, answer) for answer in answers)
    return topology.outcome(played)
