"""When a failed attempt is tried again."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential backoff with jitter: attempt n waits between half and all of `base * 2**(n-1)`, at most `longest`."""

    base_seconds: float = 2.0
    longest_seconds: float = 300.0

    def delay(self, attempt: int, chance: random.Random) -> timedelta:
        """The wait before the attempt that follows `attempt` (1, 2, …)."""
        full = min(self.longest_seconds, self.base_seconds * 2 ** min(attempt - 1, 30))
        return timedelta(seconds=full * chance.uniform(0.5, 1.0))
