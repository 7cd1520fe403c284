"""The peers: which versions, on which database, how they are set, and how much each is given to do."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from scripts.bench.peers.servers import POSTGRES_CLIENT


class Store(StrEnum):
    """Where a peer keeps its jobs."""

    SQLITE = "SQLite"
    POSTGRESQL = "PostgreSQL"
    REDIS = "Redis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """`module` lies in `inside`. Without requirements it runs in our own environment: it is ours."""

    name: str
    module: str
    store: Store
    requirements: tuple[str, ...] = ()
    """The peer itself first."""
    jobs: int
    """About a second's work, so that the slow ones end in time."""
    durable: str
    """What survives a kill -9 and power loss after the answer to a call."""
    how: str
    """How client and worker are set; what is not said is the default."""

    @property
    def title(self) -> str:
        return f"{self.name}, {self.store}"


AOF: Final = "yes: Redis 6.2 with appendfsync always"
FSYNC: Final = "yes: fsync on"

OURS: Final = Peer(
    name="agent-runner",
    module="ours",
    store=Store.SQLITE,
    jobs=4000,
    durable="yes: WAL, synchronous FULL",
    how="through the store, 64 calls in flight; 32 slots; 4 events a run, each ordered and fenced",
)
OURS_ON_POSTGRESQL: Final = replace(OURS, name="agent-runner", store=Store.POSTGRESQL, durable=FSYNC)
OURS_OVER_HTTP: Final = Peer(
    name="agent-runner, POST /runs",
    module="ours_http",
    store=Store.SQLITE,
    jobs=4000,
    durable="yes: WAL, synchronous FULL",
    how="the same through one API process, 64 connections",
)
HUEY: Final = Peer(
    name="Huey",
    module="huey_sqlite",
    store=Store.SQLITE,
    requirements=("huey==3.5.4",),
    jobs=2000,
    durable="no: WAL with fsync, but a job is deleted before it runs",
    how="one call at a time; consumer with 1 thread, no results",
)
LITEQUEUE: Final = Peer(
    name="litequeue",
    module="litequeue_sqlite",
    store=Store.SQLITE,
    requirements=("litequeue==0.9",),
    jobs=1500,
    durable="yes: WAL, synchronous set to FULL (its own is NORMAL); a lost worker's job stays locked",
    how="one call at a time; a loop around pop that sleeps 0.1 s when there is nothing",
)
DBOS_SQLITE: Final = Peer(
    name="DBOS",
    module="dbos_workflow",
    store=Store.SQLITE,
    requirements=("dbos==3.4.0", POSTGRES_CLIENT),
    jobs=300,
    durable="yes: rollback journal, synchronous FULL",
    how="its client, one call at a time; a queue without limits, polled every second",
)
DBOS_POSTGRESQL: Final = Peer(
    name="DBOS",
    module="dbos_workflow",
    store=Store.POSTGRESQL,
    requirements=("dbos==3.4.0", POSTGRES_CLIENT),
    jobs=1000,
    durable=FSYNC,
    how="its client, 8 threads; a queue without limits, polled every second",
)
PROCRASTINATE: Final = Peer(
    name="Procrastinate",
    module="procrastinate_postgres",
    store=Store.POSTGRESQL,
    requirements=("procrastinate==3.10.0", POSTGRES_CLIENT),
    jobs=500,
    durable=FSYNC,
    how="64 calls in flight over 16 connections; concurrency 32, listen_notify",
)
PGQUEUER: Final = Peer(
    name="PgQueuer",
    module="pgqueuer_postgres",
    store=Store.POSTGRESQL,
    requirements=("pgqueuer[asyncpg]==1.6.0", "asyncpg==0.32.0", "uvloop==0.23.0"),
    jobs=3000,
    durable=FSYNC,
    how="64 calls in flight over 16 connections, uvloop; batch_size 100",
)
SAQ: Final = Peer(
    name="SAQ",
    module="saq_redis",
    store=Store.REDIS,
    # typing_extensions: SAQ imports it without asking for it.
    requirements=("saq[redis,hiredis]==0.26.4", "typing_extensions==4.16.0"),
    jobs=2000,
    durable=AOF,
    how="64 calls in flight; concurrency 32, hiredis",
)
CELERY: Final = Peer(
    name="Celery",
    module="celery_redis",
    store=Store.REDIS,
    requirements=("celery[redis]==5.7.0", "redis==8.1.0"),
    jobs=700,
    durable=AOF,
    how="4 threads; 1 prefork child, acks_late, prefetch multiplier 64, no gossip, mingle, heartbeat or results",
)
DRAMATIQ: Final = Peer(
    name="Dramatiq",
    module="dramatiq_redis",
    store=Store.REDIS,
    requirements=("dramatiq[redis]==2.2.1", "redis==8.1.0"),
    jobs=2000,
    durable=AOF,
    how="4 threads; 1 process with 8 threads",
)
RQ: Final = Peer(
    name="RQ",
    module="rq_redis",
    store=Store.REDIS,
    requirements=("rq==2.12.0", "redis==8.1.0"),
    jobs=60,
    durable=AOF,
    how="4 threads; its default worker, which forks for every job",
)

PEERS: Final = (
    OURS,
    OURS_OVER_HTTP,
    OURS_ON_POSTGRESQL,
    HUEY,
    LITEQUEUE,
    DBOS_SQLITE,
    DBOS_POSTGRESQL,
    PROCRASTINATE,
    PGQUEUER,
    SAQ,
    CELERY,
    DRAMATIQ,
    RQ,
)
