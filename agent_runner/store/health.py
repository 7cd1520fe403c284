"""Whether the database can be used: of this version, readable, and with room for a write."""

import uuid

from sqlalchemy import column, delete, func, insert, select, table
from sqlalchemy.types import Boolean, Text

from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import events, runs, workers


def revision(session: ReadSession) -> str | None:
    """The revision of the tables. Raises StoreUnavailable when there are none."""
    row = session.first(select(column("version_num", Text)).select_from(table("alembic_version")))
    return None if row is None else row[0]


def look_at_tables(session: ReadSession) -> None:
    """Reads the newest run and the newest event. Raises StoreDamaged when their pages are."""
    session.first(select(runs.c.goal).order_by(runs.c.id.desc()).limit(1))
    session.first(select(events.c.payload).order_by(events.c.run_id.desc(), events.c.event_id.desc()).limit(1))


def try_to_write(session: WriteSession) -> None:
    """Writes and takes it back in one transaction: nobody sees it, but a full or read-only disk refuses its commit."""
    name = f"probe-{uuid.uuid4()}"
    session.execute(
        insert(workers).values(
            id=name,
            host="",
            boot_id="",
            pid=0,
            slots=0,
            model="",
            check_interval=0,
            started_at=session.now,
            last_heartbeat=session.now,
        )
    )
    session.execute(delete(workers).where(workers.c.id == name))


def is_standby(session: ReadSession) -> bool:
    """Whether the server only follows another one, and can be read but not written."""
    if session.dialect != "postgresql":
        return False
    row = session.first(select(func.pg_is_in_recovery(type_=Boolean)))
    return row is not None and row[0]
