"""What the routes of health give."""

from agent_runner.api.fields import Output
from agent_runner.api.schemas import QueuePublic, WorkerPublic


class Health(Output):
    status: str
    version: str


class Readiness(Output):
    status: str
    reasons: list[str]


class DatabaseHealth(Output):
    usable: bool
    kind: str
    revision: str | None
    reasons: list[str]


class StatusReport(Output):
    status: str
    version: str
    database: DatabaseHealth
    workers: list[WorkerPublic]
    queue: QueuePublic | None
