"""How a figure is made: contenders take turns, every one is repeated, and the median counts."""

import math
import statistics
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Sample = Mapping[str, float]
"""What one try of a contender measured, by the name of the metric."""
Contender = Callable[[], Awaitable[Sample]]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not below `percent` of all values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True)
class Measured:
    """The samples of each contender, in the order of the repeats."""

    samples: Mapping[str, Sequence[Sample]]

    def values(self, contender: str, metric: str) -> tuple[float, ...]:
        return tuple(sample[metric] for sample in self.samples[contender])

    def median(self, contender: str, metric: str) -> float:
        return statistics.median(self.values(contender, metric))

    def ratios(self, metric: str, contender: str, to: str) -> tuple[float, ...]:
        """One ratio per repeat: both sides were measured moments apart, so the drift of the machine cancels out."""
        pairs = zip(self.values(contender, metric), self.values(to, metric), strict=True)
        return tuple(one / other for one, other in pairs)


async def interleaved(contenders: Mapping[str, Contender], repeats: int) -> Measured:
    """Every contender once, then every one again; each round begins with another one."""
    samples: defaultdict[str, list[Sample]] = defaultdict(list)
    names = list(contenders)
    for number in range(repeats):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            samples[name].append(await contenders[name]())
    return Measured(samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured: shares of the full sizes and times, and how often."""

    name: str
    repeats: int
    share: float
    time_share: float

    def size(self, full: int, *, least: int = 1) -> int:
        return max(least, round(full * self.share))


FULL: Final = Scale(name="full", repeats=5, share=1.0, time_share=1.0)
QUICK: Final = Scale(name="quick", repeats=3, share=0.1, time_share=0.5)
