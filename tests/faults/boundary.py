"""Fault points without a hook in the product: every durable effect passes Database.write or write_together."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from agent_runner.errors import GitFailed, ModelError, StoreUnavailable
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.llm.demo import DemoModel
from agent_runner.store.database import Database
from agent_runner.store.held import HeldWrite
from agent_runner.worker.recorded import hash_of
from agent_runner.workspace import commit
from agent_runner.workspace.worktree import Workspace
from tests.scripted_model import append, key_of
from tests.scripted_wire import Question

if TYPE_CHECKING:
    from agent_runner.llm.conversation import Conversation, Reply

EVENTS: Final = "write events"
PATIENCE_SECONDS: Final = 1.0


class Kind(StrEnum):
    KILL_BEFORE = "kill -9 before it"
    KILL_WITHIN = "kill -9 in the transaction"
    KILL_AFTER = "kill -9 after the commit"
    RAISE = "nothing is done, and it raises"
    UNHEARD = "it is done, and it raises"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens at a boundary, for example `write step plan#1`, or at whichever is the `any#7`th; happens once."""

    boundary: str
    kind: Kind


class Boundaries:
    """Counts the boundaries that a process passes, and lets the fault happen at its own."""

    def __init__(self, fault: Fault | None) -> None:
        self.passed: list[str] = []
        self.done: Counter[str] = Counter()
        self.is_around_the_database = False
        self._fault = fault
        self._begun: Counter[str] = Counter()

    async def pass_by(
        self, name: str, effect: Callable[[bool], Awaitable[Any]], error: type[Exception] = StoreUnavailable
    ) -> Any:
        """`effect` is told whether the process is to die in the middle of it."""
        self._begun[name] += 1
        boundary = f"{name}#{self._begun[name]}"
        self.passed.append(boundary)
        here = {boundary, f"any#{len(self.passed)}"}
        kind = self._fault.kind if self._fault and self._fault.boundary in here else None
        if kind is Kind.KILL_BEFORE:
            die()
        if kind is Kind.RAISE:
            raise error(f"planned: before {boundary}")
        answer = await effect(kind is Kind.KILL_WITHIN)
        self.done[name] += 1
        if kind is Kind.KILL_AFTER:
            die()
        if kind is Kind.UNHEARD:
            raise error(f"planned: after {boundary}")
        return answer

    def put_around_the_database(self) -> None:
        """For the rest of this process."""
        write, write_together = Database.write, Database.write_together

        async def write_here(database: Database, function: Any, *args: Any, **kwargs: Any) -> Any:
            name = function.__name__

            async def effect(is_deadly: bool) -> Any:
                return await write(database, deadly(function) if is_deadly else function, *args, **kwargs)

            return await self.pass_by(name, effect)

        async def write_together_here(database: Database, function: Any, item: Any) -> Any:
            async def effect(is_deadly: bool) -> Any:
                return await write_together(database, deadly(function) if is_deadly else function, item)

            return await self.pass_by(named(function, item), effect)

        Database.write = write_here  # pyright: ignore[reportAttributeAccessIssue] - it takes any function
        Database.write_together = write_together_here  # pyright: ignore[reportAttributeAccessIssue]
        self.is_around_the_database = True

    def put_around_git(self) -> None:
        """For the rest of this process: before and after the commit is published, and just before the branch moves."""
        publish = Workspace.publish

        async def publish_here(workspace: Workspace, tree: str, **given: Any) -> str:
            async def effect(is_deadly: bool) -> str:
                if is_deadly:
                    commit._point = die_here
                return await publish(workspace, tree, **given)

            return await self.pass_by("publish", effect, GitFailed)

        Workspace.publish = publish_here  # pyright: ignore[reportAttributeAccessIssue] - it takes what publish takes


class WatchedModel:
    """The demo model; each call leaves a line in a file, and is a boundary itself.

    A call of a topology has no name of its own; it leaves what the journal compares, the hash of the question.
    """

    name = "demo"

    def __init__(self, calls: Path, boundaries: Boundaries, beat: Callable[[], None]) -> None:
        self._calls = calls
        self._boundaries = boundaries
        self._beat = beat
        self._asked = 0

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        known = key_of(Question(model=self.name, system=request.system, prompt=request.prompt))
        key = hash_of(request.model_dump(mode="json")) if known == "other" else known

        async def effect(is_deadly: bool) -> ModelAnswer:
            self._append(key)
            if is_deadly:
                die()
            return await DemoModel(0).complete(request)

        self._asked += 1
        if self._boundaries.is_around_the_database and known != "other":
            await self._others_have_their_turn(key)
        return await self._boundaries.pass_by(f"model {key}", effect, ModelError)

    async def _others_have_their_turn(self, key: str) -> None:
        """So that each run passes the same boundaries: the event before this call is written, and one heartbeat."""
        done, beats = self._boundaries.done, self._boundaries.done["renew"]
        if key == "execute/2":
            self._beat()
            beats += 1
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while (done[EVENTS] < self._asked or done["renew"] < beats) and time.monotonic() < give_up_at:
            await asyncio.sleep(0.001)

    def _append(self, key: str) -> None:
        append(self._calls, f"{key}\n".encode())

    async def converse(self, conversation: "Conversation") -> "Reply":
        key = f"turn/{len(conversation.messages)}"

        async def effect(is_deadly: bool) -> "Reply":
            self._append(key)
            if is_deadly:
                die()
            return await DemoModel(0).converse(conversation)

        return await self._boundaries.pass_by(f"model {key}", effect, ModelError)

    async def close(self) -> None:
        pass


def named(function: Callable[..., Any], item: Any) -> str:
    if not isinstance(item, HeldWrite):
        return function.__name__
    if item.ending is not None:
        return f"write {item.ending.move.name}"
    return f"write step {item.steps[0].key}" if item.steps else EVENTS


def deadly(function: Callable[..., Any]) -> Callable[..., NoReturn]:
    """Does all of its work, and dies before anybody can commit it."""

    def work_and_die(*args: Any, **kwargs: Any) -> NoReturn:
        function(*args, **kwargs)
        die()

    return work_and_die


def die_here(*_: object) -> NoReturn:
    die()


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")
