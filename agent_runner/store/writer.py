"""Group commit: what waits to be written is written in one transaction, and each caller hears after the durable commit.

A commit costs an fsync, so sharing it is worth ten to fifty times. Callers only see an `await`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError

from agent_runner.errors import StoreUnavailable
from agent_runner.store.session import WriteSession
from agent_runner.store.wakeup import Ring

LARGEST_GROUP: Final = 512
TURNS_OF_COMPANY: Final = 4
"""So many turns of the event loop pass between a commit and the next write of those whom it has answered."""

T = TypeVar("T")
Together = Callable[[WriteSession, Sequence[Any]], Sequence[Any]]
"""A store function that serves many callers at once: one answer per item, in their order.
An answer that is an exception is raised to its caller and undoes nothing of the others."""


class Transactions(Protocol):
    """How a database runs a function in a transaction of its own."""

    async def write(self, work: Callable[[WriteSession], T]) -> T:
        """Commits when `work` returns, rolls back when it raises."""
        ...


@dataclass(slots=True, eq=False)
class _Wish:
    function: Together
    item: Any
    answer: asyncio.Future[Any]


@dataclass(slots=True)
class _Outcome:
    """The answers to a group, in its order; an exception is an answer too."""

    answers: list[Any] = field(default_factory=list[Any])
    ring: Ring = field(default_factory=Ring)


class Writer:
    """The one writer of this process."""

    def __init__(self, transactions: Transactions, ring: Callable[[Ring], None], patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._transactions = transactions
        self._ring = ring
        self._waiting: list[_Wish] = []
        self._committing: asyncio.Task[None] | None = None
        self._has_begun = False
        self._has_company = False
        """Others wrote with the last group or right after it, so a short wait for them is worth a commit."""

    async def write(self, function: Together, item: Any) -> Any:
        """Returns after the durable commit. Raises what the function raised, and then nothing of it is written.

        A caller that is cancelled while it still waits for its turn has written nothing.
        """
        wish = _Wish(function, item, asyncio.get_running_loop().create_future())
        self._waiting.append(wish)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_groups(), name="group commit")
        try:
            return await wish.answer
        except asyncio.CancelledError:
            if wish in self._waiting:
                self._waiting.remove(wish)
            raise

    async def close(self) -> None:
        """Waits until everything handed in is answered."""
        if self._committing is not None:
            await self._committing

    async def _commit_groups(self) -> None:
        try:
            while self._waiting:
                if self._has_company:
                    await _let_others_join()
                self._waiting = [wish for wish in self._waiting if not wish.answer.done()]
                group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
                if not group:
                    continue  # all of them were cancelled meanwhile
                group.sort(key=_by_function(group))
                self._watch(group)
                await self._commit(group)
                self._patience.cancel()
                self._has_company = len(group) > 1 or bool(self._waiting)
        finally:
            self._committing = None

    def _watch(self, group: list[_Wish]) -> None:
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(self._patience_seconds, self._give_up, group)

    def _give_up(self, group: list[_Wish]) -> None:
        """Somebody holds the database's lock and does not let go, and waiting for it cannot be broken off.

        Whoever waits is told. What is under way may still be written one day; what has not begun is not.
        """
        waiting, self._waiting = self._waiting, []
        error = StoreUnavailable(
            f"the database could not be written for {self._patience_seconds:g} s: another process holds its lock",
            next_step="find the process that holds it; everything goes on by itself once it lets go",
        )
        _answer([*group, *waiting], [error] * (len(group) + len(waiting)))
        self._watch([])

    async def _commit(self, group: list[_Wish]) -> None:
        try:
            outcome = await self._attempt(group)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever the database says is each caller's answer
            if not self._has_begun:  # whoever waits has waited for the same lock, and would wait as long again
                group, self._waiting = [*group, *self._waiting], []
            _answer(group, [error] * len(group))
            return
        self._ring(outcome.ring)
        _answer(group, outcome.answers)

    async def _attempt(self, group: list[_Wish]) -> _Outcome:
        """Once more, one by one, when somebody's part failed.

        Not when nobody's part was begun: there is no lock to be had. Nor when all were done and the commit failed: they
        may be written already.
        """
        is_worked = False

        def together(session: WriteSession) -> _Outcome:
            nonlocal is_worked
            self._has_begun, is_worked = True, False
            outcome = _run_together(session, group)
            is_worked = True
            return outcome

        self._has_begun = False
        try:
            return await self._transactions.write(together)
        except Exception as error:
            is_alone = len(group) == 1 and not isinstance(error, IntegrityError)
            if is_alone or is_worked or not self._has_begun:
                raise
        return await self._transactions.write(lambda session: _run_one_by_one(session, group))


async def _let_others_join() -> None:
    """Whoever was just answered may ask again at once, and then shares the next commit instead of waiting for it."""
    for _ in range(TURNS_OF_COMPANY):
        await asyncio.sleep(0)


def _by_function(group: Sequence[_Wish]) -> Callable[[_Wish], int]:
    """Brings equal functions together; the sort is stable, so callers of one function keep their order."""
    rank: dict[Together, int] = {}
    for wish in group:
        rank.setdefault(wish.function, len(rank))
    return lambda wish: rank[wish.function]


def _run_together(session: WriteSession, group: Sequence[_Wish]) -> _Outcome:
    answers: list[Any] = []
    start = 0
    while start < len(group):
        function, end = group[start].function, start
        while end < len(group) and group[end].function is function:
            end += 1
        answers.extend(function(session, [wish.item for wish in group[start:end]]))
        start = end
    return _Outcome(answers, session.ring)


def _run_one_by_one(session: WriteSession, group: Sequence[_Wish]) -> _Outcome:
    """Somebody's part failed and everything was rolled back: again, each in a savepoint, so that only he fails."""
    answers: list[Any] = []
    for wish in group:
        try:
            answers.extend(_run_alone(session, wish))
        except Exception as error:  # noqa: BLE001 - the boundary: it is this caller's answer, not the others'
            answers.append(error)
    return _Outcome(answers, session.ring)


def _run_alone(session: WriteSession, wish: _Wish) -> Sequence[Any]:
    """Twice when a unique index refuses it: another process has just written the same, and now it can be seen."""
    try:
        with session.savepoint():
            return wish.function(session, [wish.item])
    except IntegrityError:
        with session.savepoint():
            return wish.function(session, [wish.item])


def _answer(group: Sequence[_Wish], answers: Sequence[Any]) -> None:
    for wish, answer in zip(group, answers, strict=True):
        if wish.answer.done():
            continue  # the caller was cancelled; what it wrote stands
        if isinstance(answer, Exception):
            wish.answer.set_exception(answer)
        else:
            wish.answer.set_result(answer)
