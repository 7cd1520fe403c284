"""The same replies give the same outcome: one by one, at the same time, killed anywhere and resumed, or replayed."""

from collections import Counter
from collections.abc import Awaitable
from random import Random

import pytest

from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import CompoundOutcome, Outcome
from agent_runner.domain.topology import Pattern
from agent_runner.errors import AgentError
from agent_runner.topologies.play import play
from tests.topologies.cast import TASK
from tests.topologies.chance import composition_by, script_by
from tests.topologies.memory_stage import Journal, Killed, MemoryStage, Script, play_by_replay

SEEDS = range(80)
MOST_KILLS = 15
"""Of one topology; where it could be killed at more points, some are left out."""


async def end(stage: MemoryStage, composition: Composition) -> str:
    """The outcome, or the error, as bytes would be compared."""
    return await _text_of(play(stage, composition, TASK))


async def _text_of(playing: Awaitable[Outcome]) -> str:
    try:
        return (await playing).model_dump_json()
    except AgentError as error:
        return f"{type(error).__name__}: {error.message}"


async def killed_and_resumed(
    script: Script, composition: Composition, at: int, order: Random | None
) -> tuple[str, Journal]:
    journal = Journal()
    dying = MemoryStage(script, journal, order=order, die_at=at)
    with pytest.raises(Killed):
        await end(dying, composition)
    finished, made = set(journal.replies), journal.made.copy()
    resumed = await end(MemoryStage(script, journal, order=order), composition)
    assert {key: journal.made[key] for key in finished} == {key: made[key] for key in finished}, f"repeated after {at}"
    return resumed, journal


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_end_is_the_same_however_it_is_played(seed: int) -> None:
    composition, script = composition_by(Random(seed)), script_by(seed)
    first = MemoryStage(script)
    expected = await end(first, composition)
    keys, has_ended_well = first.journal.keys, expected.startswith("{")

    for number in range(4):
        at_once = MemoryStage(script, order=Random(f"{seed} {number}"), at_once=(1000, 2, 3, 1000)[number])
        assert await end(at_once, composition) == expected
        # What is under way beside a call that fails is carried to its end, so something more may be recorded.
        assert at_once.journal.keys == keys or (
            first.journal.made != at_once.journal.made and keys < at_once.journal.keys
        )

    assert await _text_of(play_by_replay(script, composition, TASK)) == expected

    points = range(1, first.points + 1)
    for at in points if len(points) <= MOST_KILLS else Random(seed).sample(points, MOST_KILLS):
        resumed, journal = await killed_and_resumed(script, composition, at, None)
        assert (resumed, journal.keys) == (expected, keys)
        resumed, journal = await killed_and_resumed(script, composition, at, Random(at))
        assert resumed == expected
        assert journal.keys == keys or keys < journal.keys

    if has_ended_well:
        again = MemoryStage(script, first.journal)
        made = first.journal.made.copy()
        assert (await end(again, composition), first.journal.made) == (expected, made)


async def test_the_seeds_reach_every_pattern_and_many_ways_to_end() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        stage = MemoryStage(script_by(seed))
        try:
            outcome = await play(stage, composition_by(Random(seed)), TASK)
        except AgentError as error:
            seen[type(error).__name__] += 1
        else:
            seen.update(kinds_of(outcome))
        seen["failures done without"] += any(stage.journal.settled.values())
    kinds = [outcome.__name__ for outcome in Outcome.__subclasses__()]
    assert len(kinds) == len(Pattern)
    assert [kind for kind in kinds if seen[kind] < 3] == []
    for kind in ("AgentFailed", "TopologyFailed", "PermanentAgentError", "failures done without"):
        assert seen[kind] >= 3, seen


def kinds_of(outcome: Outcome) -> list[str]:
    inner = outcome.parts if isinstance(outcome, CompoundOutcome) else ()
    return [type(outcome).__name__, *(kind for part in inner for kind in kinds_of(part.outcome))]
