"""A crew of CrewAI as a host: in an environment of its own, with every model call asked of the worker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_runner.hosts.manifest import read_host
from agent_runner.hosts.protocol import ModelQuestion
from tests.hosts.environments import BUNDLED, interpreter_of
from tests.hosts.fake_parent import Heard, demo, play

SCRIPT = BUNDLED / "crewai/host.py"
CREW: dict[str, Any] = {
    "agents": [
        {"role": "Analyst", "goal": "Find what is wrong", "backstory": "You read logs."},
        {"role": "Editor", "goal": "Say it in short", "backstory": "You hate {jargon}."},
    ],
    "tasks": [
        {"description": "Find the cause of the outage", "expected_output": "One cause", "agent": "Analyst"},
        {"description": "Tell the users / 用户", "expected_output": "Two sentences", "agent": "Editor"},
        {"description": "Check what the editor says", "expected_output": "yes or no", "agent": "Analyst"},
    ],
}
SEARCHES = 'Thought: I must look\nAction: search\nAction Input: {"query": "disk"}'
ANSWERS = [
    SEARCHES,
    "Thought: I know\nFinal Answer: the disk was full",
    "The disk was full. It is not any more.",
    "yes",
]


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    return [interpreter_of(SCRIPT, tmp_path_factory), SCRIPT]


def scripted(answers: list[str]) -> Iterator[str]:
    yield from answers
    raise AssertionError("the crew asks more often than was expected")


def test_its_manifest_names_the_version_that_is_locked() -> None:
    manifest = read_host(SCRIPT.parent).manifest
    assert f'"crewai=={manifest.version}"' in SCRIPT.read_text()


def test_a_goal_alone_gives_a_researcher_and_a_writer_and_the_demo_says_that_it_is_one(
    command: list[str | Path], tmp_path: Path
) -> None:
    heard = play(command, tmp_path / "private", demo, goal="Explain leases")
    assert heard.exit_code == 0
    assert heard.events() == [
        ("PLAN_GENERATED", None),
        ("AGENT_START", "Researcher"),
        ("EXECUTING", "Researcher"),
        ("AGENT_COMPLETE", "Researcher"),
        ("AGENT_START", "Writer"),
        ("EXECUTING", "Writer"),
        ("AGENT_COMPLETE", "Writer"),
    ]
    assert [(each.progress, each.current_agent) for each in heard.reports()] == [
        (0, "Researcher"),
        (0.5, None),
        (0.5, "Writer"),
        (1, None),
    ]
    artifacts = heard.artifacts()
    assert list(artifacts) == [task["artifact"] for task in heard.result["tasks"]]
    assert all(text and text.startswith("This is a demo") for text in artifacts.values())
    assert heard.result["output"] == list(artifacts.values())[-1]
    assert "demo" in heard.result["note"]


def test_two_agents_do_their_tasks_in_order_and_another_process_asks_exactly_the_same(
    command: list[str | Path], tmp_path: Path
) -> None:
    first, second = (crew_of_two(command, tmp_path / name) for name in ("first", "another-directory"))
    assert [(each.id, each.agent) for each in first.questions()] == [
        (1, "Analyst"),
        (2, "Analyst"),
        (3, "Editor"),
        (4, "Analyst"),
    ]
    cause, searched, told, checked = first.questions()
    assert "Find the cause of the outage" in text_of(cause)
    assert SEARCHES in text_of(searched)
    assert "You hate {jargon}." in text_of(told)
    assert "the disk was full" in text_of(told)
    assert "It is not any more." in text_of(checked)
    assert first.artifacts() == {
        "tasks/1-find-the-cause-of-the-outage.md": "the disk was full",
        "tasks/2-tell-the-users.md": "The disk was full. It is not any more.",
        "tasks/3-check-what-the-editor-says.md": "yes",
    }
    assert first.result["output"] == "yes"
    assert "note" not in first.result
    assert second.said == first.said


def crew_of_two(command: list[str | Path], directory: Path) -> Heard:
    answers = scripted(ANSWERS)
    return play(command, directory, lambda _: next(answers), input=CREW, model="openai:gpt")


def text_of(question: ModelQuestion) -> str:
    return "\n".join(each.content for each in question.messages)


def test_an_answer_without_a_word_fails_the_run_with_a_sentence(command: list[str | Path], tmp_path: Path) -> None:
    heard = play(command, tmp_path / "private", lambda _: " \n")
    assert heard.failure.message == "the model 'demo' has answered 'Researcher' with nothing"
    assert heard.failure.permanent
    assert len(heard.questions()) == 1


def with_task(**changed: Any) -> dict[str, Any]:
    return {"agents": CREW["agents"], "tasks": [CREW["tasks"][0] | changed]}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"agents": 3, "tasks": []}, "agents must be a list, and is 3"),
        ({"agents": CREW["agents"]}, "the input has no tasks; give agents and tasks, or neither"),
        ({"agents": CREW["agents"], "tasks": []}, "tasks has 0 entries; 1 to 50 are possible"),
        ({"agents": CREW["agents"] * 2, "tasks": []}, "two agents have the role 'Analyst'; give each its own"),
        (with_task(agent="Boss"), "tasks[0] names the agent 'Boss', and the agents are: Analyst, Editor"),
        (with_task(description=" "), "tasks[0].description must be a text that is not empty, and is ' '"),
        (
            with_task(tools=[]),
            "tasks[0] has the unknown field 'tools'; it may have: agent, description, expected_output",
        ),
    ],
)
def test_an_input_that_is_no_crew_fails_the_run_for_good(
    command: list[str | Path], tmp_path: Path, given: dict[str, Any], sentence: str
) -> None:
    heard = play(command, tmp_path / "private", demo, input=given)
    assert (heard.failure.message, heard.failure.permanent) == (sentence, True)
    assert heard.exit_code == 0
