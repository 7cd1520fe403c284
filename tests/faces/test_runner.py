"""BackgroundTaskRunner and MGXTeamProvider: thin, over the store, and at home in a FastAPI app."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.mgx.mgx import MgxAgent
from agent_runner.errors import (
    InvalidInput,
    NotFound,
    PermanentAgentError,
    StoreUnavailable,
    TaskCancelled,
    TaskFailed,
    TaskNotDone,
)
from agent_runner.faces import BackgroundTaskRunner, MGXTeam, MGXTeamProvider
from agent_runner.llm.demo import DemoModel
from agent_runner.settings import Settings
from agent_runner.store.database import Database
from agent_runner.store.projects import create_project
from agent_runner.store.run_queries import RunRecord, get_run
from agent_runner.store.task_runs import stop_task
from agent_runner.store.tasks import create_task, get_task
from agent_runner.worker.loop import Worker
from tests.databases import copy_of
from tests.worker.conftest import House, Work


class Place:
    """A runner, and workers on its database."""

    def __init__(self, house: House, settings: Settings) -> None:
        self.house = house
        self.settings = settings
        self.runner = BackgroundTaskRunner(settings)

    async def run_of(self, task_id: str) -> RunRecord:
        task = await self.house.database.read(get_task, task_id)
        assert task.run_id is not None
        return await self.house.database.read(get_run, task.run_id)

    def worker(self, work: Work | None = None) -> Worker:
        self.house.model = DemoModel(0)  # pyright: ignore[reportAttributeAccessIssue] - it converses
        return self.house.worker({"mgx": work or MgxAgent().run, "simple": work or greet})

    @asynccontextmanager
    async def at_work(self, work: Work) -> AsyncGenerator[None]:
        worker = self.worker(work)
        working = asyncio.create_task(worker.run_forever())
        try:
            yield
        finally:
            worker.stop()
            await working


async def greet(context: RunContext) -> dict[str, JsonValue]:
    return {"summary": f"Hello {context.goal}", "config": context.config}


async def fail(context: RunContext) -> dict[str, JsonValue]:
    raise PermanentAgentError(f"cannot do {context.goal!r}")


@pytest.fixture
async def place(sqlite_url: str) -> AsyncIterator[Place]:
    settings = Settings(database_url=sqlite_url, run_budget_tokens=50_000)  # pyright: ignore[reportCallIssue]
    database = await Database.open(sqlite_url)
    place = Place(House(sqlite_url, database), settings)
    async with place.runner:
        yield place
    await database.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return copy_of(sqlite_template, tmp_path)


async def test_a_task_is_queued_looked_at_and_waited_for(place: Place) -> None:
    task_id = await place.runner.submit("Greeting", "Ada")
    state = await place.runner.get_status(task_id)
    assert (state["status"], state["agent"], state["progress"]) == ("PENDING", "mgx", 0.0)
    async with place.at_work(greet):
        assert await place.runner.run_task(task_id, timeout=20) == {"summary": "Hello Ada", "config": {}}
        again = await place.runner.run_task("Grace\nand all", timeout=20)
    assert isinstance(again, dict)
    assert again["summary"] == "Hello Grace\nand all"
    state = await place.runner.get_status(task_id)
    assert (state["status"], state["final_result"]) == ("SUCCEEDED", {"summary": "Hello Ada", "config": {}})


async def test_many_wait_at_once_and_each_is_woken_for_its_own(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_runner.faces.runner.LOOK_SECONDS", 60.0)
    all_wait = asyncio.Event()

    async def greet_when_all_wait(context: RunContext) -> dict[str, JsonValue]:
        await all_wait.wait()
        return await greet(context)

    async with place.at_work(greet_when_all_wait), asyncio.timeout(20):
        asked = asyncio.gather(*(place.runner.run_task(f"{number}") for number in range(20)))
        while len(place.runner._waiting) < 20:
            await asyncio.sleep(0.005)
        all_wait.set()
        found = await asked
    assert [each["summary"] for each in found if isinstance(each, dict)] == [f"Hello {number}" for number in range(20)]


async def test_who_waits_for_a_task_waits_for_the_database_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_runner.faces.runner.LOOK_SECONDS", 0.005)
    task_id, read, refused = await place.runner.submit("Ada"), Database.read, asyncio.Event()

    async def read_what_is_there(database: Database, function: Any, *given: Any, **named: Any) -> Any:
        if database is place.runner._database and len(place.runner._waiting) and not refused.is_set():
            refused.set()
            raise StoreUnavailable("planned")
        return await read(database, function, *given, **named)

    monkeypatch.setattr(Database, "read", read_what_is_there)
    waiting = asyncio.create_task(place.runner.run_task(task_id, timeout=20))
    await refused.wait()
    async with place.at_work(greet):
        assert await waiting == {"summary": "Hello Ada", "config": {}}


async def test_what_the_task_is_to_have_reaches_its_run(place: Place) -> None:
    project = await place.house.database.write(create_project, "shop", "/srv/shop")
    task_id = await place.runner.submit(
        "Greeting",
        agent="simple",
        config={"max_attempts": 7, "cache": True},
        project_id=project.id,
        budget={"model_calls": 9, "seconds": 60, "on_budget": "ask"},
        model="ollama:llama3.2",
    )
    run = await place.run_of(task_id)
    assert (run.goal, run.agent, run.project_id, run.model) == ("Greeting", "simple", project.id, "ollama:llama3.2")
    assert (run.max_attempts, run.time_limit_seconds, json.loads(run.config)["cache"]) == (7, 60.0, True)
    assert json.loads(run.budget or "") == {
        "model_calls": 9,
        "tokens": 50_000,
        "on_budget": "ask",
        "ask_seconds": 604800.0,
    }


async def test_an_end_that_is_no_result_is_an_error_with_the_id_of_the_task(place: Place) -> None:
    async with place.at_work(fail):
        with pytest.raises(TaskFailed, match="cannot do 'Fly'") as failed:
            await place.runner.run_task("Fly", timeout=20)
    assert (await place.runner.get_status(failed.value.task_id))["status"] == "FAILED"
    with pytest.raises(TaskNotDone, match="it is PENDING, and its run 2 QUEUED") as waiting:
        await place.runner.run_task("Wait", timeout=0)
    task_id = waiting.value.task_id
    cancelled = asyncio.create_task(place.runner.run_task(task_id, timeout=20))
    await asyncio.sleep(0)
    await place.house.database.write(stop_task, task_id)
    with pytest.raises(TaskCancelled, match=f"task {task_id} was cancelled"):
        await cancelled


async def test_a_task_that_was_never_started_is_started(place: Place) -> None:
    task_id = "6f1f64f0-4c2f-4f2b-9b38-3b8c1f7f1f3e"
    await place.house.database.write(create_task, task_id, "Greeting", "Ada", "simple")
    async with place.at_work(greet):
        assert await place.runner.run_task(task_id.upper(), timeout=20) == {"summary": "Hello Ada", "config": {}}
    assert json.loads((await place.run_of(task_id)).budget or "") == {"tokens": 50_000}


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"title": " "}, "title must say something"),
        ({"prompt": "\x00"}, "prompt must say something"),
        ({"agent": "nobody"}, "there is no agent 'nobody'"),
        ({"model": "llama"}, "'llama' is neither provider:model nor an alias"),
        ({"budget": {"gold": 1}}, "a budget has no 'gold'"),
        ({"budget": {"tokens": -1}}, "the budget tokens is -1"),
        ({"budget": {"seconds": 0}}, "a budget of 0 seconds is none"),
        ({"config": {"max_attempts": "3"}}, "max_attempts is '3'"),
        ({"config": {"when": {1}}}, "is not JSON"),
    ],
)
async def test_a_task_that_cannot_be_as_it_is_wanted_is_refused(
    place: Place, wanted: dict[str, Any], sentence: str
) -> None:
    given: dict[str, Any] = {"title": "Greeting", **wanted}
    with pytest.raises(InvalidInput, match=sentence):
        await place.runner.submit(**given)


async def test_what_is_not_there_is_not_found(place: Place) -> None:
    with pytest.raises(NotFound, match="project 5 does not exist"):
        await place.runner.submit("Greeting", project_id=5)
    for name in ("6f1f64f0-4c2f-4f2b-9b38-3b8c1f7f1f3e", "1"):
        with pytest.raises(NotFound, match="does not exist"):
            await place.runner.get_status(name)


async def test_a_runner_that_is_not_open_says_how_to_open_it(tmp_path: Path) -> None:
    new = Settings(database_url=f"sqlite:///{tmp_path}/new.db")  # pyright: ignore[reportCallIssue] - all have defaults
    runner = BackgroundTaskRunner(new)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="this runner is not open"):
            await runner.submit("Greeting")
        async with runner:
            await runner.submit("Greeting")


async def test_a_team_works_as_its_provider_was_told(place: Place) -> None:
    provider = MGXTeamProvider(
        place.runner, max_revision_rounds=1, approve_plan=True, budget={"tokens": 7}, model="demo"
    )
    run = await place.run_of(await provider.team().submit("Greet people"))
    assert (run.agent, run.goal, run.model) == ("mgx", "Greet people", "demo")
    assert json.loads(run.config) == {"max_revision_rounds": 1, "approve_plan": True, "cache": False}
    assert json.loads(run.budget or "") == {"tokens": 7}
    with pytest.raises(InvalidInput, match="max_revision_rounds is -1"):
        MGXTeamProvider(place.runner, max_revision_rounds=-1)


async def test_an_app_has_them_as_dependencies(place: Place) -> None:
    runner = BackgroundTaskRunner(place.settings)
    provider = MGXTeamProvider(runner, max_revision_rounds=0)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with runner:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/greetings")
    async def begin(goal: str, team: Annotated[MGXTeam, Depends(provider)]) -> str:
        return await team.submit(goal)

    @app.get("/greetings/{task_id}")
    async def look(task_id: str, tasks: Annotated[BackgroundTaskRunner, Depends(runner)]) -> dict[str, JsonValue]:
        return await tasks.get_status(task_id)

    @app.post("/greetings/now")
    async def now(goal: str, team: Annotated[MGXTeam, Depends(provider)]) -> JsonValue:
        return await team.run(goal, timeout=30)

    del begin, look, now
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://app") as client,
        place.at_work(MgxAgent().run),
    ):
        task_id = (await client.post("/greetings", params={"goal": "Greet Ada"})).json()
        result = (await client.post("/greetings/now", params={"goal": "Greet Grace"})).json()
        assert (result["accepted"], result["artifacts"]) == (True, ["code/demo_goal.py", "code/test_demo_goal.py"])
        await runner.run_task(task_id, timeout=30)
        state = (await client.get(f"/greetings/{task_id}")).json()
    assert (state["status"], state["current_agent"]) == ("SUCCEEDED", "reviewer")
    assert runner._database is None
