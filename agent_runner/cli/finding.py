"""What an examination says: a verdict on one subject, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from agent_runner.errors import AgentRunnerError


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whatever does not pass has a next step."""

    verdict: Verdict
    subject: str
    sentence: str
    next_step: str | None = None


def passed(subject: str, sentence: str) -> Finding:
    return Finding(Verdict.PASS, subject, sentence)


def warned(subject: str, sentence: str, next_step: str) -> Finding:
    return Finding(Verdict.WARN, subject, sentence, next_step)


def failed(subject: str, sentence: str, next_step: str) -> Finding:
    return Finding(Verdict.FAIL, subject, sentence, next_step)


def failed_with(subject: str, error: AgentRunnerError) -> Finding:
    return failed(subject, error.message, error.next_step or "see agent-runner --help")
