"""What coordinators really answer, and who gets what."""

import time
from typing import Any

import pytest

from agent_runner.domain.outcome import Reply
from agent_runner.topologies.tasks import LONGEST_TASK, Task, Worker, as_word, assign, read_tasks

KNOWN = frozenset({"research", "data-analysis", "ann"})
TWO = [Task("Find sources", "research"), Task("Count them", "data_analysis")]


def reply(text: str, data: Any = None) -> Reply:
    return Reply(node="boss", agent="boss", text=text, data=data)


PLANS = {
    "plain": "1. [research] Find sources\n2. [data_analysis] Count them",
    "parentheses": "1) [research] Find sources\n2) [data_analysis] Count them",
    "prose around": "Sure!\n\n1. [research] Find sources\n2. [data_analysis] Count them\n\nGood luck!",
    "bold": "1. **[research]** Find sources\n2. **[data_analysis]** Count them",
    "code": "1. `[research]` Find sources\n2. `[data_analysis]` Count them",
    "colon": "1. [research]: Find sources\n2. [data_analysis] - Count them",
    "bullets": "- [research] Find sources\n- [data_analysis] Count them",
    "no brackets": "1. research: Find sources\n2. data_analysis: Count them",
    "round brackets": "1. (research): Find sources\n2. (data_analysis): Count them",
    "at the end": "1. Find sources [research]\n2. Count them (data_analysis).",
    "array": '[{"capability": "research", "task": "Find sources"}, {"capability":"data_analysis","step":"Count them"}]',
    "object": '{"tasks": [{"capability": "research", "description": "Find sources"}, "[data_analysis] Count them"]}',
    "fenced": '```json\n[{"capability": "research", "task": "Find sources"}, "Count them (data_analysis)"]\n```',
    "thoughts": "<think>\n1. Hm\n</think>\n1. [research] Find sources\n2. [data_analysis] Count them",
}


@pytest.mark.parametrize("text", PLANS.values(), ids=list(PLANS))
def test_tasks_are_read_however_they_are_written(text: str) -> None:
    assert read_tasks(reply(text), "all", KNOWN) == TWO


def test_a_task_without_a_capability_is_for_anybody() -> None:
    found = read_tasks(reply("1. Find sources\n2. note: be quick\n3. Read [1]\n4. [astrology] Look up"), "all", KNOWN)
    assert found == [
        Task("Find sources"),
        Task("note: be quick"),
        Task("Read [1]"),
        Task("Look up", "astrology"),
    ]


@pytest.mark.parametrize("text", ["", "I cannot split this.", "[]", "{}", '{"tasks": []}', '["", "..."]', "1. ..."])
def test_an_answer_that_is_no_plan_is_one_task_the_whole(text: str) -> None:
    whole = "All of it\nand more"
    assert read_tasks(reply(text), whole, KNOWN) == [Task(whole)]


def test_the_data_of_an_answer_comes_first() -> None:
    assert read_tasks(reply("1. No", [{"task": "Yes"}]), "all", KNOWN) == [Task("Yes")]
    assert read_tasks(reply("x", ["a" * 10_000]), "all", KNOWN)[0].text == "a" * LONGEST_TASK
    assert read_tasks(reply("1. Yes", "said"), "all", KNOWN) == [Task("Yes")]


def test_long_tasks_stay_whole() -> None:
    text = "word " * 500
    assert read_tasks(reply("", [{"task": "a" * 10_000}]), "all", KNOWN)[0].text == "a" * LONGEST_TASK
    assert read_tasks(reply(f"1. [research] {text}"), "all", KNOWN) == [Task(text.strip(), "research")]


def test_all_tasks_are_read_so_that_it_can_be_said_how_many_are_too_many() -> None:
    plan = "\n".join(f"{number}. Do {number}" for number in range(1, 51))
    assert len(read_tasks(reply(plan), "all", KNOWN)) == 50


def worker(node: str, *can: str) -> Worker:
    return Worker(node, frozenset(can))


def nodes(given: list[Worker | None]) -> list[str | None]:
    return [worker and worker.node for worker in given]


def tasks(*capabilities: str | None) -> list[Task]:
    return [Task("do", capability) for capability in capabilities]


def test_who_can_do_it_and_has_least_gets_it_in_the_order_of_the_seats() -> None:
    team = [worker("ann", "write"), worker("bob", "write", "read"), worker("cem", "read")]
    assert nodes(assign(tasks("write", "write", "read", "read", "write"), team, None)) == [
        "ann", "bob", "cem", "bob", "ann"
    ]  # fmt: skip


def test_without_a_capability_or_when_nobody_has_it_the_least_loaded_of_all_gets_it() -> None:
    team = [worker("ann", "write"), worker("bob"), worker("cem")]
    assert nodes(assign(tasks("write", None, "fly", "fly"), team, None)) == ["ann", "bob", "cem", "ann"]


def test_nobody_gets_more_than_may_be_given() -> None:
    team = [worker("ann", "write"), worker("bob")]
    assert nodes(assign(tasks("write", "write", "write", None, "write"), team, 2)) == ["ann", "ann", "bob", "bob", None]


def test_words_are_compared_without_case_and_blanks_and_one_of_several_suffices() -> None:
    team = [worker("ann"), worker("bob", as_word("data_analysis"))]
    assert nodes(assign(tasks("Data Analysis", "fly, DATA-ANALYSIS"), team, None)) == ["bob", "bob"]


@pytest.mark.parametrize("part", ["1. [a] b\n", "[", "[a] ", " ", "a [", "- ", "a: ", '["a",'])
def test_a_hostile_plan_does_not_hold_up_the_worker(part: str) -> None:
    started = time.process_time()
    text = part * (300_000 // len(part))
    assert read_tasks(reply(text), "all", KNOWN)
    assert read_tasks(reply("", [text] * 50), "all", KNOWN)
    assert time.process_time() - started < 3.0
