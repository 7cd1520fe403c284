"""Stages in memory: one with scripted agents and a worker that can die at any point, and one that only replays."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from pydantic import JsonValue

from agent_runner.agents.typed.call import Call
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome, Reply
from agent_runner.errors import AgentFailed
from agent_runner.topologies.play import play
from agent_runner.topologies.stage import Branch

T = TypeVar("T")


class Killed(BaseException):
    """The worker dies here."""


@dataclass(frozen=True, slots=True)
class Data:
    """An answer in JSON, as an agent with that output format gives it."""

    value: JsonValue
    text: str = "{}"


Line = str | Data | AgentFailed
Script = Callable[[Call, int], Line]
"""What an agent says, or how it fails, in the so many-th try of a call, from 0."""


def lines(said: Mapping[str, Line | list[Line]], *, otherwise: Line = "ok") -> Script:
    """By key; of a list each try takes the next one."""

    def script(call: Call, number: int) -> Line:
        line = said.get(call.key, otherwise)
        return line[min(number, len(line) - 1)] if isinstance(line, list) else line

    return script


def answered(call: Call, line: str | Data) -> Reply:
    data, text = (line.value, line.text) if isinstance(line, Data) else (None, line)
    return Reply(node=call.node, agent=call.agent.name, text=text, data=data)


@dataclass
class Journal:
    """What outlives a worker. `made` counts the tries that were made, by key: also those that were never recorded."""

    replies: dict[str, tuple[Call, Reply]] = field(default_factory=dict[str, tuple[Call, Reply]])
    settled: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    made: Counter[str] = field(default_factory=Counter[str])

    @property
    def keys(self) -> set[str]:
        assert not self.replies.keys() & self.settled.keys()
        return {*self.replies, *self.settled}


class MemoryStage:
    """One attempt. With `order` the calls go on at the same time and end in an order that it chooses."""

    def __init__(
        self,
        script: Script,
        journal: Journal | None = None,
        *,
        order: Random | None = None,
        at_once: int = 1000,
        die_at: int = 0,
    ) -> None:
        self.journal = journal or Journal()
        self.calls: list[Call] = []
        self.told: list[tuple[float, str]] = []
        self.points = 0
        self._script = script
        self._order = order
        self._at_once = at_once
        self._die_at = die_at
        self._is_dead = False
        self._begun: set[str] = set()

    async def call(self, call: Call) -> Reply:
        self._begin(call.key)
        self.calls.append(call)
        if call.key in self.journal.replies:
            recorded, reply = self.journal.replies[call.key]
            assert call == recorded, f"{call.key} is asked something else than in the attempt before"
            return reply
        self._may_die()
        line = await self._say(call)
        self._may_die()
        reply = answered(call, line)
        self.journal.replies[call.key] = (call, reply)
        return reply

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        if self._order is None:
            return [await branch() for branch in branches]
        gate = asyncio.Semaphore(self._at_once)
        failed: list[Exception] = []

        async def carry_out(branch: Branch[T]) -> T:
            async with gate:
                if failed:
                    raise failed[0]
                try:
                    return await branch()
                except Exception as error:
                    failed.append(error)
                    raise

        tasks = [asyncio.ensure_future(carry_out(branch)) for branch in branches]
        if tasks:
            await asyncio.wait(tasks)
        raised = [task.exception() for task in tasks]
        if killed := next((error for error in raised if isinstance(error, Killed)), None):
            raise killed
        return [task.result() for task in tasks]

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        self._begin(key)
        if key not in self.journal.settled:
            found = await find()
            self._may_die()
            self.journal.settled[key] = dict(found)
        return dict(self.journal.settled[key])

    def tell(self, share: float, message: str) -> None:
        self.told.append((share, message))

    def _begin(self, key: str) -> None:
        assert key not in self._begun, f"{key} is used twice in one attempt"
        self._begun.add(key)

    async def _say(self, call: Call) -> str | Data:
        for number in range(call.retries + 1):
            self.journal.made[call.key] += 1
            for _ in range(self._order.randrange(6) if self._order else 0):
                await asyncio.sleep(0)
            line = self._script(call, number)
            if not isinstance(line, AgentFailed):
                return line
            if number == call.retries:
                raise line
        raise AssertionError("range is never empty")

    def _may_die(self) -> None:
        self.points += 1
        if self.points == self._die_at or self._is_dead:
            self._is_dead = True
            raise Killed


class Unknown(BaseException):
    def __init__(self, calls: list[Call]) -> None:
        super().__init__(f"unknown: {[call.key for call in calls]}")
        self.calls = calls


class ReplayStage:
    """Knows some answers, and stops at the first call or group of calls that it does not know."""

    def __init__(self, known: Mapping[str, Reply | AgentFailed]) -> None:
        self._known = known

    async def call(self, call: Call) -> Reply:
        match self._known.get(call.key):
            case Reply() as reply:
                return reply
            case AgentFailed() as error:
                raise error
            case None:
                raise Unknown([call])

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        results: list[T] = []
        failed: list[Exception] = []
        unknown: list[Call] = []
        for branch in branches:
            try:
                results.append(await branch())
            except Unknown as stop:
                unknown += stop.calls
            except Exception as error:  # noqa: BLE001 - a stage passes on whatever a branch raises
                failed.append(error)
        if unknown:
            raise Unknown(unknown)
        if failed:
            raise failed[0]
        return results

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        return await find()

    def tell(self, share: float, message: str) -> None: ...


async def play_by_replay(script: Script, composition: Composition, task: str) -> AnyOutcome:
    """As a flow of another engine plays it: what is unknown is asked, then all is played from the beginning."""
    known: dict[str, Reply | AgentFailed] = {}
    while True:
        try:
            return await play(ReplayStage(known), composition, task)
        except Unknown as stop:
            for call in stop.calls:
                said = [script(call, number) for number in range(call.retries + 1)]
                first = next((line for line in said if not isinstance(line, AgentFailed)), said[-1])
                known[call.key] = first if isinstance(first, AgentFailed) else answered(call, first)
