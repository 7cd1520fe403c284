"""What can be recorded of a run: the event types, and one payload model for each."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import PydanticSerializationError

from agent_runner.domain.approval import ApprovalKind
from agent_runner.domain.wording import json_text, storable
from agent_runner.errors import InvalidInput

LARGEST_PAYLOAD_BYTES: Final = 64 * 1024
"""An event is a fact, not a file: what is larger belongs into an artifact."""
LONGEST_ROLE: Final = 200


class EventType(StrEnum):
    RUN_CREATED = "RUN_CREATED"
    RUN_STARTED = "RUN_STARTED"
    RUN_COMPLETED = "RUN_COMPLETED"
    RUN_FAILED = "RUN_FAILED"
    RUN_RETRY_SCHEDULED = "RUN_RETRY_SCHEDULED"
    RUN_RELEASED = "RUN_RELEASED"
    RUN_LEASE_EXPIRED = "RUN_LEASE_EXPIRED"
    RUN_CANCEL_REQUESTED = "RUN_CANCEL_REQUESTED"
    RUN_CANCELLED = "RUN_CANCELLED"
    RUN_RETRIED = "RUN_RETRIED"
    APPROVAL_REQUESTED = "APPROVAL_REQUESTED"
    APPROVAL_GRANTED = "APPROVAL_GRANTED"
    APPROVAL_REJECTED = "APPROVAL_REJECTED"
    INPUT_RECEIVED = "INPUT_RECEIVED"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    LOG = "LOG"
    MESSAGE = "MESSAGE"
    ERROR = "ERROR"
    RESULT = "RESULT"
    AGENT_START = "AGENT_START"
    AGENT_COMPLETE = "AGENT_COMPLETE"
    AGENT_THINKING = "AGENT_THINKING"
    PLAN_GENERATED = "PLAN_GENERATED"
    EXECUTING = "EXECUTING"
    STEP_COMPLETED = "STEP_COMPLETED"
    MODEL_CALL = "MODEL_CALL"
    TOOL_CALL = "TOOL_CALL"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    FILE_CHANGED = "FILE_CHANGED"
    ARTIFACT_CREATED = "ARTIFACT_CREATED"
    COMMIT_CREATED = "COMMIT_CREATED"


class Payload(BaseModel):
    """The base of all payloads: frozen, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[EventType]


class RunCreated(Payload):
    type = EventType.RUN_CREATED
    agent: str
    goal: str = Field(description="The first 500 characters of the goal.")
    forked_from: int | None = Field(None, description="The run whose finished steps this one keeps.")


class RunStarted(Payload):
    type = EventType.RUN_STARTED
    attempt: int
    worker: str
    model: str = Field(description="The run's own model or this worker's, e.g. `ollama:llama3.2` or `demo`.")
    sandbox: str | None = Field(
        None, description="How strongly it holds commands, `L0` to `L3`; null while it still finds out."
    )
    fence: int


class RunCompleted(Payload):
    type = EventType.RUN_COMPLETED
    summary: str | None = None


class RunFailed(Payload):
    type = EventType.RUN_FAILED
    error: str
    attempt: int


class RunRetryScheduled(Payload):
    type = EventType.RUN_RETRY_SCHEDULED
    error: str
    attempt: int
    delay_seconds: float


class RunReleased(Payload):
    type = EventType.RUN_RELEASED
    reason: str


class RunLeaseExpired(Payload):
    type = EventType.RUN_LEASE_EXPIRED
    worker: str
    attempt: int


class RunCancelRequested(Payload):
    type = EventType.RUN_CANCEL_REQUESTED
    reason: str | None = None


class RunCancelled(Payload):
    type = EventType.RUN_CANCELLED
    reason: str | None = None


class RunRetried(Payload):
    type = EventType.RUN_RETRIED
    reason: str | None = None


class ApprovalRequested(Payload):
    type = EventType.APPROVAL_REQUESTED
    approval_id: int
    key: str
    kind: ApprovalKind
    text: str
    diff: str | None = Field(None, description="The path of the artifact that holds the diff.")
    diff_sha: str | None = None
    flags: tuple[str, ...] = ()
    expires_in_seconds: float | None = None


