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


def test_it_ends_with_the_lines_that_the_system_prompt_asks_for_and_no_others() -> None:
    def lines(system: str) -> list[str]:
        text = demo_answer(ModelRequest(system=system, prompt="<task>\nRed?\n</task>\n<x>y</x>"))
        assert text.startswith("[demo] No model was used to answer: Red?\n" if "\n" in text else "[demo]")
        return text.splitlines()[1:]

    assert lines("End so:\n\nVERDICT: accept\nVERDICT: reject: <why>") == ["VERDICT: accept"]
    assert [line.split(":")[0] for line in lines("CONSENSUS: <yes or no>\nPOSITION: <what>")] == [
        "CONSENSUS",
        "POSITION",
    ]
    assert lines("POSITION of the moon, see POSITION: x") == []


def test_a_role_that_plans_gives_its_position_as_well() -> None:
    system = "Answer with a numbered list.\n\nPOSITION: <yours>"
    assert "\nPOSITION: [demo]" in demo_answer(ModelRequest(system=system, prompt="Red?"))


def test_a_prompt_of_nothing_but_tags_does_not_hold_it_up() -> None:
    started = time.process_time()
    for tag in ("<task>", "<workers>", "- a [", "</task>"):
        demo_answer(ModelRequest(system="1. [capability] what", prompt=tag * 50_000))
        demo_answer(ModelRequest(system="", prompt=tag * 50_000))
    assert time.process_time() - started < 2.0
