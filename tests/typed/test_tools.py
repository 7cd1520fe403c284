"""Tools of agents: arithmetic that is bounded, files of the project that are only read, and those of one's own."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_runner.agents.base import ProjectOfRun
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.tools.calculate import calculate
from agent_runner.agents.typed.tools.tool import OWN_TOOLS, Tool, ToolRegistry, default_tools, tool
from agent_runner.domain.policy import ProjectPolicy
from agent_runner.errors import AgentFailed, InvalidInput, ToolRefused
from agent_runner.llm.demo import DemoModel
from tests.agents.memory_context import Journal, Killed
from tests.typed.conftest import Attempt, SpokenModel, asked, call_of, registry
from tests.workspace.hostile import git, new_repository

FILES: dict[str, str | bytes] = {"birds.txt": "wren\nrobin\n", "src/fish.py": "trout = 1\n", "secret.txt": "x\n"}


# ---- arithmetic

SUMS = {
    "1 + 2*3": "7",
    "(1+2) ** 3 // 4 % 5": "1",
    "-7 / 2": "-3.5",
    "round(2.5675, 2)": "2.57",
    "max(1, 2.5, abs(-3))": "3",
    "sqrt(2)**2 > 1": None,
    " .5e1 + 1. ": "6.0",
    "2 * pi": "6.283185307179586",
    "2 ** 4000 // 2 ** 3990": "1024",
}


@pytest.mark.parametrize("expression", [each for each, value in SUMS.items() if value])
async def test_arithmetic(expression: str) -> None:
    assert await calculate(expression) == SUMS[expression]


REFUSED = [
    *(
        "",
        "1 +",
        "1 > 0",
        "x + 1",
        "1 / 0",
        "sqrt(-1)",
        "(-8) ** 0.5",
        "10.0 ** 400",
        "1e400",
        "True",
        "1,000",
        "'a' * 9",
    ),
    *("9 ** 9 ** 9", "2 ** 5000", "2 ** 4000 * 2 ** 4000", "round(5, -1000000000)", "round(5, 2.5)", "(" * 400),
    *("__import__('os')", "(1).real", "[1][0]", "1if 1else 2", "0x10", "1_000", "min()", "max(1)", "lambda", "1" * 501),
    *("abs(x=1)", "sqrt(10 ** 400)", "1j", "log(0)", "\u0661+1", "1 if 1 else 2", "pi()", "--" * 240 + "1x"),
]


@pytest.mark.parametrize("expression", REFUSED)
async def test_what_is_no_arithmetic_or_has_no_bounds_is_refused_in_a_sentence(expression: str) -> None:
    with pytest.raises(ToolRefused):
        await calculate(expression)


# ---- in the loop


def using(message: str = "What is 6 * 7?", *tools: str, **config: Any) -> Call:
    options = {"tool-use": {"tools": list(tools)}} if tools else {}
    return call_of(message, mixins=["tool-use"], mixin_options=options, **config)


async def test_a_model_uses_a_tool_and_is_told_when_it_may_not() -> None:
    model = SpokenModel()
    model.calls = [[("calculate", {"expression": "6 *"})], [("calculate", {"expression": "6 * 7"})]]
    reply, context = await asked(model, using())
    assert reply.text.endswith("| 42")
    assert "'6 *' is no arithmetic expression" in reply.text
    key = "pipeline/1-ann"
    assert list(context.journal) == [
        *(f"{key}/1", f"{key}/1/calculate-1", f"{key}/2", f"{key}/2/calculate-1", f"{key}/3", key),
    ]
    assert reply.consumed.model_calls == 3
    assert [tool.name for tool in model.turns[0].parameters.function_tools] == ["calculate"]


async def test_there_is_a_limit_to_the_tool_calls_of_an_agent() -> None:
    model = SpokenModel()
    model.calls = [[("calculate", {"expression": "1 + 1"})]] * 5
    with pytest.raises(AgentFailed, match="came to no end within 23 model calls and 3 tool calls") as failed:
        await asked(model, using(max_tool_calls=3))
    assert failed.value.is_permanent


async def test_the_limit_holds_for_all_answers_of_a_call_together() -> None:
    model = SpokenModel()
    model.calls = [[("calculate", {"expression": "1 + 1"})]] * 2
    model.calls[1:] = []
    call = using(max_tool_calls=1, output_format="text")
    config = call.agent.config.model_copy(update={"mixins": ("tool-use", "self-reflection")})
    with pytest.raises(AgentFailed, match="0 tool calls"):
        await asked(model, replace(call, agent=call.agent.model_copy(update={"config": config})))


async def test_who_may_call_no_tool_is_offered_none() -> None:
    model = SpokenModel()
    await asked(model, using(max_tool_calls=0))
    assert (len(model.requests), len(model.turns)) == (1, 0)


async def test_the_demo_model_uses_a_tool_and_says_so() -> None:
    reply, _ = await asked(DemoModel(0), using("Add up 12 + 30, please"))
    assert reply.is_demo
    assert reply.text == "[demo] No model was used to answer: Add up 12 + 30, please The tool calculate said: 42"
    assert (await asked(DemoModel(0), using("Hello")))[0].text == "[demo] No model was used to answer: Hello"
    assert "[demo]" in (await asked(DemoModel(0), using("1 / 0")))[0].text


# ---- a project


@pytest.fixture
def project(tmp_path: Path) -> ProjectOfRun:
    root = new_repository(tmp_path / "project", FILES)
    return ProjectOfRun(1, "birds", str(root), ProjectPolicy(deny=("secret.txt",)))


def reading(project: ProjectOfRun | None, model: SpokenModel | DemoModel, journal: Journal | None = None) -> Attempt:
    context = Attempt(model, journal)
    context.project = project
    return context


async def test_the_files_of_the_project_are_read_and_no_others(project: ProjectOfRun) -> None:
    model = SpokenModel()
    model.calls = [
        [
            ("list_files", {}),
            ("read_file", {"path": "birds.txt", "first_line": 2}),
            ("search_files", {"pattern": "trout", "glob": "src/**"}),
            ("read_file", {"path": "secret.txt"}),
            ("read_file", {"path": "../project/birds.txt"}),
        ]
    ]
    (Path(project.local_path) / "uncommitted.txt").write_text("new\n")
    context = reading(project, model)
    text = (await answer(context, using("Look"), registry())).text
    assert "birds.txt\nsrc/\nsrc/fish.py" in text
    assert "birds.txt, lines 2 to 2 of 2:\nrobin" in text
    assert "src/fish.py:1: trout = 1" in text
    assert "secret.txt may not be read" in text
    assert "uncommitted.txt" not in text
    assert "wren" not in text
    assert "project" in context.journal


async def test_without_a_project_there_are_no_tools_for_files() -> None:
    model = SpokenModel()
    await answer(reading(None, model), using("Look"), registry())
    await answer(reading(None, model), using("Look", "read_file"), registry())
    assert [each.name for each in model.turns[0].parameters.function_tools] == ["calculate"]
    assert len(model.requests) == 1, "the second has no tool at all"


async def test_all_agents_of_a_run_read_the_same_commit_in_every_attempt(project: ProjectOfRun) -> None:
    model = SpokenModel()
    model.calls = [[("read_file", {"path": "birds.txt"})]]
    calls = [using("Look", max_tool_calls=5 + n) for n in range(3)]
    calls = [replace(call, key=f"ensemble/{n}") for n, call in enumerate(calls)]
    context = reading(project, model)
    context.die_before = "ensemble/2/2"
    results = await asyncio.gather(*(answer(context, call, registry()) for call in calls), return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["Reply", "Reply", "Killed"]
    assert list(context.journal).count("project") == 1

    (Path(project.local_path) / "birds.txt").write_text("eagle\n")
    git(Path(project.local_path), "commit", "--quiet", "--all", "--message", "Another bird")
    del context.journal["ensemble/2/1/read_file-1"]
    resumed = reading(project, model, context.journal)
    replies = await asyncio.gather(*(answer(resumed, call, registry()) for call in calls))
    assert ["wren" in reply.text for reply in replies] == [True] * 3
    fresh = await answer(reading(project, model), calls[0], registry())
    assert "eagle" in fresh.text


async def test_who_is_stopped_while_the_copy_is_made_takes_it_from_nobody(project: ProjectOfRun) -> None:
    model = SpokenModel()
    model.calls = [[("list_files", {})]]
    context = reading(project, model)
    first, second = (
        asyncio.create_task(answer(context, replace(using("Look"), key=key), registry())) for key in ("one", "two")
    )
    while "project" not in context.shared:
        await asyncio.sleep(0)
    first.cancel()
    assert "birds.txt" in (await second).text
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_project_that_cannot_be_read_fails_the_agent_for_good(tmp_path: Path) -> None:
    model = SpokenModel()
    model.calls = [[("list_files", {})]]
    gone = ProjectOfRun(1, "gone", str(tmp_path / "gone"), ProjectPolicy())
    with pytest.raises(AgentFailed, match="does not exist") as failed:
        await answer(reading(gone, model), using("Look"), registry())
    assert failed.value.is_permanent


async def test_the_demo_model_looks_at_a_project(project: ProjectOfRun) -> None:
    text = (await answer(reading(project, DemoModel(0)), using("Look"), registry())).text
    assert text.endswith("The tool list_files said: birds.txt\nsecret.txt\nsrc/") or "birds.txt" in text


# ---- one's own


@pytest.fixture
def own() -> Any:
    before = dict(OWN_TOOLS)
    yield OWN_TOOLS
    OWN_TOOLS.clear()
    OWN_TOOLS.update(before)


async def weather(town: str) -> str:
    """Tell the weather of a town.

    Args:
        town: Its name.
    """
    if town == "Atlantis":
        raise ToolRefused(f"{town} has sunk", next_step="name another town")
    return f"Rain in {town}. " * 10_000


async def test_a_tool_of_ones_own_is_offered_by_name_as_its_docstring_says(own: dict[str, Any]) -> None:
    tool("weather")(weather)
    model = SpokenModel()
    model.calls = [[("weather", {"town": "Bonn"}), ("weather", {"town": "Atlantis"})]]
    call = using("How is it?", "weather")
    reply, _ = await asked(model, call, registry(tools=[Tool("weather", own["weather"])]))
    [offered] = model.turns[0].parameters.function_tools
    assert (offered.name, offered.description) == ("weather", "Tell the weather of a town.")
    assert offered.parameters_json_schema["properties"]["town"]["description"] == "Its name."
    assert reply.text.startswith("Rain in Bonn. ")
    assert "Atlantis has sunk; name another town" in reply.text
    assert len(reply.text) < 70_000
    assert "weather" in default_tools().names


async def test_a_tool_that_is_unknown_is_said_with_those_that_are_there() -> None:
    with pytest.raises(AgentFailed, match="this worker has no tool 'wether'; it has: calculate, list_files") as failed:
        await asked(SpokenModel(), using("How is it?", "wether"))
    assert failed.value.is_permanent


def test_a_tool_has_a_name_of_its_own_and_is_async(own: dict[str, Any]) -> None:
    def sync() -> str:
        return "now"

    async def other() -> str:
        return "later"

    tool("weather")(weather)
    tool("weather")(weather)
    for name, function, why in [
        ("calculate", weather, "the tool 'calculate' comes with agent-runner"),
        ("read_file", weather, "comes with agent-runner"),
        ("Weather!", weather, "'Weather!' cannot be the name of a tool"),
        ("now", sync, "the tool 'now' is no async function"),
        ("weather", other, "the tool 'weather' is registered twice: as tests.typed.test_tools.weather and as "),
    ]:
        with pytest.raises(InvalidInput, match=why):
            tool(name)(function)  # pyright: ignore[reportArgumentType, reportUnknownVariableType] - some are wrong
    assert set(own) == {"weather"}


def test_a_registry_knows_the_built_in_tools() -> None:
    assert ToolRegistry().names == {"calculate", "list_files", "read_file", "search_files"}


async def test_a_worker_that_dies_in_a_tool_calls_only_that_one_again() -> None:
    called: list[str] = []

    async def note(text: str) -> str:
        """Note a text."""
        called.append(text)
        return text

    model = SpokenModel()
    model.calls = [[("note", {"text": "one"})], [("note", {"text": "two"})]]
    mixins, call = registry(tools=[Tool("note", note)]), using("Note", "note")
    killed = Attempt(model)
    killed.die_after = "pipeline/1-ann/2/note-1"
    with pytest.raises(Killed):
        await answer(killed, call, mixins)
    await answer(Attempt(model, killed.journal), call, mixins)
    assert called == ["one", "two", "two"]
    assert len(model.turns) == 3
