"""What a run may consume. Looked at before each model call; how long it may work is its time limit."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from agent_runner.domain.approval import ApprovalKind, Question

WORDS: Final = {"cost_usd": "US dollars", "tokens": "tokens", "model_calls": "model calls"}

Amount = int | float


class OnBudget(StrEnum):
    """What a run does at a limit: it fails, or asks a person for more."""

    STOP = "stop"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    cost_usd: float = 0.0
    """Of the calls whose price is known."""
    tokens: int = 0
    """In and out; estimated where a server does not count."""
    model_calls: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """The limit that allows no further call, and how much more a person is asked to grant."""

    budget: str
    limit: Amount
    used: Amount
    adds: Amount

    @property
    def sentence(self) -> str:
        limit, used = shown(self.limit), shown(self.used)
        return f"the run has reached its budget of {limit} {WORDS[self.budget]} ({self.budget}): it has used {used}"

    def question(self, expires_in_seconds: float | None) -> Question:
        return Question(
            kind=ApprovalKind.BUDGET,
            text=f"{self.sentence}; may it use {shown(self.adds)} more?",
            detail=asdict(self),
            expires_in_seconds=expires_in_seconds,
        )

    @classmethod
    def asked_in(cls, question: Question) -> Self:
        detail: dict[str, Any] = question.detail
        return cls(**detail)


class Budget(BaseModel):
    """None: no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cost_usd: float | None = Field(default=None, gt=0, le=1_000_000)
    tokens: int | None = Field(default=None, gt=0, le=10**15)
    model_calls: int | None = Field(default=None, gt=0, le=10**9)

    def over(self, default: "Budget") -> Self:
        """These limits, and where there is none, those of `default`."""
        return self.model_validate(default.model_dump() | self.model_dump(exclude_none=True))


class RunBudget(Budget):
    """The limits with which a run began, what it does at one, and what people have granted it since."""

    on_budget: OnBudget = OnBudget.STOP
    ask_seconds: float | None = Field(default=None, gt=0)
    """How long a question for more stays open; None: until somebody answers."""
    granted: dict[str, Amount] = {}
    """By limit: how much lies beyond the first one."""

    @staticmethod
    def read(text: str | None) -> "RunBudget":
        """From the JSON that a run keeps; None is no limit at all."""
        return RunBudget.model_validate_json(text) if text else NO_LIMIT

    @property
    def text(self) -> str | None:
        """What `read` reads."""
        return None if self == NO_LIMIT else self.model_dump_json(exclude_defaults=True)

    def limits(self) -> dict[str, Any]:
        """All limits as they are now, with what was granted; None where there is none."""
        first: dict[str, Any] = {name: getattr(self, name) for name in WORDS}
        return {name: limit and limit + self.granted.get(name, 0) for name, limit in first.items()}

    def reached_by(self, consumed: Consumed) -> Reached | None:
        """The first limit at which no further call may follow; None while all have room."""
        for name, limit in self.limits().items():
            used = getattr(consumed, name)
            if limit is not None and used >= limit:
                return Reached(name, limit, used, adds=getattr(self, name))
        return None

    def raised(self, reached: Reached) -> Self:
        """As much again as the first limit, from what was used when it was asked."""
        return self.model_copy(update={"granted": self.granted | {reached.budget: reached.used}})

    def as_begun(self) -> Self:
        """Without what was granted: that was for the run that asked."""
        return self.model_copy(update={"granted": {}})

    def replaced(self, limits: Budget) -> Self:
        """With the limits that are named, which then count from zero."""
        named = limits.model_dump(exclude_none=True)
        granted = {name: more for name, more in self.granted.items() if name not in named}
        return self.model_copy(update={**named, "granted": granted})


NO_LIMIT: Final = RunBudget()
"""Made once: most runs have none, and each claim reads its budget."""


def shown(amount: Amount) -> str:
    """As people write it: 12, 0.5, never 0.30000000000000004."""
    return f"{amount:.6f}".rstrip("0").rstrip(".")
