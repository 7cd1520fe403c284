"""The database file is deleted or replaced under a running house: said, and nothing acknowledged is lost in silence."""

import asyncio
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.retry import RetryPolicy
from agent_runner.domain.run import COMPLETE
from agent_runner.errors import StoreUnavailable
from agent_runner.llm.choose import ModelSettings
from agent_runner.llm.models import Models
from agent_runner.store.backup import back_up
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.projects import create_project, list_projects
from agent_runner.store.runs import ClaimWanted, claim
from agent_runner.worker.execute import Execution, Surroundings
from tests.e2e.conftest import Site, until
from tests.hostile.conftest import broken_promises, locked_by_a_stranger, log_of, problem_in, until_idle
from tests.worker.conftest import FunctionAgent, House


def delete(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        if one.is_file():
            one.unlink()


def replace(file: Path) -> None:
    other = file.with_name("other")
    shutil.copy(file, other)
    other.rename(file)


def delete_the_log(file: Path) -> None:
    file.with_name(f"{file.name}-wal").unlink()


FATES = {delete: "was deleted while in use", replace: "was replaced while in use", delete_the_log: "-wal was deleted"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    migrate(f"sqlite:///{tmp_path}/runs.db")
    return tmp_path / "runs.db"


@pytest.mark.parametrize(("act", "sentence"), FATES.items(), ids=[act.__name__ for act in FATES])
async def test_a_process_whose_file_is_gone_refuses_to_read_and_to_write(
    file: Path, act: Callable[[Path], None], sentence: str
) -> None:
    database = await Database.open(f"sqlite:///{file}")
    try:
        await database.write(create_project, "first", "/")
        act(file)
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match=sentence) as refused:
                await database.write(create_project, "second", "/")
            assert "backup" in str(refused.value.next_step)
            with pytest.raises(StoreUnavailable, match=sentence):
                await database.read(list_projects, after_id=None, limit=9)
    finally:
        await database.close()


async def test_a_file_that_is_gone_before_the_first_write_is_missed_too(file: Path) -> None:
    database = await Database.open(f"sqlite:///{file}")
    try:
        delete(file)
        with pytest.raises(StoreUnavailable, match="while in use"):
            await database.write(create_project, "first", "/")
    finally:
        await database.close()


async def test_a_write_that_waited_for_the_lock_while_the_file_was_replaced_is_not_acknowledged(file: Path) -> None:
    database = await Database.open(f"sqlite:///{file}")
    try:
        await database.write(create_project, "first", "/")
        with locked_by_a_stranger(file):
            write = asyncio.create_task(database.write(create_project, "second", "/"))
            await asyncio.to_thread(shutil.copy, file, file.with_name("other"))
            file.with_name("other").rename(file)
            assert not write.done()
        with pytest.raises(StoreUnavailable, match="was replaced while in use"):
            await write
    finally:
        await database.close()


async def test_a_run_is_not_charged_for_a_journal_that_cannot_be_read_for_a_while(house: House, tmp_path: Path) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        return {"project": context.project is not None}

    project = await house.database.write(create_project, "name", "/")
    run_id = await house.queue(project_id=project.id)
    wanted = ClaimWanted(worker_id="hands", model="scripted", slots=1, lease_seconds=60)
    (claimed,) = (await house.database.write(claim, wanted)).runs
    agents = AgentRegistry({"simple": FunctionAgent(work)})
    around = Surroundings(
        database=house.database,
        agents=agents,
        models=Models(house.model, ModelSettings()),
        retry=RetryPolicy(),
        chance=random.Random(),
    )
    move_away(tmp_path)
    attempt = asyncio.create_task(Execution(claimed, around).run())
    for _ in range(50):
        await asyncio.sleep(0.01)
    assert not attempt.done()
    move_back(tmp_path)
    assert await attempt is COMPLETE
    assert (await house.run(run_id)).attempt == 1


def move_away(folder: Path) -> None:
    (folder / "runs.db").rename(folder / "away.db")


def move_back(folder: Path) -> None:
    (folder / "away.db").rename(folder / "runs.db")


@pytest.mark.processes
def test_a_file_that_is_moved_away_and_back_stops_the_house_for_so_long(site: Site) -> None:
    site.start_api()
    site.start_worker(DEMO_STEP_SECONDS="0.4", WORKER_CHECK_INTERVAL="0.5")
    acknowledged = [site.queue() for _ in range(4)]
    for run_id in acknowledged:
        site.wait(run_id, "RUNNING")
    file, away = site.directory / "runs.db", site.directory / "away.db"
    file.rename(away)
    refused = site.client.post("/runs", json={"goal": "x"})
    assert refused.status_code == 503
    problem = problem_in(refused)
    assert "runs.db was deleted while in use" in problem["detail"]
    assert "backup" in problem["next_step"]
    not_ready = site.client.get("/health/ready")
    assert not_ready.status_code == 503
    assert "was deleted while in use" in problem_in(not_ready)["detail"]
    assert site.client.get("/runs").status_code == 503
    assert site.client.get("/health/live").status_code == 200
    until(lambda: "was deleted while in use" in log_of(site, "worker"), "the worker says so")
    assert not file.exists()
    away.rename(file)
    acknowledged.append(site.queue())
    until_idle(site)
    runs = {run["id"]: (run["status"], run["attempt"]) for run in site.get("/runs")["items"]}
    assert runs == dict.fromkeys(acknowledged, ("COMPLETED", 1))
    assert broken_promises(file) == []


@pytest.mark.processes
def test_a_backup_is_put_in_place_as_the_sentence_says(site: Site) -> None:
    api = site.start_api()
    worker = site.start_worker()
    kept = site.queue()
    site.wait(kept)
    file, copy = site.directory / "runs.db", site.directory / "copy.db"
    back_up(f"sqlite:///{file}", copy, environment={})
    site.wait(site.queue())
    shutil.copy(copy, site.directory / "other")
    (site.directory / "other").rename(file)
    assert "was replaced while in use" in problem_in(site.client.post("/runs", json={"goal": "x"}))["detail"]
    for process in (api, worker):
        process.terminate()
        process.wait(40)
    delete(file)
    copy.rename(file)
    site.start_api()
    site.start_worker()
    assert [run["id"] for run in site.get("/runs")["items"]] == [kept]
    site.wait(site.queue())
    assert broken_promises(file) == []
