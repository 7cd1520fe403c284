"""The demo model: deterministic, quick to explain itself."""

import time

from agent_runner.llm.base import ModelRequest
from agent_runner.llm.demo import LONGEST_QUOTE, DemoModel, demo_answer


async def test_an_answer_takes_its_time_counts_its_tokens_as_estimated_and_costs_nothing() -> None:
    model = DemoModel(step_seconds=0.05)
    started = time.monotonic()
    answer = await model.complete(ModelRequest(system="", prompt="Hello there"))
    assert time.monotonic() - started >= 0.045
    assert (model.name, answer.model, answer.is_estimated, answer.cost_usd) == ("demo", "demo", True, 0.0)
    assert answer.input_tokens > 0
    assert answer.output_tokens > 0
    await model.close()


async def test_the_same_question_gets_the_same_answer() -> None:
    request = ModelRequest(system="Answer with a numbered list", prompt="<goal>\nCount to ten\n</goal>")
    assert await DemoModel(0).complete(request) == await DemoModel(0).complete(request)


def test_an_answer_to_anything_says_that_no_model_was_used() -> None:
    for prompt in ("What is love?", "", "Step 2 of 3: Work it out"):
        assert "o model was used" in demo_answer(ModelRequest(system="Anything", prompt=prompt))


def test_a_long_goal_is_quoted_in_part() -> None:
    plan = demo_answer(ModelRequest(system="a numbered list", prompt=f"<goal>\n{'very ' * 1000}long\n</goal>"))
    assert all(len(line) < LONGEST_QUOTE + 50 for line in plan.splitlines())
    assert len(plan.splitlines()) == 3
