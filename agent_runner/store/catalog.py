"""Every statement that reads or writes `agent_types` and `topologies`: what people define, with all its versions.

A stored topology can be run at any time: nothing is stored or deleted that would make one impossible.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Select, Table, bindparam, func, insert, select, text, update

from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.catalog import DEFAULT_RUNNER, agent_names
from agent_runner.domain.composition import DEEPEST, Composition, compose
from agent_runner.domain.topology import PARTS, TopologyType
from agent_runner.domain.wording import listed
from agent_runner.errors import AgentRunnerError, Conflict, InvalidInput, NotFound
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import agent_types, topologies

MOST_NAMES: Final = 1000
"""Agent types, and topologies, that are there at the same time."""
LARGEST_DEFINITION: Final = 256 * 1024
"""Bytes of its JSON."""

D = TypeVar("D", AgentType, TopologyType)


@dataclass(frozen=True, slots=True)
class Kind(Generic[D]):
    """What the catalog has of one kind, and how people call it."""

    table: Table
    model: type[D]
    one: str
    many: str

    @property
    def latest(self) -> Select[*tuple[Any, ...]]:
        """Of each name that is there."""
        same = self.table.alias()
        newest = select(func.max(same.c.version)).where(same.c.name == self.table.c.name).scalar_subquery()
        return self.there.where(self.table.c.version == newest)

    @property
    def there(self) -> Select[*tuple[Any, ...]]:
        """Every version that is not deleted."""
        columns = (self.table.c.version, self.table.c.definition, self.table.c.created_at)
        return select(*columns).where(self.table.c.deleted_at.is_(None))


AGENTS: Final = Kind(agent_types, AgentType, "agent", "agents")
TOPOLOGIES: Final = Kind(topologies, TopologyType, "topology", "topologies")


@dataclass(frozen=True, slots=True)
class Stored(Generic[D]):
    """`is_new` is False for a definition that was there already."""

    definition: D
    version: int
    created_at: datetime
    is_new: bool = False


# ---- reading


def all_of(session: ReadSession, kind: Kind[D]) -> Sequence[Stored[D]]:
    """The latest version of each, by name."""
    return [_stored(kind, row) for row in session.rows(kind.latest.order_by(kind.table.c.name))]


def names_of(session: ReadSession, kind: Kind[Any]) -> frozenset[str]:
    statement = select(kind.table.c.name).where(kind.table.c.deleted_at.is_(None)).distinct()
    return frozenset(row.name for row in session.rows(statement))


def find(session: ReadSession, kind: Kind[D], name: str) -> Stored[D] | None:
    """Its latest version."""
    row = session.first(kind.latest.where(kind.table.c.name == name))
    return None if row is None else _stored(kind, row)


def get(
    session: ReadSession, kind: Kind[D], name: str, version: int | None = None, *, beside: Iterable[str] = ()
) -> Stored[D]:
    """The latest version, or the one that is asked for. Raises NotFound with the names that are there.

    `beside` are others that whoever asks may have meant.
    """
    latest = find(session, kind, name)
    if latest is None:
        there = listed({*names_of(session, kind), *beside})
        raise NotFound(f"there is no {kind.one} {name!r}; there are: {there}", next_step=f"POST /{kind.many} makes one")
    if version in {None, latest.version}:
        return latest
    row = session.first(kind.there.where(kind.table.c.name == name, kind.table.c.version == version))
    if row is None:
        raise NotFound(
            f"the {kind.one} {name!r} has no version {version}; its latest is {latest.version}",
            next_step="leave the version out for the latest",
        )
    return _stored(kind, row)


def _stored(kind: Kind[D], row: Any) -> Stored[D]:
    return Stored(kind.model.model_validate_json(row.definition), row.version, row.created_at)


# ---- what a topology is made of


class _Named(Mapping[str, D]):
    """The latest definitions by name, read when they are asked for. What is put in counts instead of what is stored."""

    def __init__(self, session: ReadSession, kind: Kind[D]) -> None:
        self._session = session
        self._kind = kind
        self._read: dict[str, D] = {}

    def put(self, definition: D) -> None:
        self._read[definition.name] = definition

    def fetch(self, names: Collection[str]) -> None:
        """Reads all of these with one statement."""
        if missing := sorted({*names} - self._read.keys()):
            statement = self._kind.latest.where(self._kind.table.c.name.in_(bindparam("names", expanding=True)))
            for row in self._session.rows(statement, names=missing):
                self.put(self._kind.model.model_validate_json(row.definition))

    def __getitem__(self, name: str) -> D:
        self.fetch([name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(names_of(self._session, self._kind) | self._read.keys())

    def __len__(self) -> int:
        return len(list(iter(self)))


class _Catalog:
    """As far as it is asked for."""

    def __init__(self, session: ReadSession) -> None:
        self.agents: _Named[AgentType] = _Named(session, AGENTS)
        self.topologies: _Named[TopologyType] = _Named(session, TOPOLOGIES)

    def composed(self, topology: TopologyType, runner: str = DEFAULT_RUNNER) -> Composition:
        """Raises InvalidInput as `compose` does."""
        self._fetch_parts(topology)
        return compose(topology, self.agents, self.topologies, runner=runner)

    def _fetch_parts(self, topology: TopologyType) -> None:
        """One statement a level, and one for all agents: `compose` alone would ask for each by itself."""
        level, agents = [topology], {*topology.agents}
        for _ in range(DEEPEST):
            names = {name for each in level for name in each.slot(PARTS)}
            if not names:
                break
            self.topologies.fetch(names)
            level = [self.topologies[name] for name in names if name in self.topologies]
            agents.update(name for each in level for name in each.agents)
        self.agents.fetch(agents)


Wanted = tuple[str, str]
"""The name of a topology, and the runner."""


def compositions(session: ReadSession, wanted: Iterable[Wanted]) -> Mapping[Wanted, str | AgentRunnerError]:
    """JSON text of each, as it is at this moment; NotFound for one that is not there."""
    wanted = frozenset(wanted)
    catalog = _Catalog(session)
    catalog.topologies.fetch({name for name, _ in wanted})
    return {(name, runner): _composition(catalog, name, runner) for name, runner in wanted}


def _composition(catalog: _Catalog, name: str, runner: str) -> str | AgentRunnerError:
    if name not in catalog.topologies:
        return NotFound(
            f"there is no topology {name!r}; there are: {listed(catalog.topologies)}",
            next_step="POST /topologies makes one",
        )
    try:
        return catalog.composed(catalog.topologies[name], runner).text
    except InvalidInput as error:  # somebody has changed it between two of our statements
        return error


# ---- writing


def put_agent(session: WriteSession, agent: AgentType) -> Stored[AgentType]:
    """A new version, unless the latest is the same. Raises Conflict where a topology could not be run with it."""
    refuse_built_in(agent.name)
    _take_turns(session)
    known = find(session, AGENTS, agent.name)
    if known is not None and known.definition == agent:
        return known
    catalog = _Catalog(session)
    catalog.agents.put(agent)
    _check_users(session, catalog, AGENTS, agent.name)
    return _insert(session, AGENTS, agent, is_first=known is None)


def put_topology(session: WriteSession, topology: TopologyType) -> Stored[TopologyType]:
    """As `put_agent`. Raises InvalidInput when an agent or a part is not there, or it stands within itself."""
    _take_turns(session)
    known = find(session, TOPOLOGIES, topology.name)
    if known is not None and known.definition == topology:
        return known
    catalog = _Catalog(session)
    catalog.topologies.put(topology)
    catalog.composed(topology)
    _check_users(session, catalog, TOPOLOGIES, topology.name)
    return _insert(session, TOPOLOGIES, topology, is_first=known is None)


def delete(session: WriteSession, kind: Kind[Any], name: str) -> None:
    """All its versions; their numbers are not given out again. Raises Conflict while a topology names it."""
    _take_turns(session)
    get(session, kind, name)
    if users := _users(session, kind, name):
        raise Conflict(
            f"the {kind.one} {name!r} stands in topologies: {listed(user.name for user in users)}",
            next_step="delete them first, or replace them by versions without it",
        )
    there = kind.table.c.name == name, kind.table.c.deleted_at.is_(None)
    session.execute(update(kind.table).where(*there).values(deleted_at=session.now))


def refuse_built_in(name: str) -> None:
    """Raises Conflict for the name of an agent that comes with agent-runner."""
    if name in agent_names():
        raise Conflict(
            f"the agent {name!r} comes with agent-runner, and can be neither replaced nor deleted",
            next_step="choose another name",
        )


def _take_turns(session: WriteSession) -> None:
    """One writer of the catalog at a time, as SQLite has anyway: what it has checked stays so until it commits."""
    if session.dialect == "postgresql":
        session.execute(text("LOCK TABLE agent_types, topologies IN SHARE ROW EXCLUSIVE MODE"))


def _insert(session: WriteSession, kind: Kind[D], definition: D, *, is_first: bool) -> Stored[D]:
    stored = definition.model_dump_json()
    if (size := len(stored.encode())) > LARGEST_DEFINITION:
        raise InvalidInput(
            f"the {kind.one} {definition.name!r} has {size} bytes; at most {LARGEST_DEFINITION} are kept",
            next_step="leave some of it out",
        )
    if is_first and len(names_of(session, kind)) >= MOST_NAMES:
        raise Conflict(
            f"there are {MOST_NAMES} {kind.many} already, and no more are kept", next_step="delete one first"
        )
    row = session.first(select(func.max(kind.table.c.version)).where(kind.table.c.name == definition.name))
    version = 1 + (row[0] if row and row[0] else 0)
    session.execute(
        insert(kind.table).values(
            name=definition.name, version=version, definition=stored, created_at=session.now, deleted_at=None
        )
    )
    return Stored(definition, version, session.now, is_new=True)


def _check_users(session: ReadSession, catalog: _Catalog, kind: Kind[Any], name: str) -> None:
    """Raises Conflict when a topology in which it stands, at whatever depth, would be impossible from now on."""
    seen, waiting = {name}, _users(session, kind, name)
    while waiting:
        user = waiting.pop()
        if user.name in seen:
            continue
        seen.add(user.name)
        try:
            catalog.composed(user)
        except InvalidInput as error:
            raise Conflict(
                f"the {kind.one} {name!r} stands in the topology {user.name!r}, which could not be run any more:"
                f" {error.message}",
                next_step="change that topology first",
            ) from error
        waiting += _users(session, TOPOLOGIES, user.name)


def _users(session: ReadSession, kind: Kind[Any], name: str) -> list[TopologyType]:
    """The topologies that name it. The database sorts out those in which the word does not stand at all."""
    has_word = TOPOLOGIES.table.c.definition.contains(f'"{name}"', autoescape=True)
    rows = session.rows(TOPOLOGIES.latest.where(has_word).order_by(TOPOLOGIES.table.c.name))
    found = [_stored(TOPOLOGIES, row).definition for row in rows]
    return [each for each in found if name in (each.agents if kind is AGENTS else each.slot(PARTS))]
