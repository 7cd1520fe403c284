"""What a step on another machine reports of one agent call: an answer or a failure, and what it has consumed."""

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent_runner.domain.events import ModelCall
from agent_runner.domain.outcome import Reply
from agent_runner.domain.redaction import Redaction
from agent_runner.domain.wording import json_text
from agent_runner.errors import BodyTooLarge

LARGEST_REPORT_BYTES: Final = 1024 * 1024
LONGEST_CALL_KEY: Final = 1000
LONGEST_FAILURE: Final = 8_000
MOST_MODEL_CALLS: Final = 1_000
MOST_TOKENS: Final = 10**9
MOST_DOLLARS: Final = 10**6
LONGEST_MODEL: Final = 500
INPUT_HASH: Final = r"^[0-9a-f]{64}$"

InputHash = Annotated[str, Field(pattern=INPUT_HASH, description="The sha256 of the question, as the journal has it.")]


class PaidCall(ModelCall):
    """As its event, from somebody who may say anything: in bounds that counters and events have room for."""

    model: str = Field(max_length=LONGEST_MODEL)
    input_tokens: int = Field(ge=0, le=MOST_TOKENS)
    output_tokens: int = Field(ge=0, le=MOST_TOKENS)
    cost_usd: float | None = Field(default=None, ge=0, le=MOST_DOLLARS, allow_inf_nan=False)
    duration_ms: float = Field(ge=0, allow_inf_nan=False)
    fallback: str | None = Field(default=None, max_length=LONGEST_FAILURE)


class CallReport(BaseModel):
    """Either `reply` or `failed` is set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_hash: InputHash
    reply: Reply | None = None
    failed: str | None = Field(default=None, max_length=LONGEST_FAILURE, description="Why there is no reply.")
    is_permanent: bool = Field(default=False, description="Of a failure: a further attempt cannot help.")
    seconds: float = Field(ge=0, allow_inf_nan=False, description="How long the call took.")
    model_calls: tuple[PaidCall, ...] = Field(
        default=(), max_length=MOST_MODEL_CALLS, description="All that were paid for it, in their order."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.reply is None) == (self.failed is None):
            raise ValueError("either reply or failed must be given, and not both")
        return self

    def as_text(self, redaction: Redaction) -> str:
        """Its JSON: the reply as the journal would keep it, what has failed as events are kept.

        Raises BodyTooLarge.
        """
        said = {
            "failed": self.failed and redaction(self.failed),
            "model_calls": tuple(_discreet(call, redaction) for call in self.model_calls),
        }
        whole = self.model_copy(update=said).model_dump(mode="json", exclude_defaults=True)
        text = redaction.of_values(json_text(whole))
        if len(text.encode()) > LARGEST_REPORT_BYTES:
            size = f"{len(text.encode())} bytes; at most {LARGEST_REPORT_BYTES} are taken"
            raise BodyTooLarge(f"the report of the call is {size}")
        return text


def _discreet(call: PaidCall, redaction: Redaction) -> PaidCall:
    return call.model_copy(update={"fallback": call.fallback and redaction(call.fallback)})


class KnownCall(BaseModel):
    """What is known of a call before it is carried out: one of both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    report: CallReport | None = None
    settled: dict[str, dict[str, str]] | None = Field(
        default=None, description="It was decided that the topology goes on without it: by group, who has failed."
    )
