"""A figure: what was measured, what it is compared with, and what it was meant to be."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`values` holds one value per repeat; the figure is their median.

    `beside` is what was measured in the same run, in the same unit.
    """

    what: str
    unit: str
    values: tuple[float, ...]
    at_least: float | None = None
    at_most: float | None = None
    beside: Mapping[str, float] = field(default_factory=dict[str, float])
    note: str = ""

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def target(self) -> str:
        bounds = [f"≥ {spelled(self.at_least)}"] if self.at_least is not None else []
        bounds += [f"≤ {spelled(self.at_most)}"] if self.at_most is not None else []
        return f"{' and '.join(bounds)} {self.unit}" if bounds else ""

    @property
    def is_met(self) -> bool | None:
        """None without a target."""
        if self.at_least is None and self.at_most is None:
            return None
        low, high = self.at_least, self.at_most
        return (low is None or self.value >= low) and (high is None or self.value <= high)

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "median": rounded(self.value),
            "repeats": [rounded(value) for value in self.values],
            "beside": {name: rounded(value) for name, value in self.beside.items()},
            "target": self.target,
            "is_met": self.is_met,
            "note": self.note,
        }


def rounded(value: float) -> float:
    """Four digits that count: more would claim more than was measured."""
    return float(f"{value:.4g}")


def spelled(value: float) -> str:
    """`12,345`, `123`, `1.23`, `0.0123`: three digits, and whole numbers whole."""
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}"
