"""What the outside world remembers of answers it was given: the promises that the database must keep.

It knows no SQL and no table of moves: which answer is right is written down here a second time, by hand.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent_runner.domain.approval import NOBODY
from agent_runner.store.approvals import ApprovalRecord

QUEUED, RUNNING, WAITING = "QUEUED", "RUNNING", "WAITING"
COMPLETED, FAILED, CANCELLED = "COMPLETED", "FAILED", "CANCELLED"
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
    committing_at: datetime | None


@dataclass(slots=True)
class Question:
    """A question as the database shows it between two groups of writes."""

    id: int
    run_id: int
    key: str
    kind: str
    status: str
    question: str
    diff_sha: str | None
    revise: bool
    text: str | None
    expires_at: datetime | None


@dataclass(slots=True)
class Said:
    """What a person has said on a question, whether that was heard or not."""

    approval_id: int
    status: str
    revise: bool
    text: str | None
    is_refused: bool
    """It was said that nothing came of it, or nothing may."""


Decision = tuple[str, bool, str | None, str | None]


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
    is_committing: bool = False
    """Its worker was promised that no cancel is taken any more."""
    settled: dict[str, Decision] = field(default_factory=dict[str, Decision])
    """The questions, by their keys, that are answered for ever."""
    files: dict[str, str] = field(default_factory=dict[str, str])
    """The acknowledged artifacts, by path."""
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
        self.said: dict[str, Said] = {}
        """By who has said it."""
        self.decisions: dict[int, Decision] = {}
        """What was heard of each approval: it never changes."""

    def run(self, run_id: int) -> Promised:
        return self.runs.setdefault(run_id, Promised(run_id))

    def acknowledged(self) -> list[int]:
        return [run.id for run in self.runs.values() if run.is_acknowledged and not run.may_be_deleted]

    def living(self) -> list[int]:
        return [run.id for run in self.runs.values() if run.is_acknowledged and not run.is_deleted]

    def check_decision(self, told: ApprovalRecord) -> None:
        """A decision is what somebody has said and was not refused, and stays what it is."""
        name = f"question {told.id} of run {told.run_id}"
        decision = (told.status, told.revise, told.text, told.decided_by)
        known = self.decisions.setdefault(told.id, decision)
        demand(known == decision, "I9", f"{name} was decided as {known}, and now as {decision}")
        if told.decided_by != NOBODY:
            said = self.said.get(told.decided_by or "")
            demand(
                said and said.approval_id == told.id, "I9", f"{name} was decided by {told.decided_by}, who was silent"
            )
            as_said = said and (said.status, said.revise, said.text) == decision[:3]
            demand(as_said, "I9", f"{name}: {said} became {decision}")
            demand(said and not said.is_refused, "I9", f"{name}: {said} was refused, and decides")
        if told.status in {"GRANTED", "ANSWERED"} or told.revise:
            settled = self.run(told.run_id).settled.setdefault(told.key, decision)
            demand(settled == decision, "I9", f"{name} asks {told.key} again, which was answered with {settled}")

    # ---- at the end

    def check_run(
        self, row: dict[str, Any], marks: list[str], steps: dict[str, str], files: dict[str, tuple[str, str | None]]
    ) -> None:
        """Everything promised about one run against everything that is there of it.

        `files` says of each artifact what it holds, and what its latest event says of it.
        """
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
        wanted = run.may_be_cancelled or run.is_of_task is not False or row["status"] != CANCELLED
        demand(wanted, "I11", f"{name} is CANCELLED, and nobody has asked for it")
        demand(not (run.is_committing and row["status"] == CANCELLED), "I11", f"{name} is committed and CANCELLED")
        self._check_marks(run, marks)
        self._check_files(run, files)
        for key, output in run.steps.items():
            demand(steps.get(key) == output, "I8", f"{name}: the acknowledged step {key} is not in the journal")
        wrong = sorted(run.refused & set(steps.values()))
        demand(not wrong, "I4", f"{name}: steps {wrong} were refused and stand in the journal")
        used = row["model_calls"]
        demand(run.calls <= used <= run.most_calls, "I4", f"{name}: {used} calls counted, {run.calls} were made")

    @staticmethod
    def _check_files(run: Promised, files: dict[str, tuple[str, str | None]]) -> None:
        for path, content in run.files.items():
            is_there = path in files and files[path][0] in run.unanswered | {content}
            demand(
                is_there, "I16", f"run {run.id}: the acknowledged artifact {path} is {files.get(path)}, not {content}"
            )
        for path, (content, told) in files.items():
            demand(content == told, "I4", f"run {run.id}: the artifact {path} is {content}, and was told as {told}")
            demand(content not in run.refused, "I4", f"run {run.id}: the artifact {content} was refused and is there")

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
