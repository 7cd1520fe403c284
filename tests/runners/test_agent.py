"""The agent `topology:NAME` in a worker: what it refuses, what its result says, and what a worker may take from it."""

import json

import pytest
from pydantic import TypeAdapter

from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.composition import compose
from agent_runner.domain.outcome import AnyOutcome, PipelineOutcome, Reply
from agent_runner.errors import InvalidInput, PermanentAgentError
from agent_runner.runners import AsyncRunner, LocalRunner, Runner, RunnerRegistry, runner
from agent_runner.runners.agent import TopologyAgent
from agent_runner.runners.perform import LARGEST_RESULT, outcome_in, result_of
from agent_runner.runners.registry import _REGISTERED
from tests.agents.memory_context import MemoryContext
from tests.runners.casts import AGENTS, PIPELINE, composed
from tests.worker.conftest import CountingModel


def context_of(model: CountingModel, *, kind: str = "local") -> MemoryContext:
    context = MemoryContext(model)
    context.composition = composed(PIPELINE, runner=kind)
    return context


async def test_a_runner_that_is_not_here_is_named_with_those_that_are() -> None:
    with pytest.raises(PermanentAgentError, match="no runner 'mine'; it has: async, local"):
        await TopologyAgent().run(context_of(CountingModel(), kind="mine"))


async def test_one_of_your_own_is_found_by_its_name() -> None:
    @runner("mine")
    class MyRunner(LocalRunner):
        pass

    try:
        result = await TopologyAgent().run(context_of(CountingModel(), kind="mine"))
        assert result["output"]
        assert "mine" in RunnerRegistry().names
    finally:
        del _REGISTERED["mine"]
    assert MyRunner.name == "mine"
    assert LocalRunner.name == "local"


async def test_a_class_without_a_name_cannot_run() -> None:
    class Nameless(Runner):
        async def play(self, context: object, composition: object, task: str) -> AnyOutcome:
            raise AssertionError("it is never asked")

    with pytest.raises(InvalidInput, match="the runner Nameless has no name"):
        await Nameless().run(PIPELINE, AGENTS, "Write a haiku")


@pytest.mark.parametrize("given", [0, 1001, "5", True, 2.5, None])
def test_a_bound_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(PermanentAgentError, match="max_concurrent"):
        AsyncRunner.of_run({"max_concurrent": given})


async def test_nobody_is_paid_when_one_agent_cannot_work_here() -> None:
    model = CountingModel()
    context = MemoryContext(model)
    broken = AgentType(name="bob", config=AgentConfig(mixins=("nowhere",)))
    context.composition = compose(PIPELINE, {**AGENTS, "bob": broken})
    with pytest.raises(PermanentAgentError, match=r"the agent bob cannot work here: .*no mixin 'nowhere'"):
        await TopologyAgent().run(context)
    assert model.asked == []


def test_a_result_that_would_be_too_large_says_that_it_is_shortened() -> None:
    replies = [Reply(node=f"n-{number}", agent="ann", text="ä" * 200_000) for number in range(9)]
    outcome = PipelineOutcome(output=replies[-1].text, stages=tuple(replies))
    text = json.dumps(result_of(outcome, is_demo=True))
    assert len(text) <= LARGEST_RESULT + 2000
    read = outcome_in(text)
    assert isinstance(read, PipelineOutcome)
    assert [reply.node for reply in read.stages] == [reply.node for reply in replies]
    assert all(reply.text.endswith("[200000 characters, shortened]") for reply in read.stages)
    assert "demo model" in json.loads(text)["note"]
    small = PipelineOutcome(output="yes", stages=())
    assert outcome_in(json.dumps(result_of(small, is_demo=False))) == small
    assert TypeAdapter[AnyOutcome](AnyOutcome).validate_python(small.model_dump()) == small
