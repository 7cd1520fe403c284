"""What the reviewer gives: a decision and findings, in a form that small models can fill in, too."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Decision(StrEnum):
    ACCEPT = "accept"
    SEND_BACK = "send_back"


class Verdict(BaseModel):
    """Your verdict on the work of this round."""

    model_config = ConfigDict(frozen=True)

    decision: Decision = Field(description="accept, or send_back when the goal is not reached or something is wrong.")
    summary: str = Field(description="One or two sentences that say why.")
    findings: list[str] = Field(
        default_factory=list[str],
        description="What must be changed, each with the file it is about; needed for send_back.",
    )

    @model_validator(mode="after")
    def _says_what_is_wrong(self) -> Self:
        if self.decision is Decision.SEND_BACK and not any(finding.strip() for finding in self.findings):
            raise ValueError("work is sent back with at least one finding that says what to change")
        return self

    @property
    def accepts(self) -> bool:
        return self.decision is Decision.ACCEPT
