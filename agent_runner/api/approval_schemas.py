"""Questions to people, their answers, and the files of a run: what comes in and what goes out."""

import json
from typing import Annotated, Final

from pydantic import BeforeValidator, ConfigDict, Field

from agent_runner.api import examples
from agent_runner.api.deps import LARGEST_ID
from agent_runner.api.fields import Input, Output, SpokenText, WholeNumber, WireTime
from agent_runner.domain.approval import ApprovalKind, ApprovalStatus, Question

LONGEST_COMMENT: Final = 10_000

Comment = Annotated[str, Field(max_length=LONGEST_COMMENT)]
DiffSha = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="The sha256 of the diff that is approved.")]
ApprovalId = Annotated[
    WholeNumber,
    Field(ge=1, le=LARGEST_ID, description="Which question is meant; else it is the run's latest."),
]


class ApproveRequest(Input):
    model_config = ConfigDict(json_schema_extra=examples.APPROVE)

    diff_sha: DiffSha | None = Field(default=None, description="Must be named when the question is about a diff.")
    comment: Comment | None = None
    approval_id: ApprovalId | None = None
    accept_flags: list[Annotated[str, Field(max_length=10_000)]] = Field(
        default=[], max_length=10_000, description="Every flag of the question, by name."
    )


class RejectRequest(Input):
    model_config = ConfigDict(json_schema_extra=examples.REJECT)

    comment: Annotated[
        SpokenText, Field(max_length=LONGEST_COMMENT, description="Why; the agent and the run are told.")
    ]
    revise: bool = Field(default=False, description="The agent tries again; else the run is CANCELLED.")
    approval_id: ApprovalId | None = None


class InputRequest(Input):
    model_config = ConfigDict(json_schema_extra=examples.INPUT)

    text: SpokenText
    approval_id: ApprovalId | None = None


def _question(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


class ApprovalPublic(Output):
    """A question to a person, and what became of it."""

    id: int
    run_id: int
    key: str
    kind: ApprovalKind
    status: ApprovalStatus
    question: Annotated[Question, BeforeValidator(_question)]
    diff_sha: str | None
    comment: str | None
    revise: bool
    text: str | None = Field(description="What was answered to an INPUT.")
    decided_by: str | None = Field(
        description="The name of an API key, `local`, or `nobody` when time or a cancel did."
    )
    asked_at: WireTime
    expires_at: WireTime | None
    decided_at: WireTime | None


class ArtifactPublic(Output):
    path: str
    media_type: str
    size: int = Field(description="In bytes.")
    sha256: str
    created_at: WireTime


class ArtifactsPublic(Output):
    artifacts: list[ArtifactPublic]
    total: int
