"""What the actors of a simulated world share, and how they speak to the store."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from agent_runner.domain.run import Move
from agent_runner.errors import StoreUnavailable
from agent_runner.store.approvals import ApprovalRecord
from agent_runner.store.database import Database
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.session import ReadSession
from agent_runner.store.tables import approvals, runs
from tests.simulation.memory import Memory, Question, Row
from tests.simulation.place import FaultyBackend, Hands, Place, SilentBell

LEASE_SECONDS: Final = 30.0

_ROWS: Final = select(*(runs.c[name] for name in Row.__dataclass_fields__)).order_by(runs.c.id)

_QUESTIONS: Final = select(*(approvals.c[name] for name in Question.__dataclass_fields__)).order_by(approvals.c.id)


def rows_of(session: ReadSession) -> tuple[dict[int, Row], dict[int, Question]]:
    """Runs and questions by their numbers. This is done most often of all, so they are made by position."""
    run_rows, question_rows = session.rows(_ROWS), session.rows(_QUESTIONS)
    return {row[0]: Row(*row) for row in run_rows}, {row[0]: Question(*row) for row in question_rows}


@dataclass(frozen=True, slots=True, eq=False)
class Intent:
    """What somebody is about to do, together with others in one group commit."""

    kind: str
    act: Callable[[], Awaitable[None]]
    run_id: int | None = None
    by: object = None
    """The process that does it: when it dies, all it does at the moment is broken off."""
    goal: str | None = None
    """What it asks for the first time."""


@dataclass(slots=True)
class Company:
    """Who else acts in the same group, so that an actor knows whether its own answer had only one reason."""

    kinds: Counter[str] = field(default_factory=Counter[str])
    named: Counter[int] = field(default_factory=Counter[int])
    size: int = 0

    @classmethod
    def of(cls, intents: Sequence[Intent]) -> "Company":
        named = Counter(intent.run_id for intent in intents if intent.run_id is not None)
        return cls(Counter(intent.kind for intent in intents), named, len(intents))

    def leaves_alone(self, run_id: int, *kinds: str, own: int = 1) -> bool:
        """Nobody of these kinds acts, and nobody else names the run."""
        return self.named[run_id] <= own and not any(self.kinds[kind] for kind in kinds)


class Scene:
    """The database, its clock, chance, and what the outside remembers."""

    def __init__(self, place: Place, seed: int) -> None:
        self.chance: Final = random.Random(seed)
        self.clock: Final = Hands()
        self.backend: Final = FaultyBackend(place, self.clock, self.chance)
        self.database: Final = Database(self.backend, SilentBell(), Path(), 3600)
        self.memory: Final = Memory()
        self.trace: Final[list[str]] = []
        self.before: dict[int, Row] = {}
        """The runs as they were before the group that is under way."""
        self.questions: dict[int, Question] = {}
        self.company = Company()
        self._marks = 0

    def now(self) -> datetime:
        return self.clock.now

    def mark(self, letter: str) -> str:
        """A word that stands nowhere else in this world."""
        self._marks += 1
        return f"{letter}{self._marks}"

    def note(self, text: str) -> None:
        self.trace.append(text)

    def look(self) -> None:
        self.before, self.questions = self.backend.look(rows_of)

    async def ask(self, what: str, call: Awaitable[Any], *allowed: type[Exception]) -> Any:
        """The answer, or the exception among `allowed` that is one; StoreUnavailable always is."""
        try:
            answer: Any = await call
        except (StoreUnavailable, *allowed) as error:
            answer = error
        except asyncio.CancelledError:
            self.note(f"  {what}: the caller died")
            raise
        self.note(f"  {what}: {in_short(answer)}")
        return answer


def in_short(answer: Any) -> str:
    match answer:
        case Exception():
            return type(answer).__name__
        case list():
            return f"[{', '.join(map(in_short, answer))}]"
        case ClaimedRun():
            return f"run {answer.id} under {answer.fence}"
        case ApprovalRecord():
            return f"{answer.status} by {answer.decided_by}"
        case Move():
            return answer.name
        case _:
            return str(answer)
