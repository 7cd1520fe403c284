"""What can go wrong in one try of a model call, and how long to wait before the next."""

import math
import random
from dataclasses import dataclass

from agent_runner.domain.retry import RetryPolicy


class CallFailed(Exception):  # noqa: N818 - a fact about one try, caught by the retry loop; errors.py has what leaves this room
    """One try failed. `is_passing`: another try may help; `retry_after_seconds`: when the server would like it."""

    def __init__(self, sentence: str, *, is_passing: bool, retry_after_seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.is_passing = is_passing
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one try may take, and how often and after what wait another follows."""

    timeout_seconds: float
    max_retries: int
    base_seconds: float = 0.5
    longest_wait_seconds: float = 60.0

    def wait_seconds(self, tries: int, asked_seconds: float | None, chance: random.Random) -> float:
        """The wait after the given number of tries: what the server asked for, but never longer than the longest."""
        policy = RetryPolicy(base_seconds=self.base_seconds, longest_seconds=self.longest_wait_seconds)
        backoff = policy.delay(tries, chance).total_seconds()
        if asked_seconds is None or math.isnan(asked_seconds):
            return backoff
        return min(max(backoff, asked_seconds), self.longest_wait_seconds)
