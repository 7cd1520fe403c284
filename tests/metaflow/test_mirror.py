"""A flow and its worker over the real socket: one outcome, every call once, whatever fails and whoever dies."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent_runner.agents.typed.call import Call
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome, Reply
from agent_runner.domain.topology import OnFailure
from agent_runner.errors import AgentError, OverBudget, TopologyFailed
from agent_runner.runners.metaflow.asking import OfWorker
from agent_runner.runners.metaflow.drive import serving
from agent_runner.runners.metaflow.line import Ended, ReplyWanted, ask_worker
from agent_runner.runners.metaflow.mirror import OVER, FlowEnded, Mirror
from agent_runner.topologies.play import play
from tests.metaflow.steps import Plain, Said, by_steps
from tests.metaflow.teams import composed, teams


class Killed(BaseException):
    """The worker dies here."""


class Journaled(Plain):
    """Calls and settlements once in the life of the run; it dies before the call of that number, counted from 1."""

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self.replies: dict[str, Reply] = {}
        self.settled: dict[str, dict[str, str]] = {}
        self.dies_before = 0
        self.begun = 0

    async def call(self, call: Call) -> Reply:
        if call.key not in self.replies:
            self.begun += 1
            if self.begun == self.dies_before:
                raise Killed
            self.replies[call.key] = await super().call(call)
        return self.replies[call.key]

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        if key not in self.settled:
            self.settled[key] = await find()
        return self.settled[key]


async def attempt(composition: Composition, stage: Journaled, line: Path) -> str:
    """One attempt of a run, with a new flow; what it comes to, as far as both agree."""
    mirror = Mirror(stage, "Decide.")
    async with serving(mirror, line):
        flow = asyncio.ensure_future(asyncio.to_thread(by_steps, composition, OfWorker(str(line))))
        playing = asyncio.ensure_future(play(mirror, composition, "Decide."))
        await asyncio.wait({flow, playing}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            mirror.flow_has_ended()
        try:
            outcome: AnyOutcome = await playing
        finally:
            if playing.exception() is not None:
                mirror.let_go()
            await asyncio.wait({flow})
            flow.exception()
        assert mirror.outcome == outcome.model_dump(mode="json") == flow.result()
        return outcome.model_dump_json()


def expected(composition: Composition, seed: int, share: float) -> str:
    async def without() -> AnyOutcome:
        return await play(Plain(Said(seed, share)), composition, "Decide.")

    try:
        return asyncio.run(without()).model_dump_json()
    except AgentError as error:
        return f"{type(error).__name__}: {error.message}"


async def found(composition: Composition, stage: Journaled, line: Path) -> str:
    try:
        return await attempt(composition, stage, line)
    except AgentError as error:
        return f"{type(error).__name__}: {error.message}"


@pytest.mark.parametrize("name", teams())
def test_a_worker_that_dies_anywhere_and_begins_a_new_flow_comes_to_the_same(name: str, tmp_path: Path) -> None:
    composition = composed(name, OnFailure.SKIP)
    for seed in range(3):
        outcome = expected(composition, seed, 0.15)
        whole = Journaled(Said(seed, 0.15))
        assert asyncio.run(found(composition, whole, tmp_path / f"{seed}")) == outcome
        for number in range(1, whole.begun + 1, 1 + whole.begun // 4):
            said = Said(seed, 0.15)
            stage = Journaled(said)
            stage.dies_before = number
            with pytest.raises(Killed):
                asyncio.run(attempt(composition, stage, tmp_path / f"{seed}-{number}-1"))
            stage.dies_before = 0
            assert asyncio.run(found(composition, stage, tmp_path / f"{seed}-{number}-2")) == outcome
            answered = [key for key in said.asked if key in stage.replies]
            assert len(answered) == len(set(answered))


@pytest.mark.parametrize("name", ["pipe", "answers", "at-once"])
def test_where_a_failure_counts_the_sentence_is_that_of_the_topology(name: str, tmp_path: Path) -> None:
    composition = composed(name)
    sentences = {seed: expected(composition, seed, 0.3) for seed in range(6)}
    assert any(sentence.startswith("AgentFailed") for sentence in sentences.values())
    for seed, sentence in sentences.items():
        stage = Journaled(Said(seed, 0.3))
        said = asyncio.run(found(composition, stage, tmp_path / f"{seed}"))
        assert said == sentence or said.partition(":")[0] == sentence.partition(":")[0] == "AgentFailed"


class OverBudgetAtOnce(Journaled):
    async def call(self, call: Call) -> Reply:
        self.begun += 1
        raise OverBudget("no more")


async def test_after_a_stop_nothing_more_is_begun() -> None:
    stage = OverBudgetAtOnce(Said(0, 0.0))
    mirror = Mirror(stage, "Decide.")
    playing = asyncio.ensure_future(play(mirror, composed("answers"), "Decide."))
    answer = await mirror.heed(ReplyWanted(key="ensemble/member/ann", known=()))
    with pytest.raises(OverBudget):
        await playing
    assert (answer.over, stage.begun) == (OVER, 1)


class SettledElsewhere(Journaled):
    def __init__(self) -> None:
        super().__init__(Said(0, 0.0))
        self.may_tell = asyncio.Event()

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        await self.may_tell.wait()
        return {"ensemble/member/ann": "gone"}


async def test_who_waits_for_what_turns_out_to_be_settled_is_told_so() -> None:
    stage = SettledElsewhere()
    mirror = Mirror(stage, "Decide.")
    playing = asyncio.ensure_future(play(mirror, composed("answers", OnFailure.SKIP), "Decide."))
    asking = asyncio.ensure_future(mirror.heed(ReplyWanted(key="ensemble/member/ann", known=())))
    await asyncio.sleep(0)
    stage.may_tell.set()
    settled = (await asking).settled
    playing.cancel()
    assert settled == {"ensemble/member/settled": {"ensemble/member/ann": "gone"}}


async def test_a_flow_of_which_only_the_end_was_left_is_believed_by_the_journal() -> None:
    composition, stage = composed("pipe"), Journaled(Said(0, 0.0))
    outcome = await play(stage, composition, "Decide.")
    mirror = Mirror(stage, "Decide.")
    playing = asyncio.ensure_future(play(mirror, composition, "Decide."))
    await mirror.heed(Ended(outcome=outcome.model_dump(mode="json"), known=tuple(stage.replies)))
    assert await playing == outcome
    assert mirror.outcome == outcome.model_dump(mode="json")


async def test_a_flow_that_ends_early_leaves_nobody_waiting(tmp_path: Path) -> None:
    composition = composed("pipe")
    mirror = Mirror(Journaled(Said(0, 0.0)), "Decide.")
    playing = asyncio.ensure_future(play(mirror, composition, "Decide."))
    await asyncio.sleep(0)
    mirror.flow_has_ended()
    with pytest.raises(FlowEnded):
        await playing


async def test_a_task_that_nobody_needs_any_more_is_told_so(tmp_path: Path) -> None:
    line = tmp_path / "line"
    mirror = Mirror(Journaled(Said(0, 0.0)), "Decide.")
    async with serving(mirror, line):
        asking = asyncio.ensure_future(asyncio.to_thread(ask_worker, str(line), ReplyWanted(key="x", known=())))
        async with asyncio.timeout(10):
            while "x" not in mirror._asked:
                await asyncio.sleep(0.005)
        mirror.let_go()
        with pytest.raises(TopologyFailed, match=OVER):
            await asking
    with pytest.raises(TopologyFailed, match="cannot be reached"):
        await asyncio.to_thread(ask_worker, str(line), ReplyWanted(key="x", known=()))


async def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    place = tmp_path / ("x" * 100)
    place.mkdir()
    mirror = Mirror(Journaled(Said(0, 0.0)), "Decide \u00fc.")
    async with serving(mirror, place / "line"):
        task = await asyncio.to_thread(OfWorker(str(place / "line")).task, None)
        assert (place / "line").stat().st_mode & 0o777 == 0o600
    assert task == "Decide \u00fc."
