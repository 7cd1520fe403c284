"""Row t: what an agent call of a topology costs beyond its model, the first time and when it is replayed."""

import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.topology import PipelineConfig, TopologyType
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.runners.agent import TopologyAgent
from agent_runner.runners.local import LocalRunner
from agent_runner.store.new_runs import CreatedRun, create_runs
from scripts.bench.agents import NoModel
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import new_run, worker
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.place import url_of
from scripts.bench.raw_commit import connect, queue_runs
from scripts.bench.raw_pipeline import Operation, RawWriter, add_step, claim

CALLS: Final = 200
STEPS_A_CALL: Final = 2
"""The model's answer is one, the agent's reply the other; the reply goes out with the next call's answer."""
BY_HAND: Final = f"sqlite3 by hand, a commit of {STEPS_A_CALL} steps"


async def measure(bench: Bench) -> list[Figure]:
    calls = bench.scale.size(CALLS, least=5)
    measured = await interleaved({"ours": _ours(bench, calls), BY_HAND: _by_hand(bench, calls)}, bench.scale.repeats)
    return [
        Figure(
            what=f"an agent call of a pipeline of {calls} on LocalRunner, beyond its model, p50",
            unit="ms",
            values=measured.values("ours", "first_ms"),
            at_most=2,
            beside={BY_HAND: measured.median(BY_HAND, "ms")},
        ),
        Figure(
            what="the same, replayed, mean",
            unit="ms",
            values=measured.values("ours", "replayed_ms"),
        ),
    ]


class InstantModel(NoModel):
    """Answers at once, and notes when."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.answered: list[float] = []

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        self.asked.append(time.perf_counter())
        answer = ModelAnswer(model=self.name, input_tokens=len(request.prompt), output_tokens=9, text="forty-two")
        self.answered.append(time.perf_counter())
        return answer

    def between(self) -> list[float]:
        """From each answer to the next question: all that is not the model."""
        return [asked - answered for answered, asked in zip(self.answered, self.asked[1:], strict=False)]


class TwiceAgent:
    """Plays the topology, fails, and plays it again from its journal."""

    def __init__(self) -> None:
        self._plays = TopologyAgent(only=LocalRunner())
        self.seconds: list[float] = []

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        began = time.perf_counter()
        result = await self._plays.run(context)
        self.seconds.append(time.perf_counter() - began)
        if context.attempt == 1:
            raise RuntimeError("the first attempt ends here, so that the second replays")
        return result


def _composition(calls: int) -> Composition:
    line = TopologyType(name="line", config=PipelineConfig(), slots={"stages": ("doer",) * calls})
    return compose(line, {"doer": AgentType(name="doer")})


def _ours(bench: Bench, calls: int) -> Contender:
    wanted = replace(new_run(), composition=_composition(calls).text)

    async def contender() -> Sample:
        agent, model = TwiceAgent(), InstantModel()
        async with bench.database() as (path, database):
            created: CreatedRun = await database.write_together(create_runs, wanted)
            await worker(database, url_of(path), agent, slots=1, model=model).drain()
        if len(model.asked) != calls or len(agent.seconds) != 2:
            raise RuntimeError(f"run {created.id} has asked {len(model.asked)} times in {len(agent.seconds)} attempts")
        return {
            "first_ms": 1000 * statistics.median(model.between()),
            "replayed_ms": 1000 * agent.seconds[1] / calls,
        }

    return contender


def _by_hand(bench: Bench, calls: int) -> Contender:
    async def contender() -> Sample:
        path = bench.place.new_database()
        try:
            return {"ms": 1000 * await _commits_by_hand(path, calls)}
        finally:
            bench.place.forget(path)

    return contender


async def _commits_by_hand(path: Path, calls: int) -> float:
    """Seconds that the commit of a call takes, p50."""
    connection = connect(path)
    queue_runs(connection, 1)
    connection.close()
    writer = RawWriter(path)
    try:
        [(run_id, fence)] = await writer.do(claim(1))
        times: list[float] = []
        for number in range(calls):
            began = time.perf_counter()
            await writer.do(_steps_of_a_call(run_id, fence, number))
            times.append(time.perf_counter() - began)
    finally:
        await writer.close()
    return statistics.median(times)


def _steps_of_a_call(run_id: int, fence: int, number: int) -> Operation:
    steps = [add_step(run_id, fence, STEPS_A_CALL * number + place) for place in range(STEPS_A_CALL)]

    def operation(connection: Any) -> None:
        for step in steps:
            step(connection)

    return operation
