"""A run may name its model: the worker makes it from its own settings and keys, and else says why not."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.model import aliases_with
from agent_runner.errors import PermanentAgentError
from agent_runner.llm.base import ModelRequest
from agent_runner.llm.choose import ModelSettings
from agent_runner.llm.models import MOST_IDLE, Models
from agent_runner.settings import Settings
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.steps import journal
from agent_runner.worker.from_settings import model_settings
from tests.scripted_model import ScriptedModel
from tests.worker.conftest import CountingModel, House


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    with ScriptedModel() as running:
        yield running


def settings_of(server: ScriptedModel) -> ModelSettings:
    return ModelSettings(openai_base_url=f"{server.url}/v1", max_retries=0, timeout_seconds=5, demo_step_seconds=0)


async def two_calls(context: RunContext) -> dict[str, JsonValue]:
    for key in ("one", "two"):
        await context.complete(key, ModelRequest(system="", prompt=key))
    return {"model": context.model_name}


async def test_each_run_is_answered_by_the_model_it_names(house: House, server: ScriptedModel) -> None:
    names = [None, "openai:scripted", "demo", "openai:another"]
    ids = [await house.queue(model=name) for name in names]
    await house.worker({"simple": two_calls}, models=settings_of(server)).drain()
    for run_id, name in zip(ids, names, strict=True):
        said = name or "scripted"
        run = await house.run(run_id)
        assert (run.status, run.model, run.result) == ("COMPLETED", name, f'{{"model": "{said}"}}'), run.error
        told = [event["payload"]["model"] for event in await house.events(run_id) if "model" in event["payload"]]
        assert told == [said] * 3, "RUN_STARTED and both MODEL_CALLs say who answered"
    assert (house.model.asked, len(server.asked)) == (["one", "two"], 4)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("beer:lager", "model 'beer:lager' names no provider that is known; write ollama:…, openai:…,"),
        ("slow", "model 'slow' names no provider that is known; write ollama:…, openai:…,"),
        ("claude-sonnet-4", "model 'anthropic:claude-sonnet-4-6' needs a key, and ANTHROPIC_API_KEY is not set"),
        ("anthropic:x", "model 'anthropic:x' needs a key, and ANTHROPIC_API_KEY is not set; set ANTHROPIC_API_KEY in"),
    ],
)
async def test_a_model_that_cannot_be_made_fails_the_run_at_once(house: House, name: str, sentence: str) -> None:
    run_id = await house.queue(model=name)
    await house.worker({"simple": two_calls}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt) == ("FAILED", 1)
    assert str(run.error).startswith(f"the run cannot have its own model: {sentence}")
    assert ("aliases are: claude-fable-5, " in str(run.error)) == (name == "slow")


async def test_an_alias_of_a_run_or_of_one_call_is_resolved_by_the_worker(house: House, server: ScriptedModel) -> None:
    async def call(context: RunContext) -> dict[str, JsonValue]:
        for name in (None, "other", "dry", "openai:third"):
            await context.complete(str(name), ModelRequest(system="", prompt="x"), model=name)
        return {"model": context.model_name}

    aliases = aliases_with(["fast=openai:first", "other=openai:second", "dry=demo"])
    run_id = await house.queue(model="fast")
    await house.worker({"simple": call}, models=replace(settings_of(server), aliases=aliases)).drain()
    run = await house.run(run_id)
    assert (run.status, run.model, run.result) == ("COMPLETED", "fast", '{"model": "openai:first"}'), run.error
    told = [event["payload"]["model"] for event in await house.events(run_id) if event["event_type"] == "MODEL_CALL"]
    assert told == ["openai:first", "openai:second", "demo", "openai:third"]


def test_a_worker_has_the_aliases_of_its_settings() -> None:
    settings = Settings(_env_file=None, model_aliases="fast=openai:first")  # pyright: ignore[reportCallIssue, reportArgumentType] - read from text
    assert model_settings(settings).meant("fast") == "openai:first"


async def test_a_fork_with_another_model_keeps_what_the_old_one_answered(house: House, server: ScriptedModel) -> None:
    old_id = await house.queue()
    await house.worker({"simple": two_calls}).drain()
    wanted = ForkWanted(run_id=old_id, max_attempts=1, from_step="two", model="openai:scripted")
    new_id = (await house.database.write(fork, wanted)).id
    await house.worker({"simple": two_calls}, models=settings_of(server)).drain()
    run = await house.run(new_id)
    assert (run.status, run.model, run.model_calls) == ("COMPLETED", "openai:scripted", 1), run.error
    assert {key: step.is_copied for key, step in (await house.database.read(journal, new_id)).items()} == {
        "one": True,
        "two": False,
    }
    assert (house.model.asked, len(server.asked)) == (["one", "two"], 1)
    third = (await house.database.write(fork, ForkWanted(run_id=new_id, max_attempts=1))).id
    assert (await house.run(third)).model == "openai:scripted", "a fork of it keeps its model"


async def test_one_model_a_name_and_few_that_nobody_uses(server: ScriptedModel) -> None:
    models = Models(CountingModel(), settings_of(server))
    async with models.of("openai:first") as first, models.of("openai:first") as same:
        assert first is same
        for number in range(MOST_IDLE + 3):
            async with models.of(f"openai:m{number}"):
                pass
        async with models.of("openai:first") as still:
            assert still is first, "who is used stays open, however many come after"
    async with models.of("openai:m0") as new, models.of(f"openai:m{MOST_IDLE + 2}") as kept:
        await new.complete(ModelRequest(system="", prompt="x"))
        assert len(models._open) <= MOST_IDLE + 2
        assert kept.name == f"openai:m{MOST_IDLE + 2}"
    await models.close()
    assert models._open == {}
    with pytest.raises(PermanentAgentError, match="GOOGLE_API_KEY is not set"):
        async with models.of("google:x"):
            pass
