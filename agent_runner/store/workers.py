"""Every statement that reads or writes `workers`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update

from agent_runner.domain.host_report import HostsReport
from agent_runner.domain.run import RunStatus
from agent_runner.store.runs import has_status
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import runs, workers

SILENT_AFTER: Final = timedelta(seconds=35)
"""A worker that has not shown life for this long counts as gone; it shows life every ten seconds."""
FORGOTTEN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRecord:
    id: str
    host: str
    boot_id: str
    pid: int
    slots: int
    busy: int
    model: str
    sandbox: str | None
    """The level at which it holds commands, e.g. `L2`; None while it still finds out."""
    check_interval: float
    started_at: datetime
    last_heartbeat: datetime


_BUSY: Final = (
    select(func.count())
    .select_from(runs)
    .where(runs.c.lease_owner == workers.c.id, has_status(RunStatus.RUNNING))
    .correlate(workers)
    .scalar_subquery()
    .label("busy")
)
"""How many runs a worker holds: counted where it is true, not where it was said last."""
_COLUMNS: Final = [_BUSY if name == "busy" else workers.c[name] for name in WorkerRecord.__dataclass_fields__]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorker:
    id: str
    host: str
    boot_id: str
    pid: int
    slots: int
    model: str
    check_interval: float
    sandbox: str | None = None


def register(session: WriteSession, worker: NewWorker) -> None:
    """May be repeated, for a worker that never heard whether it was done."""
    session.execute(delete(workers).where(workers.c.id == worker.id))
    session.execute(
        insert(workers).values(
            id=worker.id,
            host=worker.host,
            boot_id=worker.boot_id,
            pid=worker.pid,
            slots=worker.slots,
            model=worker.model,
            sandbox=worker.sandbox,
            check_interval=worker.check_interval,
            started_at=session.now,
            last_heartbeat=session.now,
        )
    )
    session.ring.work = True  # the others begin to watch over it


def tell_sandbox(session: WriteSession, worker_id: str, level: str) -> None:
    """What a worker has found out since it was registered."""
    session.execute(update(workers).where(workers.c.id == worker_id).values(sandbox=level))


_BEAT: Final = (
    update(workers)
    .where(workers.c.id == bindparam("worker_id"))
    .values(last_heartbeat=bindparam("now", type_=workers.c.last_heartbeat.type))
)


def beat_worker(session: WriteSession, worker_id: str) -> None:
    session.execute(_BEAT, {"worker_id": worker_id, "now": session.now})


def sign_off(session: WriteSession, worker_ids: Collection[str]) -> None:
    """Notes that these workers have ended, and forgets those that ended long ago."""
    session.execute(
        update(workers)
        .where(workers.c.id.in_(list(worker_ids)), workers.c.stopped_at.is_(None))
        .values(stopped_at=session.now)
    )
    session.execute(delete(workers).where(workers.c.last_heartbeat < session.now - FORGOTTEN_AFTER))


def live_workers(session: ReadSession) -> Sequence[WorkerRecord]:
    """Those that have not signed off and were heard of lately."""
    statement = select(*_COLUMNS).where(*_alive(session)).order_by(workers.c.started_at)
    return session.records(WorkerRecord, statement)


def _alive(session: ReadSession) -> tuple[ColumnElement[bool], ...]:
    return workers.c.stopped_at.is_(None), workers.c.last_heartbeat >= session.now - SILENT_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerModels:
    """What a worker has found out about models, as JSON, and when; None before it has looked."""

    id: str
    models_at: datetime | None
    models: str | None


def note_models(session: WriteSession, worker_id: str, models: str) -> None:
    session.execute(update(workers).where(workers.c.id == worker_id).values(models=models, models_at=session.now))


def model_reports(session: ReadSession) -> list[WorkerModels]:
    """Of the live workers. Apart from `live_workers`, which is asked often and needs none of this."""
    columns = [workers.c[name] for name in WorkerModels.__dataclass_fields__]
    return session.records(WorkerModels, select(*columns).where(*_alive(session)).order_by(workers.c.started_at))


def note_hosts(session: WriteSession, worker_id: str, hosts: str) -> None:
    session.execute(update(workers).where(workers.c.id == worker_id).values(hosts=hosts))


def host_reports(session: ReadSession) -> list[HostsReport]:
    """Of the live workers that have looked, apart from `live_workers` for the same reason."""
    statement = select(workers.c.hosts).where(*_alive(session), workers.c.hosts.is_not(None))
    return [HostsReport.model_validate_json(row[0]) for row in session.rows(statement.order_by(workers.c.started_at))]


@dataclass(frozen=True, slots=True)
class QueueCounts:
    queued: int
    running: int
    waiting: int


def queue_counts(session: ReadSession) -> QueueCounts:
    """Each count reads its own partial index, so finished runs cost nothing."""

    def count(status: RunStatus) -> int:
        row = session.first(select(func.count()).select_from(runs).where(has_status(status)))
        return int(row[0]) if row else 0

    return QueueCounts(count(RunStatus.QUEUED), count(RunStatus.RUNNING), count(RunStatus.WAITING))
