"""The verdict: the invariants of the tables, and what the load remembers, held against the same database."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent_runner.chaos.memory import Memory
from agent_runner.domain.events import EventType
from agent_runner.domain.run import RunStatus
from agent_runner.store.events import events_after
from agent_runner.store.run_queries import RunFilter, RunRecord, list_runs
from agent_runner.store.session import ReadSession
from agent_runner.store.steps import RecordedStep, journal
from agent_runner.store.verify import Violation, verify

A_PAGE: Final = 500
TRACEBACK: Final = "Traceback (most recent call last)"
LOST_WORKER: Final = "worker was lost"
"""In the reason of a run that was abandoned or cancelled instead of being queued again."""


@dataclass(frozen=True, slots=True)
class Story:
    """All that is recorded of one run."""

    run: RunRecord
    events: Sequence[Mapping[str, Any]]
    steps: Mapping[str, RecordedStep]

    def types(self) -> list[str]:
        return [event["event_type"] for event in self.events]

    def broken(self, sentence: str, invariant: str = "I8") -> Violation:
        return Violation(invariant=invariant, run_id=self.run.id, sentence=sentence)


def all_stories(session: ReadSession) -> Sequence[Story]:
    return [Story(run, _events(session, run.id), journal(session, run.id)) for run in _all_runs(session)]


def judge(session: ReadSession, memory: Memory, stories: Sequence[Story]) -> Sequence[Violation]:
    """All workers have ended, and nothing is under way."""
    found = [*memory.violations, *verify(session, idle=True, acknowledged=sorted(memory.acknowledged))]
    found += _keys(memory, stories)
    for story in stories:
        found += _finished_work(story)
        found += _failures(story)
        if story.run.id in memory.cancelled and story.run.status == RunStatus.COMPLETED:
            found.append(story.broken("its cancel was acknowledged, and it is COMPLETED", "I11"))
    return [*found, *_readings(memory, {story.run.id: story for story in stories})]


def attempts_lost(stories: Sequence[Story]) -> int:
    """How often a run was taken back from a worker that was killed or paused."""
    return sum(
        event["event_type"] == EventType.RUN_LEASE_EXPIRED or LOST_WORKER in json.dumps(event["payload"])
        for story in stories
        for event in story.events
    )


def tracebacks(logs: Sequence[Path]) -> Iterator[str]:
    """The last line of each traceback, where a process has printed one."""
    for log in logs:
        lines = log.read_text(errors="replace").splitlines()
        for number, line in enumerate(lines):
            if TRACEBACK in line:
                rest = (said for said in lines[number + 1 :] if said and not said[0].isspace())
                yield f"{log.name}:{number + 1}: a traceback: {next(rest, 'cut off')[:300]}"


def _all_runs(session: ReadSession) -> Iterator[RunRecord]:
    after_id = None
    while page := list_runs(session, RunFilter(), after_id=after_id, limit=A_PAGE):
        yield from page
        after_id = page[-1].id


def _events(session: ReadSession, run_id: int) -> Sequence[Mapping[str, Any]]:
    events: list[Mapping[str, Any]] = []
    while page := events_after(session, run_id, len(events), A_PAGE).events:
        events += [json.loads(text) for _, text in page]
    return events


def _keys(memory: Memory, stories: Sequence[Story]) -> Iterator[Violation]:
    """Every request has one run, and no run is there that nobody was told of."""
    expected = memory.acknowledged | memory.perhaps_deleted
    for story in stories:
        run_id = story.run.id
        if run_id in memory.deleted:
            yield story.broken("its DELETE was acknowledged, and it is there", "I16")
        elif run_id not in expected and story.run.task_id is None:
            yield story.broken(f"nobody was told of this run; its goal is {story.run.goal!r}", "I18")


def _finished_work(story: Story) -> Iterator[Violation]:
    """A finished step is paid once, told once, and never begun again. The simple agent says when it begins one."""
    if story.run.model_calls != len(story.steps):
        yield story.broken(f"{story.run.model_calls} model calls were counted for {len(story.steps)} finished steps")
    plans = story.types().count(EventType.PLAN_GENERATED)
    if plans != ("plan" in story.steps):
        yield story.broken(f"its plan was told {plans} times")
    if story.run.status == RunStatus.COMPLETED and sorted(story.steps) != [*_EXECUTED, "plan"]:
        yield story.broken(f"it is COMPLETED with the steps {sorted(story.steps)}")
    begun: set[tuple[int, str]] = set()
    fence = 0
    for event in story.events:
        payload = event["payload"]
        if event["event_type"] == EventType.RUN_STARTED:
            fence = payload["fence"]
        if event["event_type"] == EventType.EXECUTING:
            key = f"execute/{payload['step']}"
            done = story.steps.get(key)
            if done is not None and done.fence < fence:
                yield story.broken(f"{key} was done under fence {done.fence} and begun again under {fence}")
            if (fence, key) in begun:
                yield story.broken(f"{key} was begun twice under fence {fence}")
            begun.add((fence, key))


def _failures(story: Story) -> Iterator[Violation]:
    """Neither the simple agent nor the demo model can fail, so an attempt may be lost, and nothing else."""
    for event in story.events:
        if event["event_type"] in {EventType.RUN_FAILED, EventType.RUN_RETRY_SCHEDULED}:
            error = event["payload"]["error"]
            if LOST_WORKER not in error:
                yield story.broken(f"an attempt was charged that nobody has lost: {error}", "I7")


_EXECUTED: Final = ("execute/1", "execute/2", "execute/3")
"""The demo model's plan has three steps."""


def _readings(memory: Memory, stories: Mapping[int, Story]) -> Iterator[Violation]:
    """What readers saw live is what is recorded."""
    for reading in memory.readings:
        story = stories.get(reading.run_id)
        if story is not None and story.types()[: len(reading.seen)] != reading.seen:
            yield story.broken(f"a reader saw {reading.seen}, and recorded is {story.types()}", "I15")
