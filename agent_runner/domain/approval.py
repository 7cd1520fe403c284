"""Questions to a person: what an agent asks before it goes on, and what it is answered."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from agent_runner.domain.wording import json_text, storable
from agent_runner.errors import InvalidInput

LARGEST_QUESTION_BYTES: Final = 1024 * 1024
LONGEST_KEY: Final = 200
NOBODY: Final = "nobody"
"""Who decided what time or a cancel has decided."""


class ApprovalKind(StrEnum):
    COMMIT = "COMMIT"
    PLAN = "PLAN"
    INPUT = "INPUT"
    BUDGET = "BUDGET"
    PERMISSION = "PERMISSION"


class ApprovalStatus(StrEnum):
    OPEN = "OPEN"
    GRANTED = "GRANTED"
    REJECTED = "REJECTED"
    ANSWERED = "ANSWERED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


class Question(BaseModel):
    """What a person is asked. Asking the same again after a restart must give the same question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ApprovalKind
    text: str
    detail: dict[str, JsonValue] = {}
    diff: str | None = Field(default=None, description="The path of the artifact that holds the diff.")
    diff_sha: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="The sha256 of the diff: who approves must name it."
    )
    tree_id: str | None = Field(default=None, description="The git tree that is committed when it is approved.")
    flags: tuple[str, ...] = Field(default=(), description="What needs a tick of its own, such as a sensitive file.")
    expires_in_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class Answer(BaseModel):
    """What became of a question. `status` is GRANTED, REJECTED, ANSWERED or EXPIRED."""

    model_config = ConfigDict(frozen=True)

    status: ApprovalStatus
    comment: str | None
    revise: bool = False
    text: str | None
    decided_by: str
    decided_at: datetime
    approval_id: int


def question_text(key: str, question: Question) -> str:
    """The question as the JSON text that is stored, and compared when it is asked again.

    Raises InvalidInput when it is too large to be stored, or its key to be one.
    """
    if not key or len(key) > LONGEST_KEY or key != storable(key):
        raise InvalidInput(f"the key {key[:LONGEST_KEY]!r} of a question is not 1 to {LONGEST_KEY} plain characters")
    try:
        text = json_text(question.model_dump())
    except ValueError as error:
        raise InvalidInput(f"the question {key!r} is not JSON: {error}") from error
    if len(text.encode()) > LARGEST_QUESTION_BYTES:
        raise InvalidInput(
            f"the question {key!r} is {len(text.encode())} bytes, more than {LARGEST_QUESTION_BYTES}",
            next_step="store what is large as an artifact and name it in the question",
        )
    return text
