"""What the API answers about itself: how all runs stand, how it is set, and whether it is well."""

from datetime import datetime

from pydantic import JsonValue

from agent_runner.client.records import Record


class RunCounts(Record):
    queued: int
    running: int
    waiting: int
    completed: int
    failed: int
    cancelled: int


class Bucket(Record):
    """What happened from `begins_at` on; `queued` and `running` are counted at its end."""

    begins_at: datetime
    created: int
    started: int
    completed: int
    failed: int
    cancelled: int
    queued: int
    running: int


class Crew(Record):
    """The live workers together."""

    alive: int
    slots: int
    busy: int


class Failure(Record):
    """A run that FAILED, with the first line of its error."""

    id: int
    goal: str
    agent: str
    error: str
    completed_at: datetime


class Overview(Record):
    now: datetime
    runs: RunCounts
    due: int
    oldest_due_seconds: float | None = None
    open_approvals: int
    workers: Crew
    bucket_seconds: float
    buckets: tuple[Bucket, ...]
    failures: tuple[Failure, ...]


class Setting(Record):
    """As it is in force; the value of a secret is masked."""

    name: str
    value: JsonValue = None
    is_default: bool
    description: str = ""


class Check(Record):
    """`state`: ok, warning or failed. `next`: what to do about it."""

    name: str
    state: str
    detail: str
    next: str | None = None


class DatabaseAbout(Record):
    kind: str
    where: str
    revision: str | None = None
    newest_revision: str


class About(Record):
    version: str
    python: str
    platform: str
    api_url: str
    database: DatabaseAbout
    settings: tuple[Setting, ...]
    checks: tuple[Check, ...]
