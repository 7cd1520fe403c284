"""The journal: every statement that reads or writes `steps`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import steps


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedStep:
    """A unit of work that is done; `output` is JSON text, `within` the key of the step whose work began this one."""

    key: str
    position: int
    input_hash: str
    output: str
    started_at: datetime
    finished_at: datetime
    within: str | None = None


COPIED: Final = 0
"""The fence of a step that a fork has from the run it was made of: no claim has this number."""

_INSERT: Final = insert(steps)
_OF_RUN: Final = select(steps).where(steps.c.run_id == bindparam("run_id")).order_by(steps.c.position)


def insert_steps(session: WriteSession, finished: Iterable[tuple[int, int, FinishedStep]]) -> None:
    """(run_id, fence, step). Only for store/held.py, which has proved the fence. A step that is there is an error."""
    rows = [
        {
            "run_id": run_id,
            "fence": fence,
            "key": step.key,
            "position": step.position,
            "input_hash": step.input_hash,
            "output": step.output,
            "within": step.within,
            "started_at": step.started_at,
            "finished_at": step.finished_at,
        }
        for run_id, fence, step in finished
    ]
    if rows:
        session.execute(_INSERT, rows)


_FORGET: Final = delete(steps).where(
    steps.c.run_id == bindparam("of_run"),
    steps.c.fence == COPIED,
    steps.c.key.in_(bindparam("keys", expanding=True)),
)


def forget_copied_steps(session: WriteSession, run_id: int, keys: Collection[str]) -> None:
    """What a fork has copied and does again. Only for store/held.py, which has proved the fence."""
    if keys:
        session.execute(_FORGET, {"of_run": run_id, "keys": list(keys)})


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step as the journal holds it; `fence` tells which claim did the work."""

    key: str
    position: int
    input_hash: str
    output: str
    fence: int
    started_at: datetime
    finished_at: datetime
    within: str | None = None

    @property
    def is_copied(self) -> bool:
        return self.fence == COPIED


def journal(session: ReadSession, run_id: int) -> Mapping[str, RecordedStep]:
    """The finished steps of a run by key, in the order in which they were first begun."""
    return {
        row.key: RecordedStep(
            row.key,
            row.position,
            row.input_hash,
            row.output,
            row.fence,
            row.started_at,
            row.finished_at,
            row.within,
        )
        for row in session.rows(_OF_RUN, run_id=run_id)
    }
