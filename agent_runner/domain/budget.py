"""What a run may consume. Looked at before each model call; how long it may work is its time limit."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

WORDS: Final = {"cost_usd": "US dollars", "tokens": "tokens", "model_calls": "model calls"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    cost_usd: float = 0.0
    """Of the calls whose price is known."""
    tokens: int = 0
    """In and out; estimated where a server does not count."""
    model_calls: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """The limit that allows no further call."""

    budget: str
    limit: float
    used: float

    @property
    def sentence(self) -> str:
        used = f"{self.used:g}" if self.budget == "cost_usd" else f"{self.used}"
        return (
            f"the run has reached its budget of {self.limit} {WORDS[self.budget]} ({self.budget}): it has used {used}"
        )


class Budget(BaseModel):
    """None: no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cost_usd: float | None = Field(default=None, gt=0, le=1_000_000)
    tokens: int | None = Field(default=None, gt=0, le=10**15)
    model_calls: int | None = Field(default=None, gt=0, le=10**9)

    def over(self, default: "Budget") -> "Budget":
        """These limits, and where there is none, those of `default`."""
        return Budget.model_validate(default.model_dump() | self.model_dump(exclude_none=True))

    def reached_by(self, consumed: Consumed) -> Reached | None:
        """The first limit at which no further call may follow; None while all have room."""
        for name in WORDS:
            limit, used = getattr(self, name), getattr(consumed, name)
            if limit is not None and used >= limit:
                return Reached(name, limit, used)
        return None
