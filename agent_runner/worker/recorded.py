"""What earlier attempts of a run have left, how it compares with what is asked now, and the form of what is kept."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from agent_runner.domain.approval import Answer, ApprovalStatus
from agent_runner.domain.wording import json_text
from agent_runner.errors import PermanentAgentError
from agent_runner.store.approvals import ApprovalRecord, decided_questions
from agent_runner.store.artifacts import list_artifacts
from agent_runner.store.session import ReadSession
from agent_runner.store.steps import RecordedStep, journal

LARGEST_STEP_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Recorded:
    """What earlier attempts have left: finished steps, answers of people, and the sizes of artifacts by path."""

    journal: Mapping[str, RecordedStep] = field(default_factory=dict[str, RecordedStep])
    answers: Mapping[str, ApprovalRecord] = field(default_factory=dict[str, ApprovalRecord])
    artifact_sizes: Mapping[str, int] = field(default_factory=dict[str, int])


def recorded(session: ReadSession, run_id: int) -> Recorded:
    sizes = {artifact.path: artifact.size for artifact in list_artifacts(session, run_id)}
    return Recorded(journal(session, run_id), decided_questions(session, run_id), sizes)


def answer_of(decided: ApprovalRecord) -> Answer:
    assert decided.decided_by is not None, "the table has a decision say who made it"
    assert decided.decided_at is not None, "the table has a decision say when it was made"
    return Answer(
        status=ApprovalStatus(decided.status),
        comment=decided.comment,
        revise=decided.revise,
        text=decided.text,
        decided_by=decided.decided_by,
        decided_at=decided.decided_at,
        approval_id=decided.id,
    )


def hash_of(value: JsonValue) -> str:
    """The sha256 of the canonical JSON: keys sorted, no blanks."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def output_text(key: str, output: JsonValue) -> str:
    """What the journal keeps of a step. Raises PermanentAgentError for what is no JSON, and for too much of it."""
    try:
        text = json_text(output)
    except (TypeError, ValueError) as error:
        raise PermanentAgentError(f"the output of step {key!r} is not JSON: {error}") from error
    if len(text) > LARGEST_STEP_BYTES:
        raise PermanentAgentError(
            f"the output of step {key!r} has {len(text)} characters, more than {LARGEST_STEP_BYTES}"
        )
    return text
