"""A fault at the boundary of a request: asking once more does what was asked, once."""

import pytest

from tests.faults.boundary import Kind
from tests.faults.conftest import KILLED, Scene
from tests.faults.worker import Request

pytestmark = [pytest.mark.processes, pytest.mark.timeout(60)]

IS_DONE = {Kind.KILL_AFTER, Kind.UNHEARD}
"""The fault comes after the commit."""


async def suffer(scene: Scene, boundary: str, kind: Kind, request: Request) -> None:
    """Sends the request to an API that has the fault, and expects no good answer."""
    case = scene.case(boundary=boundary, kind=kind, request=request)
    code = await scene.suffer(case)
    if kind in {Kind.RAISE, Kind.UNHEARD}:
        assert (code, case.answer.read_text()) == (0, "503")
    else:
        assert code == KILLED


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_create_that_is_repeated_with_its_key_makes_one_run(scene: Scene, kind: Kind) -> None:
    request = Request(method="POST", path="/runs", body={"goal": "once"}, headers={"Idempotency-Key": "key"})
    await suffer(scene, "create_runs#1", kind, request)
    assert len(await scene.runs()) == int(kind in IS_DONE)
    answers = [await scene.ask(request) for _ in range(2)]
    [run] = await scene.runs()
    assert [(status, body["id"]) for status, body in answers] == [(201, run.id)] * 2
    assert await scene.types(run.id) == ["RUN_CREATED"]
    assert await scene.violations(idle=False) == []


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_task_that_is_started_again_after_a_fault_has_one_run(scene: Scene, kind: Kind) -> None:
    body = {"title": "A task", "input_prompt": "Say hello"}
    _, task = await scene.ask(Request(method="POST", path="/tasks", body=body))
    request = Request(method="POST", path=f"/tasks/{task['id']}/run", body={})
    await suffer(scene, "create_runs#1", kind, request)
    status, _ = await scene.ask(request)
    assert status == (409 if kind in IS_DONE else 202)
    assert len(await scene.runs()) == 1
    assert await scene.violations(idle=False) == []


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_cancel_that_is_repeated_cancels_once(scene: Scene, kind: Kind) -> None:
    _, run = await scene.ask(Request(method="POST", path="/runs", body={"goal": "never"}))
    request = Request(method="POST", path=f"/runs/{run['id']}/cancel", body={})
    await suffer(scene, "_cancel#1", kind, request)
    status, _ = await scene.ask(request)
    assert status == (409 if kind in IS_DONE else 202)
    assert await scene.types(run["id"]) == ["RUN_CREATED", "RUN_CANCELLED"]
    assert await scene.violations() == []


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_rerun_that_is_repeated_queues_once(scene: Scene, kind: Kind) -> None:
    _, run = await scene.ask(Request(method="POST", path="/runs", body={"goal": "again"}))
    await scene.ask(Request(method="POST", path=f"/runs/{run['id']}/cancel", body={}))
    request = Request(method="POST", path=f"/runs/{run['id']}/retry", body={})
    await suffer(scene, "_retry#1", kind, request)
    status, _ = await scene.ask(request)
    assert status == (409 if kind in IS_DONE else 202)
    assert (await scene.types(run["id"])).count("RUN_RETRIED") == 1
    assert await scene.violations(idle=False) == []
