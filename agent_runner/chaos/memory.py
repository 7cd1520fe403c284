"""What the load was told, so that in the end the database can be held to it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent_runner.store.verify import Violation


@dataclass(slots=True)
class Reading:
    """One reader of one run's events: what it saw, over all its connections."""

    run_id: int
    seen: list[str] = field(default_factory=list[str])
    """The types of events 1, 2, 3 …"""
    resumes: int = 0
    has_ended: bool = False
    is_over: bool = False
    """Its run was deleted."""


@dataclass(slots=True)
class Memory:
    """Acknowledged means: the API answered with success. What nobody answered is not held against anybody."""

    bodies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """What was asked for under each Idempotency-Key."""
    ids: dict[str, int] = field(default_factory=dict[str, int])
    """The run that each key was answered with."""
    runs_of_tasks: set[int] = field(default_factory=set[int])
    cancelled: set[int] = field(default_factory=set[int])
    """A cancel was acknowledged, and no rerun was asked for since."""
    deleted: set[int] = field(default_factory=set[int])
    perhaps_deleted: set[int] = field(default_factory=set[int])
    in_hand: set[int] = field(default_factory=set[int])
    """Somebody is changing these at the moment; two changes at once have no order to remember."""
    readings: list[Reading] = field(default_factory=list[Reading])
    violations: list[Violation] = field(default_factory=list[Violation])
    findings: list[str] = field(default_factory=list[str])
    """What should not happen, though it breaks no invariant: a traceback, a process that ends by itself."""
    counts: Counter[str] = field(default_factory=Counter[str])

    def acknowledge(self, key: str, run_id: int) -> None:
        """One run a key, until that run is deleted, which frees the key."""
        known = self.ids.get(key, run_id)
        if known != run_id and known not in self.may_be_missing:
            self.break_promise("I18", run_id, f"the key {key} was answered with run {known} before")
        self.ids[key] = run_id

    def break_promise(self, invariant: str, run_id: int | None, sentence: str) -> None:
        self.violations.append(Violation(invariant=invariant, run_id=run_id, sentence=sentence))

    def find(self, sentence: str) -> None:
        self.findings.append(sentence)

    @property
    def may_be_missing(self) -> set[int]:
        return self.deleted | self.perhaps_deleted

    @property
    def acknowledged(self) -> set[int]:
        """Every run that must be there."""
        return (set(self.ids.values()) | self.runs_of_tasks) - self.may_be_missing
