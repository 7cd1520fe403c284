"""A run's statuses and the one table of legal moves between them (`MOVES`)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent_runner.domain.events import EventType


class RunStatus(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


FINAL_STATUSES: Final = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})
ACTIVE_STATUSES: Final = frozenset(RunStatus) - FINAL_STATUSES


@dataclass(frozen=True, slots=True)
class Move:
    """A legal change of status: from any of `sources` to `target`, recorded as `event`."""

    name: str
    sources: frozenset[RunStatus]
    target: RunStatus
    event: EventType
    by: str

    @property
    def is_final(self) -> bool:
        return self.target in FINAL_STATUSES


def _move(name: str, sources: set[RunStatus], target: RunStatus, event: EventType, by: str) -> Move:
    return Move(name, frozenset(sources), target, event, by)


_S, _E = RunStatus, EventType

CREATE: Final = _move("CREATE", set(), _S.QUEUED, _E.RUN_CREATED, "API")
CLAIM: Final = _move("CLAIM", {_S.QUEUED}, _S.RUNNING, _E.RUN_STARTED, "worker")
COMPLETE: Final = _move("COMPLETE", {_S.RUNNING}, _S.COMPLETED, _E.RUN_COMPLETED, "worker")
FAIL: Final = _move("FAIL", {_S.RUNNING}, _S.FAILED, _E.RUN_FAILED, "worker")
RETRY: Final = _move("RETRY", {_S.RUNNING}, _S.QUEUED, _E.RUN_RETRY_SCHEDULED, "worker")
RELEASE: Final = _move("RELEASE", {_S.RUNNING}, _S.QUEUED, _E.RUN_RELEASED, "worker")
EXPIRE: Final = _move("EXPIRE", {_S.RUNNING}, _S.QUEUED, _E.RUN_LEASE_EXPIRED, "janitor")
ABANDON: Final = _move("ABANDON", {_S.RUNNING}, _S.FAILED, _E.RUN_FAILED, "janitor")
SUSPEND: Final = _move("SUSPEND", {_S.RUNNING}, _S.WAITING, _E.APPROVAL_REQUESTED, "worker")
GRANT: Final = _move("GRANT", {_S.WAITING}, _S.QUEUED, _E.APPROVAL_GRANTED, "API")
REJECT: Final = _move("REJECT", {_S.WAITING}, _S.QUEUED, _E.APPROVAL_REJECTED, "API")
ANSWER: Final = _move("ANSWER", {_S.WAITING}, _S.QUEUED, _E.INPUT_RECEIVED, "API")
LAPSE: Final = _move("LAPSE", {_S.WAITING}, _S.QUEUED, _E.APPROVAL_EXPIRED, "janitor")
CANCEL: Final = _move("CANCEL", {_S.QUEUED, _S.WAITING}, _S.CANCELLED, _E.RUN_CANCELLED, "API")
STOP: Final = _move("STOP", {_S.RUNNING}, _S.CANCELLED, _E.RUN_CANCELLED, "worker, janitor")
RERUN: Final = _move("RERUN", {_S.FAILED, _S.CANCELLED}, _S.QUEUED, _E.RUN_RETRIED, "API")

RESUMES: Final = (GRANT, REJECT, ANSWER, LAPSE)
"""How a run that waits for a person goes on. A rejection that ends the run is REJECT and CANCEL at once."""
MOVES: Final = (
    *(CREATE, CLAIM, COMPLETE, FAIL, RETRY, SUSPEND, *RESUMES),
    *(RELEASE, EXPIRE, ABANDON, CANCEL, STOP, RERUN),
)
"""Every legal move. A status changes by one of these and in no other way."""


_ASKED_FOR: Final = {CANCEL: ("be cancelled", ACTIVE_STATUSES), RERUN: ("be retried", RERUN.sources)}
"""What people ask for, and of which runs: one that is RUNNING is cancelled by its worker, by another move."""


def why_illegal(run_id: int, move: Move, status: RunStatus) -> str:
    """The sentence for a move that the run's status does not allow."""
    asked, sources = _ASKED_FOR.get(move, (f"make the move {move.name}", move.sources))
    *others, last = (each for each in RunStatus if each in sources)
    wanted = f"{', '.join(others)} or {last}" if others else last
    return f"run {run_id} is {status}; only a run that is {wanted} can {asked}"
