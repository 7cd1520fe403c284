"""What the outside world remembers of answers it was given: the promises that the database must keep.

It knows no SQL and no table of moves: which answer is right is written down here a second time, by hand.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

QUEUED, RUNNING, COMPLETED, FAILED, CANCELLED = "QUEUED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"
FINAL = {COMPLETED, FAILED, CANCELLED}


class Broken(Exception):  # noqa: N818 - it is a promise that is broken
    """A promise was broken; `invariant` is its number, or ANSWER when an answer was not the caller's."""

    def __init__(self, invariant: str, sentence: str) -> None:
        super().__init__(f"{invariant}: {sentence}")
        self.invariant = invariant


def demand(kept: object, invariant: str, sentence: str) -> None:
    if not kept:
        raise Broken(invariant, sentence)


@dataclass(slots=True)
class Row:
    """A run as the database shows it between two groups of writes."""

    id: int
    status: str
    fence: int
    write_number: int
    attempt: int
    max_attempts: int
    priority: int
    available_at: datetime
    is_due: bool
    lease_owner: str | None
    lease_expires_at: datetime | None
    cancel_requested_at: datetime | None


@dataclass(slots=True)
class Promised:
    """What is known of one run from answers alone."""

    id: int
    goal: str | None = None
    """None: whether a change came through was never answered."""
    is_of_task: bool | None = None
    is_acknowledged: bool = False
    is_deleted: bool = False
    may_be_deleted: bool = False
    due: datetime | None = None
    """Not claimed before."""
    fence: int = 0
    """Of the newest claim that was answered."""
    over: set[int] = field(default_factory=set[int])
    """Fences under which nothing can be written any more."""
    lease_until: datetime | None = None
    """Not taken from its owner before."""
    is_cancelled: bool = False
    """Somebody was promised that it ends CANCELLED."""
    may_be_cancelled: bool = False
    result: str | None = None
    """It is COMPLETED with this for ever."""
    steps: dict[str, str] = field(default_factory=dict[str, str])
    written: list[str] = field(default_factory=list[str])
    """The marks of acknowledged events, in their order."""
    unanswered: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])
    calls: int = 0
    most_calls: int = 0
    """Used model calls: what was acknowledged, and what may have been written besides."""

    def is_over(self, fence: int) -> bool:
        return fence < self.fence or fence in self.over


class Memory:
    """All promises of one simulated world."""

    def __init__(self) -> None:
        self.runs: dict[int, Promised] = {}
        self.keys: dict[str, tuple[str, int | None]] = {}
        """An idempotency key's request, and the run it has created as far as that was answered."""
        self.wished: set[str] = set()
        """Goals that were asked for once, and may therefore stand on one run at most."""
        self.never: set[str] = set()
        """Goals whose request was refused: on no run."""

    def run(self, run_id: int) -> Promised:
        return self.runs.setdefault(run_id, Promised(run_id))

    def acknowledged(self) -> list[int]:
        return [run.id for run in self.runs.values() if run.is_acknowledged and not run.may_be_deleted]

    def living(self) -> list[int]:
        return [run.id for run in self.runs.values() if run.is_acknowledged and not run.is_deleted]

    # ---- at the end

    def check_run(self, row: dict[str, Any], marks: list[str], steps: dict[str, str]) -> None:
        """Everything promised about one run against everything that is there of it."""
        run = self.run(row["id"])
        name = f"run {run.id}"
        demand(not run.is_deleted, "I16", f"{name} was deleted, and exists")
        demand(row["status"] in FINAL, "I6", f"{name} is {row['status']} after everything has healed")
        demand(run.goal in {None, row["goal"]}, "I16", f"{name} has the goal {row['goal']}, not {run.goal}")
        demand(row["goal"] not in self.never, "ANSWER", f"{name} was refused, and exists: {row['goal']}")
        if run.is_cancelled:
            demand(row["status"] == CANCELLED, "I11", f"{name} was promised CANCELLED and is {row['status']}")
        if run.result is not None:
            demand(row["status"] == COMPLETED, "I5", f"{name} was COMPLETED and is {row['status']}")
            demand(row["result"] == run.result, "I5", f"{name} has lost its result")
        self._check_marks(run, marks)
        for key, output in run.steps.items():
            demand(steps.get(key) == output, "I8", f"{name}: the acknowledged step {key} is not in the journal")
        wrong = sorted(run.refused & set(steps.values()))
        demand(not wrong, "I4", f"{name}: steps {wrong} were refused and stand in the journal")
        used = row["model_calls"]
        demand(run.calls <= used <= run.most_calls, "I4", f"{name}: {used} calls counted, {run.calls} were made")

    @staticmethod
    def _check_marks(run: Promised, marks: list[str]) -> None:
        name, there = f"run {run.id}", set(marks)
        demand(len(marks) == len(there), "I4", f"{name}: an event was written twice: {marks}")
        acknowledged = set(run.written)
        missing = sorted(acknowledged - there)
        demand(not missing, "I16", f"{name}: acknowledged events {missing} are not there")
        order = [mark for mark in marks if mark in acknowledged]
        demand(order == run.written, "I15", f"{name}: events are in the order {order}, not {run.written}")
        wrong = sorted(there - acknowledged - run.unanswered)
        demand(not wrong, "I4", f"{name}: events {wrong} were refused and are there")

    def check_goals(self, goals: list[str]) -> None:
        counted: defaultdict[str, int] = defaultdict(int)
        for goal in goals:
            counted[goal] += 1
        twice = sorted(goal for goal, number in counted.items() if number > 1)
        demand(not twice, "ANSWER", f"one request has made two runs: {twice}")
