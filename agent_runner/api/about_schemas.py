"""What GET /about gives."""

from enum import StrEnum

from pydantic import Field, JsonValue

from agent_runner.api.fields import Output
from agent_runner.domain.finding import Finding, Verdict


class CheckState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


_STATES = {Verdict.PASS: CheckState.OK, Verdict.WARN: CheckState.WARNING, Verdict.FAIL: CheckState.FAILED}


class CheckPublic(Output):
    """One thing that was looked at."""

    name: str
    state: CheckState
    detail: str
    next: str | None = Field(description="What to do about it; null where it is ok.")

    @classmethod
    def of(cls, finding: Finding) -> "CheckPublic":
        state = _STATES[finding.verdict]
        return cls(name=finding.subject, state=state, detail=finding.sentence, next=finding.next_step)


class SettingPublic(Output):
    name: str
    value: JsonValue = Field(description="As it is in force; a secret is ******** however long it is.")
    is_default: bool
    description: str


class DatabaseAbout(Output):
    kind: str = Field(description="`sqlite` or `postgresql`.")
    where: str = Field(description="Its URL, without a password.")
    revision: str | None = Field(description="Of its tables; null where it cannot be read.")
    newest_revision: str = Field(description="The one that this version needs.")


class AboutPublic(Output):
    version: str
    python: str
    platform: str
    api_url: str = Field(description="Where the API listens, as its own machine reaches it.")
    database: DatabaseAbout
    settings: list[SettingPublic]
    checks: list[CheckPublic]
