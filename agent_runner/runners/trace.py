"""What the events of a run tell of its agents."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent_runner.domain.events import EventType
from agent_runner.runners.base import Span


class Trace:
    """Spans in the order in which they began. One that began and was begun again, after a crash, stays open."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._counts: Counter[str] = Counter()

    @property
    def spans(self) -> Sequence[Span]:
        return tuple(self._spans)

    def count(self, event_type: EventType) -> int:
        """Of events that have a node."""
        return self._counts[event_type]

    def add(self, event: Mapping[str, Any]) -> None:
        node = event["payload"].get("node")
        if node is None:
            return
        self._counts[event["event_type"]] += 1
        at = datetime.fromisoformat(event["timestamp"])
        match event["event_type"]:
            case EventType.AGENT_START:
                self._spans.append(Span(node=node, started_at=at, ended_at=None))
            case EventType.AGENT_COMPLETE:
                self._end(node, at)
            case _:
                pass

    def _end(self, node: str, at: datetime) -> None:
        for place in range(len(self._spans) - 1, -1, -1):
            if self._spans[place].node == node and self._spans[place].ended_at is None:
                self._spans[place] = replace(self._spans[place], ended_at=at)
                return
