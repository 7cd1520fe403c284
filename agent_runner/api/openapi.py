"""What FastAPI cannot know of the OpenAPI document: the errors are problem+json, and keys may be wanted."""

from typing import Any, Final, cast

from agent_runner.api.deps import problems
from agent_runner.api.schemas import Problem, RunCreate
from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.report import CallReport
from agent_runner.domain.topology import TopologyType

DESCRIPTION: Final = """Durable execution of AI-agent runs: the API queues them and serves their events, workers do it.

Every route is also there under `/api`. Every error is `application/problem+json` (RFC 9457) with a sentence that holds
the value. Every answer has an `X-Request-Id`.
"""

TAGS: Final[list[dict[str, Any]]] = [
    {"name": "runs", "description": "One durable execution each."},
    {
        "name": "events",
        "description": "What is recorded of a run: as a page, a long poll, a stream, a WebSocket, text.",
    },
    {"name": "approvals", "description": "What runs ask people, and what they are answered."},
    {"name": "artifacts", "description": "The files that runs leave behind."},
    {"name": "tasks", "description": "What a person asked; a task has runs."},
    {"name": "projects", "description": "The directories that runs may work in."},
    {"name": "catalog", "description": "Who can do the work: agents, teams of agents, and what agents can have."},
    {"name": "service", "description": "The service itself, its models and its workers."},
    {"name": "health", "description": "For probes and people."},
]

_BOUNDS: Final = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}
OF_RUN_TOKENS: Final[list[dict[str, Any]]] = [{"runToken": []}]
"""The security of an operation that no key opens."""
_REPLACED: Final = ("HTTPValidationError", "ValidationError")


def complete(document: dict[str, Any], *, has_keys: bool) -> dict[str, Any]:
    """Adds what routes only refer to and the errors of the door, and takes out what FastAPI would answer by itself."""
    components = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for name in _REPLACED:
        schemas.pop(name, None)
    for model in (Problem, RunCreate, AgentType, TopologyType, CallReport):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
    bearers = {"runToken": "What the worker gives to the steps of one run."}
    if has_keys:
        bearers["key"] = "One of API_KEYS."
        document["security"] = [{"key": []}]
    components["securitySchemes"] = {
        name: {"type": "http", "scheme": "bearer", "description": said} for name, said in bearers.items()
    }
    _spell_bounds(document)
    for path in document["paths"].values():
        for method, operation in path.items():
            at_the_door = _errors_of_the_door(method, operation, has_keys=has_keys)
            operation["responses"] = at_the_door | operation["responses"]
    return document


def _spell_bounds(part: Any) -> None:
    """As JSON Schema does. Pydantic leaves its own words where it reads a number before it checks it."""
    if isinstance(part, list):
        for each in cast("list[Any]", part):
            _spell_bounds(each)
    if isinstance(part, dict):
        schema = cast("dict[str, Any]", part)
        for ours, theirs in _BOUNDS.items():
            if isinstance(schema.get(ours), int | float):
                schema[theirs] = schema.pop(ours)
        for each in schema.values():
            _spell_bounds(each)


def _errors_of_the_door(method: str, operation: dict[str, Any], *, has_keys: bool) -> dict[str, Any]:
    """What is refused before a route is reached."""
    statuses = [401] * has_keys + [403] * (method != "get") + [413, 415] * ("requestBody" in operation)
    return {str(status): documented for status, documented in problems(*statuses).items()}
