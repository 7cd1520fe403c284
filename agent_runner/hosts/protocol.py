"""The host protocol, version 1: one JSON object a line over stdin and stdout. docs/hosts.md explains it to its users.

`FromHost` is what a host says, `ToHost` what it is told; their JSON schema is docs/hosts.schema.json.
"""

import json
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from agent_runner.domain.events import EventType
from agent_runner.errors import HostFailed
from agent_runner.sandbox.output import escaped

PROTOCOL: Final = 1
LONGEST_LINE_BYTES: Final = 4 * 1024 * 1024
HEARTBEAT_SECONDS: Final = 5.0
LONGEST_SHOWN: Final = 300
LONGEST_PLACE: Final = 8
"""Of a mistake in a message: so many names deep it is told where."""

CallId = Annotated[int, Field(ge=1, le=2**53)]
"""Chosen by the host, once each: 1, 2, 3 …; the answer carries it."""
Key = Annotated[str, Field(min_length=1, max_length=150, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/ -]*$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]

HOST_EVENTS: Final = frozenset(
    {
        EventType.LOG,
        EventType.MESSAGE,
        EventType.ERROR,
        EventType.AGENT_START,
        EventType.AGENT_COMPLETE,
        EventType.AGENT_THINKING,
        EventType.PLAN_GENERATED,
        EventType.EXECUTING,
        EventType.TOOL_CALL,
        EventType.FILE_CHANGED,
    }
)
"""What a host may report. Everything else is a fact that only the worker can know."""


class Said(BaseModel):
    """The base of all messages of a host: strict, so that a mistake is told and not overlooked."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hello(Said):
    """The first line of a host."""

    type: Literal["hello"]
    protocol: int
    name: Name
    version: Annotated[str, Field(max_length=100)] = ""


class Heartbeat(Said):
    """A sign of life, for a host that has nothing else to say. Any line is one."""

    type: Literal["heartbeat"]


class EventReport(Said):
    """Something that happened, for the run's events. `payload` is that of the event type: docs/events.md."""

    type: Literal["event"]
    event: Literal[
        "LOG",
        "MESSAGE",
        "ERROR",
        "AGENT_START",
        "AGENT_COMPLETE",
        "AGENT_THINKING",
        "PLAN_GENERATED",
        "EXECUTING",
        "TOOL_CALL",
        "FILE_CHANGED",
    ]
    payload: dict[str, JsonValue] = {}
    agent: Name | None = Field(default=None, description="Which of the host's agents; it stands on the event.")


class Report(Said):
    """What `GET /runs/{id}` shows of the work; what is left out stays as it is."""

    type: Literal["report"]
    progress: float | None = Field(default=None, ge=0, le=1)
    iteration: int | None = Field(default=None, ge=0, le=10**9)
    current_agent: str | None = None
    message: str | None = None


class ArtifactReport(Said):
    """A file that stays with the run: its content as text, as base64, or as a file of the private directory."""

    type: Literal["artifact"]
    path: Annotated[str, Field(min_length=1, max_length=500)]
    text: str | None = None
    base64: str | None = None
    file: str | None = Field(default=None, description="The path of the file, from the host's private directory.")
    media_type: Annotated[str, Field(max_length=200)] = "text/plain"
    agent: Name | None = None
    project_path: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None,
        description="Where it belongs in the run's project, if it does: a person then approves it as a diff.",
    )


class ToolUse(Said):
    """A tool that the model wants to be called; the host calls it, and says the result in a message of role `tool`."""

    id: str
    name: Name
    arguments: dict[str, JsonValue] = {}


class ChatMessage(Said):
    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    tool_calls: tuple[ToolUse, ...] = Field(default=(), description="Of role assistant.")
    tool_call_id: str | None = Field(default=None, description="Of role tool: which call this is the result of.")
    name: str | None = Field(default=None, description="Of role tool: the tool's name.")


class Tool(Said):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    description: str = ""
    parameters: dict[str, JsonValue] = Field(default={"type": "object", "properties": {}}, description="A JSON schema.")


class DemoReply(Said):
    """What the demo model is to answer where no model is configured. Only the host knows what it can use."""

    text: str = ""
    tool_calls: tuple[ToolUse, ...] = ()


class ModelQuestion(Said):
    """A model call, made by the worker: journaled, budgeted, priced. Answered by `answer`, and `delta` before it."""

    type: Literal["model"]
    id: CallId
    messages: Annotated[tuple[ChatMessage, ...], Field(min_length=1)]
    tools: tuple[Tool, ...] = ()
    max_tokens: int | None = Field(default=None, ge=1, le=10_000_000)
    temperature: float | None = Field(default=None, ge=0, le=2)
    stop: tuple[str, ...] = ()
    stream: bool = Field(default=False, description="Whether `delta` lines are wanted while the answer grows.")
    agent: Name | None = None
    key: Key | None = Field(
        default=None,
        description="A name for the step that stays the same when the run is resumed; else what is asked is one.",
    )
    demo: DemoReply | None = None

    @property
    def question(self) -> dict[str, JsonValue]:
        """What decides the answer, and so is compared when the run is resumed."""
        kept = {"messages", "tools", "max_tokens", "temperature", "stop"}
        return self.model_dump(mode="json", include=kept, exclude_defaults=True)


