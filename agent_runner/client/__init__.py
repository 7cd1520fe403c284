"""The Python client: `Client` and `AsyncClient`, what they give and what they raise. Needs no server code."""

from agent_runner.client.asynchronous import AsyncClient
from agent_runner.client.errors import (
    ApiError,
    ApiUnreachable,
    ClientError,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    ServerError,
    StillPending,
)
from agent_runner.client.records import (
    Agent,
    Approval,
    Artifact,
    ChangedRuns,
    Diff,
    Event,
    Mixin,
    Page,
    Project,
    Question,
    Run,
    Task,
    TaskStatus,
    Topology,
    Usage,
    WorkerStatus,
)
from agent_runner.client.service_records import About, Overview
from agent_runner.client.synchronous import Client
from agent_runner.domain.run import RunStatus
from agent_runner.domain.task import TaskState

__all__ = [
    "About",
    "Agent",
    "ApiError",
    "ApiUnreachable",
    "Approval",
    "Artifact",
    "AsyncClient",
    "ChangedRuns",
    "Client",
    "ClientError",
    "Conflict",
    "Diff",
    "Event",
    "InvalidRequest",
    "Mixin",
    "NotAllowed",
    "NotFound",
    "Overview",
    "Page",
    "Project",
    "Question",
    "Run",
    "RunStatus",
    "ServerError",
    "StillPending",
    "Task",
    "TaskState",
    "TaskStatus",
    "Topology",
    "Usage",
    "WorkerStatus",
]