class ApprovalGranted(Payload):
    type = EventType.APPROVAL_GRANTED
    approval_id: int
    key: str
    decided_by: str
    comment: str | None = None
    diff_sha: str | None = None


class ApprovalRejected(Payload):
    type = EventType.APPROVAL_REJECTED
    approval_id: int
    key: str
    decided_by: str
    comment: str | None = None
    revise: bool = False


class InputReceived(Payload):
    type = EventType.INPUT_RECEIVED
    approval_id: int
    key: str
    decided_by: str
    text: str = Field(description="The first 2000 characters of the answer.")


class ApprovalExpired(Payload):
    type = EventType.APPROVAL_EXPIRED
    approval_id: int
    key: str


class Log(Payload):
    type = EventType.LOG
    message: str


class Message(Payload):
    type = EventType.MESSAGE
    content: str


class Error(Payload):
    type = EventType.ERROR
    message: str


class Result(Payload):
    type = EventType.RESULT
    result: JsonValue


class AgentStart(Payload):
    type = EventType.AGENT_START
    message: str | None = None
    node: str | None = Field(default=None, description="Its place in the graph of a topology.")


class AgentComplete(Payload):
    type = EventType.AGENT_COMPLETE
    message: str | None = None
    node: str | None = Field(default=None, description="Its place in the graph of a topology.")


class AgentThinking(Payload):
    type = EventType.AGENT_THINKING
    message: str


class PlanGenerated(Payload):
    type = EventType.PLAN_GENERATED
    steps: list[str]


class Executing(Payload):
    type = EventType.EXECUTING
    step: int
    of: int
    description: str


class StepCompleted(Payload):
    type = EventType.STEP_COMPLETED
    key: str
    duration_ms: float


class ModelCall(Payload):
    type = EventType.MODEL_CALL
    model: str
    input_tokens: int
    output_tokens: int
    estimated: bool = Field(
        default=False, description="The server did not count; the tokens are guessed from the text."
    )
    cost_usd: float | None = Field(None, description="null when nobody knows the price, which is not the same as 0.")
    duration_ms: float
    cached: bool = Field(default=False, description="Answered from the cache: nothing was consumed.")
    fallback: str | None = Field(None, description="Why the first model did not answer and this one did instead.")


class BudgetExceeded(Payload):
    type = EventType.BUDGET_EXCEEDED
    budget: str = Field(description="`cost_usd`, `tokens`, `model_calls` or `seconds`.")
    limit: float
    used: float


class ToolCall(Payload):
    type = EventType.TOOL_CALL
    tool: str
    arguments: str = Field(description="JSON, shortened.")
    ok: bool
    error: str | None = Field(None, description="What the model was told instead of a result, shortened.")
    duration_ms: float


class FileChanged(Payload):
    type = EventType.FILE_CHANGED
    path: str
    change: str = Field(description="`written`, `edited`, `moved` or `deleted`.")
    added: int | None = None
    removed: int | None = None


class ArtifactCreated(Payload):
    type = EventType.ARTIFACT_CREATED
    path: str
    size: int
    sha256: str
    media_type: str


class CommitCreated(Payload):
    type = EventType.COMMIT_CREATED
    commit: str
    branch: str
    tree: str
    diff_sha: str
    approval_id: int | None = Field(None, description="Who allowed it; null where the project asks nobody.")


PAYLOADS: Final[dict[EventType, type[Payload]]] = {model.type: model for model in Payload.__subclasses__()}


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event on its way into the store, which gives it its number: `payload` is JSON text."""

    type: EventType
    payload: str
    agent_role: str | None = None


def new_event(payload: Payload, agent_role: str | None = None) -> NewEvent:
    """Raises InvalidInput when the payload is too large to be an event."""
    try:
        text = payload.model_dump_json()
    except PydanticSerializationError:
        text = json_text(payload.model_dump())  # it holds what is no Unicode
    if len(text) > LARGEST_PAYLOAD_BYTES // 4 and len(text.encode()) > LARGEST_PAYLOAD_BYTES:
        raise InvalidInput(
            f"the {payload.type} event is {len(text.encode())} bytes, more than {LARGEST_PAYLOAD_BYTES}",
            next_step="store the content as an artifact and let the event point to it",
        )
    return NewEvent(payload.type, text, agent_role and storable(agent_role)[:LONGEST_ROLE])
