"""What store functions work with: a session that can read, and one that can also write."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, Final, TypeVar, TypeVarTuple

from sqlalchemy import Connection, CursorResult, Executable, NestedTransaction, Row
from sqlalchemy.sql.selectable import TypedReturnsRows

from agent_runner.domain.clock import Clock
from agent_runner.store.wakeup import Ring

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

_BEGIN: Final = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}


class ReadSession:
    """What a reading store function gets. Each statement sees the latest commit."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection: Final = connection
        self._clock: Final = clock
        self.dialect: Final = connection.dialect.name

    @cached_property
    def now(self) -> datetime:
        """The database's clock, the only one that leases know. It is asked once and then stands still."""
        return self._clock()

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """Inside it every statement sees the same commit. Not for a WriteSession, which is a transaction already.

        A connection on which it fails is thrown away: nobody must get one with a transaction that is still open.
        """
        try:
            self._connection.exec_driver_sql(_BEGIN[self.dialect])
            yield
            self._connection.exec_driver_sql("COMMIT")
        except BaseException:
            self._connection.invalidate()
            raise

    def rows(self, statement: TypedReturnsRows[*Ts], **parameters: Any) -> Sequence[Row[*Ts]]:
        return self._connection.execute(statement, parameters).all()

    def records(self, kind: Callable[..., R], statement: Executable) -> list[R]:
        """The rows as objects whose fields are named as the columns."""
        return [kind(**row) for row in self._connection.execute(statement).mappings()]

    def record(self, kind: Callable[..., R], statement: Executable) -> R | None:
        """The first row as such an object."""
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else kind(**row)

    def first(self, statement: TypedReturnsRows[*Ts], **parameters: Any) -> Row[*Ts] | None:
        return self._connection.execute(statement, parameters).first()


class WriteSession(ReadSession):
    """What a writing store function gets: everything it does is committed together, or nothing of it."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        super().__init__(connection, clock)
        self.ring: Final = Ring()
        """Whom to wake once this is committed."""

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        return self._connection.execute(statement, parameters)

    def savepoint(self) -> NestedTransaction:
        """A part of the transaction that can fail alone."""
        return self._connection.begin_nested()