class PersonQuestion(Said):
    """A question to a person. The host is ended meanwhile; it is started anew and asks again, and is then told."""

    type: Literal["ask"]
    id: CallId
    key: Key
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    detail: dict[str, JsonValue] = {}
    wants: Literal["text", "approval"] = "text"


class StepBegun(Said):
    """Work of the host's own that must not be done twice. Answered by `do` the first time, by `done` afterwards."""

    type: Literal["step"]
    id: CallId
    key: Key
    input: JsonValue = None


class StepDone(Said):
    """The output of a step that the host was told to do. Answered by `done` when it is durable."""

    type: Literal["did"]
    id: CallId
    output: JsonValue = None


class ResultReport(Said):
    """The end. The host exits; nothing that it says afterwards counts."""

    type: Literal["result"]
    result: dict[str, JsonValue]


class FailureReport(Said):
    """The other end: why the work could not be done. `permanent`: trying again cannot help."""

    type: Literal["failed"]
    message: Annotated[str, Field(min_length=1)]
    permanent: bool = False


FromHost = Annotated[
    Hello
    | Heartbeat
    | EventReport
    | Report
    | ArtifactReport
    | ModelQuestion
    | PersonQuestion
    | StepBegun
    | StepDone
    | ResultReport
    | FailureReport,
    Field(discriminator="type"),
]


class Told(BaseModel):
    """The base of all messages to a host. A host ignores fields and messages that it does not know."""

    model_config = ConfigDict(frozen=True)


class Start(Told):
    """The first line to a host: what to do, and where."""

    type: Literal["start"] = "start"
    protocol: int = PROTOCOL
    run_id: int
    attempt: int
    round: int = Field(default=1, description="Counts up when a person has sent the outcome back.")
    goal: str
    input: dict[str, Any] = {}
    options: dict[str, Any] = Field(default={}, description="The options of the manifest, as the run set them.")
    model: str = Field(description="Which model answers, `provider:model` or `demo`.")
    directory: str = Field(description="A private directory, the only place to write in. It goes with the attempt.")
    project: str | None = Field(default=None, description="The name of the run's project, if it has one.")
    wishes: tuple[str, ...] = Field(
        default=(), description="What a person wanted otherwise, when this is a later round."
    )
    heartbeat_seconds: float = HEARTBEAT_SECONDS


class ModelReply(Told):
    """What the model said, and what the call consumed."""

    type: Literal["answer"] = "answer"
    id: CallId
    text: str
    tool_calls: tuple[ToolUse, ...] = ()
    model: str
    input_tokens: int
    output_tokens: int
    estimated: bool = False
    cost_usd: float | None = None
    cached: bool = False
    replayed: bool = Field(default=False, description="Paid for in an earlier attempt.")


class Delta(Told):
    """A piece of the answer that is under way. `restart`: what was sent of this answer so far is void."""

    type: Literal["delta"] = "delta"
    id: CallId
    text: str = ""
    restart: bool = False


class PersonReply(Told):
    """What a person answered to `ask`: `text` where one was wanted, else GRANTED, or REJECTED with a `comment`."""

    type: Literal["said"] = "said"
    id: CallId
    status: Literal["GRANTED", "REJECTED", "ANSWERED", "EXPIRED"]
    text: str | None = None
    comment: str | None = None
    decided_by: str


class Do(Told):
    """The step is new: do it, and say `did`."""

    type: Literal["do"] = "do"
    id: CallId


class Done(Told):
    """The step is done, now or in an earlier attempt; this is its output."""

    type: Literal["done"] = "done"
    id: CallId
    output: JsonValue = None


class Cancel(Told):
    """The host has a moment to end. Its input is closed then, and what is left of it is killed."""

    type: Literal["cancel"] = "cancel"


ToHost = Annotated[Start | ModelReply | Delta | PersonReply | Do | Done | Cancel, Field(discriminator="type")]

FROM_HOST: Final[TypeAdapter[FromHost]] = TypeAdapter(FromHost)
TO_HOST: Final[TypeAdapter[ToHost]] = TypeAdapter(ToHost)


def read_line(line: bytes) -> FromHost:
    """What the host says. Raises HostFailed with the beginning of a line that is no message of this protocol."""
    try:
        value = json.loads(line)
        if b"\\ud" in line.lower():
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))  # halves of a pair
    except (ValueError, RecursionError):
        raise HostFailed(f"the host said what is no JSON: {escaped(line[:LONGEST_SHOWN])!r}") from None
    try:
        return FROM_HOST.validate_python(value)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"][:LONGEST_PLACE]) or "the message"
        raise HostFailed(
            f"the host said what is no message of the protocol: {where}: {problem['msg']}: "
            f"{escaped(line[:LONGEST_SHOWN])!r}",
            next_step="docs/hosts.md has the messages",
        ) from None


def write_line(message: Told) -> bytes:
    return message.model_dump_json().encode("utf-8", "backslashreplace") + b"\n"


def schema() -> dict[str, Any]:
    """The JSON schema of both directions."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"agent-runner host protocol {PROTOCOL}",
        "from_host": FROM_HOST.json_schema(),
        "to_host": TO_HOST.json_schema(),
    }
