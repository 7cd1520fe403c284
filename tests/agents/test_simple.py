"""The simple agent over a journal in memory, with the demo model and with scripted answers."""

from collections.abc import Callable

import pytest

from agent_runner.agents.simple import LONGEST_EARLIER_OUTPUT, LONGEST_OUTPUTS, SimpleAgent
from agent_runner.domain.events import AgentThinking, Executing, PlanGenerated
from agent_runner.errors import JournalMismatch
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.llm.conversation import Conversation, Reply
from agent_runner.llm.demo import DemoModel
from tests.agents.memory_context import Killed, MemoryContext


class PlanningModel:
    """Plans as it is told, and answers each step with its number."""

    name = "planning:model"

    def __init__(self, plan: str = "1. First\n2. Second\n3. Third", answer: Callable[[int], str] | None = None) -> None:
        self.requests: list[ModelRequest] = []
        self._plan = plan
        self._answer = answer or "output {}".format

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        self.requests.append(request)
        text = self._plan if "numbered list" in request.system else self._answer(len(self.requests) - 1)
        return ModelAnswer(text=text, model=self.name, input_tokens=10, output_tokens=5)

    async def converse(self, conversation: Conversation) -> Reply:
        raise AssertionError(f"nobody asked for tools: {conversation.text}")

    async def close(self) -> None:
        pass


async def test_a_run_thinks_plans_and_executes() -> None:
    context = MemoryContext(PlanningModel())
    result = await SimpleAgent().run(context)
    assert context.events == [
        AgentThinking(message="Planning with planning:model"),
        PlanGenerated(steps=["First", "Second", "Third"]),
        Executing(step=1, of=3, description="First"),
        Executing(step=2, of=3, description="Second"),
        Executing(step=3, of=3, description="Third"),
    ]
    assert context.roles == {"simple"}
    assert list(context.journal) == ["plan", "execute/1", "execute/2", "execute/3"]
    assert result == {
        "summary": "output 3",
        "steps": [
            {"step": "First", "output": "output 1"},
            {"step": "Second", "output": "output 2"},
            {"step": "Third", "output": "output 3"},
        ],
        "model": "planning:model",
    }


async def test_iteration_and_progress_only_go_forward_and_end_at_one() -> None:
    context = MemoryContext(PlanningModel())
    await SimpleAgent().run(context)
    iterations = [report["iteration"] for report in context.reports if "iteration" in report]
    progress = [report["progress"] for report in context.reports]
    assert iterations == [1, 2, 3, 4]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)
    assert {report.get("current_agent", "simple") for report in context.reports} == {"simple"}


async def test_a_step_sees_the_goal_the_plan_the_input_and_what_was_done_before() -> None:
    model = PlanningModel()
    context = MemoryContext(model, goal="Cost: $5 {and} ${more}", given={"b": 2, "a": "ä"})
    await SimpleAgent().run(context)
    plan, first, second, _ = (request.prompt for request in model.requests)
    assert "<goal>\nCost: $5 {and} ${more}\n</goal>" in plan
    assert '<input>\n{"a": "ä", "b": 2}\n</input>' in plan
    assert "1. First\n2. Second\n3. Third" in first
    assert "none yet" in first
    assert first.endswith("Step 1 of 3: First")
    assert "1. output 1" in second
    assert second.endswith("Step 2 of 3: Second")


async def test_outputs_are_shortened_for_the_next_step_and_bounded_in_the_result() -> None:
    model = PlanningModel(answer=lambda _: "x" * 200_000)
    result = await SimpleAgent().run(MemoryContext(model))
    assert len(model.requests[-1].prompt) < 2 * LONGEST_EARLIER_OUTPUT + 2000
    assert isinstance(result["steps"], list)
    outputs = [step["output"] for step in result["steps"] if isinstance(step, dict)]
    assert sum(len(output) for output in outputs if isinstance(output, str)) <= LONGEST_OUTPUTS
    assert all("200000 characters, shortened" in str(output) for output in outputs)


async def test_a_plan_that_cannot_be_read_makes_the_goal_the_only_step() -> None:
    context = MemoryContext(PlanningModel(plan="I would rather not."), goal="Say hello")
    await SimpleAgent().run(context)
    assert context.events[1:] == [
        PlanGenerated(steps=["Say hello"]),
        Executing(step=1, of=1, description="Say hello"),
    ]


@pytest.mark.parametrize("dies_before", ["execute/1", "execute/2", "execute/3"])
async def test_a_killed_run_goes_on_without_repeating_a_finished_call(dies_before: str) -> None:
    model = PlanningModel()
    killed = MemoryContext(model)
    killed.die_before = dies_before
    agent = SimpleAgent()
    with pytest.raises(Killed):
        await agent.run(killed)
    paid_before = len(model.requests)
    assert paid_before == len(killed.journal)

    resumed = MemoryContext(model, journal=killed.journal)
    result = await agent.run(resumed)
    assert len(model.requests) == 4
    assert len({request.prompt for request in model.requests}) == 4
    assert result["summary"] == "output 3"
    assert resumed.events[-1] == Executing(step=3, of=3, description="Third")


async def test_a_finished_run_is_replayed_without_a_single_call() -> None:
    model = PlanningModel()
    first = MemoryContext(model)
    result = await SimpleAgent().run(first)
    model.requests.clear()
    again = await SimpleAgent().run(MemoryContext(model, journal=first.journal))
    assert again == result
    assert model.requests == []


async def test_another_goal_does_not_replay_this_journal() -> None:
    first = MemoryContext(PlanningModel())
    await SimpleAgent().run(first)
    with pytest.raises(JournalMismatch):
        await SimpleAgent().run(MemoryContext(PlanningModel(), goal="Something else", journal=first.journal))


async def test_the_demo_model_walks_through_the_whole_lifecycle_and_says_that_it_is_none() -> None:
    context = MemoryContext(DemoModel(step_seconds=0), goal="Test execution")
    result = await SimpleAgent().run(context)
    assert [event.type.value for event in context.events] == [
        "AGENT_THINKING",
        "PLAN_GENERATED",
        "EXECUTING",
        "EXECUTING",
        "EXECUTING",
    ]
    plan = context.events[1]
    assert isinstance(plan, PlanGenerated)
    assert all("Test execution" in step for step in plan.steps)
    assert result["model"] == "demo"
    assert "no real model was used" in str(result["note"])
    assert isinstance(result["steps"], list)
    assert all("no model was used" in str(step) for step in result["steps"])


async def test_a_run_that_was_planned_by_the_demo_model_says_so_even_when_a_model_finishes_it() -> None:
    killed = MemoryContext(DemoModel(step_seconds=0))
    killed.die_before = "execute/1"
    with pytest.raises(Killed):
        await SimpleAgent().run(killed)
    result = await SimpleAgent().run(MemoryContext(PlanningModel(), journal=killed.journal))
    assert result["model"] == "planning:model"
    assert "note" in result
