"""Questions and their answers over HTTP, and the files of a run."""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from agent_runner.api.app import create_app
from agent_runner.domain.approval import ApprovalKind, Question, question_text
from agent_runner.domain.artifact import new_artifact
from agent_runner.domain.events import Log
from agent_runner.domain.run import SUSPEND
from agent_runner.settings import Settings
from agent_runner.store.approvals import Asked
from agent_runner.store.held import Ending
from agent_runner.store.runs import ClaimedRun
from tests.api.conftest import Hands, client_of, problem_in, queued

DIFF = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"
SHA = hashlib.sha256(DIFF).hexdigest()
OTHER_SHA = "0" * 64

Suspend = Callable[..., Awaitable[int]]


async def ask(hands: Hands, run: ClaimedRun, **fields: Any) -> None:
    given: dict[str, Any] = {"kind": ApprovalKind.COMMIT, "text": "Commit this?", "diff": "diff.patch", "diff_sha": SHA}
    question = Question(**(given | fields))
    asks = Asked("approve/1", question, question_text("approve/1", question))
    await hands.record(run, ending=Ending(move=SUSPEND, event=asks.event(0), asks=asks))


@pytest.fixture
def suspend(client: httpx.AsyncClient, hands: Hands) -> Suspend:
    async def suspend(**fields: Any) -> int:
        run_id = await queued(client)
        [run] = [run for run in await hands.take(10) if run.id == run_id]
        artifacts = (new_artifact("diff.patch", DIFF, "text/x-diff"), new_artifact("a/ü.html", b"<b>", "text/html"))
        await hands.record(run, Log(message="here it is"), artifacts=artifacts)
        await ask(hands, run, **fields)
        return run_id

    return suspend


async def test_a_waiting_run_shows_what_it_asks_alone_and_in_the_list(
    client: httpx.AsyncClient, suspend: Suspend
) -> None:
    run_id = await suspend(flags=(".envrc",), expires_in_seconds=3600)
    shown = (await client.get(f"/runs/{run_id}")).json()
    assert (shown["status"], shown["attempt"]) == ("WAITING", 0)
    asked = shown["approval"]
    assert (asked["status"], asked["diff_sha"], asked["question"]["flags"]) == ("OPEN", SHA, [".envrc"])
    assert asked["expires_at"] > asked["asked_at"]
    assert (await client.get("/runs")).json()["items"][0]["approval"] == asked
    assert (await client.get("/approvals?status=OPEN")).json() == {"items": [asked], "next_cursor": None}


async def test_approvals_are_paged_and_filtered(client: httpx.AsyncClient, suspend: Suspend) -> None:
    ids = [await suspend() for _ in range(3)]
    await client.post(f"/runs/{ids[0]}/approve", json={"diff_sha": SHA})
    first = (await client.get("/approvals?limit=2")).json()
    second = (await client.get("/approvals", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["run_id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert [item["run_id"] for item in (await client.get("/approvals?status=GRANTED")).json()["items"]] == [ids[0]]
    assert [item["run_id"] for item in (await client.get(f"/approvals?run_id={ids[1]}")).json()["items"]] == [ids[1]]
    assert problem_in(await client.get("/approvals?status=MAYBE"))["status"] == 422


async def test_an_approved_run_is_queued_and_the_same_answer_again_is_the_same(
    client: httpx.AsyncClient, suspend: Suspend
) -> None:
    run_id = await suspend()
    body = {"diff_sha": SHA, "comment": "fine"}
    first = await client.post(f"/runs/{run_id}/approve", json=body)
    assert first.status_code == 200
    assert (first.json()["status"], first.json()["comment"], first.json()["decided_by"]) == ("GRANTED", "fine", "local")
    again = await client.post(f"/runs/{run_id}/approve", json=body)
    assert (again.status_code, again.json()) == (200, first.json())
    run = (await client.get(f"/runs/{run_id}")).json()
    assert (run["status"], run["approval"]) == ("QUEUED", None)


@pytest.mark.parametrize("body", [None, {}, {"diff_sha": OTHER_SHA}])
async def test_another_hash_or_none_is_refused_with_both_said(
    client: httpx.AsyncClient, suspend: Suspend, body: dict[str, Any] | None
) -> None:
    run_id = await suspend()
    url = f"/runs/{run_id}/approve"
    problem = problem_in(await (client.post(url) if body is None else client.post(url, json=body)))
    assert problem["status"] == 409
    assert SHA in problem["detail"]
    assert (OTHER_SHA in problem["detail"]) == bool(body)


async def test_flags_are_ticked_by_name(client: httpx.AsyncClient, suspend: Suspend) -> None:
    run_id = await suspend(flags=(".envrc", ".gitmodules"))
    body: dict[str, Any] = {"diff_sha": SHA, "accept_flags": [".envrc"]}
    problem = problem_in(await client.post(f"/runs/{run_id}/approve", json=body))
    assert (problem["status"], ".gitmodules" in problem["detail"], ".envrc" in problem["detail"]) == (409, True, False)
    done = await client.post(f"/runs/{run_id}/approve", json=body | {"accept_flags": [".gitmodules", ".envrc"]})
    assert done.status_code == 200


async def test_approve_and_reject_at_once_have_exactly_one_winner(client: httpx.AsyncClient, suspend: Suspend) -> None:
    for _ in range(5):
        run_id = await suspend()
        answers = await asyncio.gather(
            client.post(f"/runs/{run_id}/approve", json={"diff_sha": SHA}),
            client.post(f"/runs/{run_id}/reject", json={"comment": "no"}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_rejection_cancels_and_one_to_revise_queues(client: httpx.AsyncClient, suspend: Suspend) -> None:
    cancelled, revised = await suspend(), await suspend()
    await client.post(f"/runs/{cancelled}/reject", json={"comment": "no"})
    await client.post(f"/runs/{revised}/reject", json={"comment": "almost", "revise": True})
    assert (await client.get(f"/runs/{cancelled}")).json()["status"] == "CANCELLED"
    assert (await client.get(f"/runs/{revised}")).json()["status"] == "QUEUED"
    for body in ({}, {"comment": " "}, {"comment": "x" * 10_001}, {"comment": "x", "revise": "yes"}):
        assert problem_in(await client.post(f"/runs/{revised}/reject", json=body))["status"] == 422


async def test_an_input_is_given(client: httpx.AsyncClient, suspend: Suspend) -> None:
    run_id = await suspend(kind=ApprovalKind.INPUT, diff=None, diff_sha=None)
    assert problem_in(await client.post(f"/runs/{run_id}/approve", json={}))["status"] == 409
    given = await client.post(f"/runs/{run_id}/input", json={"text": "blue"})
    assert (given.status_code, given.json()["text"]) == (200, "blue")


async def test_what_does_not_exist_or_asks_nothing_is_a_404(client: httpx.AsyncClient, suspend: Suspend) -> None:
    run_id, idle = await suspend(), await queued(client)
    for place, body in ((999, {}), (idle, {}), (run_id, {"diff_sha": SHA, "approval_id": 999})):
        assert problem_in(await client.post(f"/runs/{place}/approve", json=body))["status"] == 404
    for path in ("artifacts", "archive", "diff"):
        assert problem_in(await client.get(f"/runs/999/{path}"))["status"] == 404
    assert problem_in(await client.get(f"/runs/{idle}/diff"))["status"] == 404
    assert problem_in(await client.get(f"/runs/{run_id}/artifacts/none"))["status"] == 404


async def test_the_name_of_the_key_is_who_decided(settings: Settings, hands: Hands, suspend: Suspend) -> None:
    first, second = await suspend(), await suspend()
    locked = create_app(settings.model_copy(update={"api_keys": Settings(api_keys="ada:k1,k2").api_keys}))  # pyright: ignore[reportArgumentType, reportCallIssue]
    async with locked.router.lifespan_context(locked), client_of(locked) as client:
        for run_id, key in ((first, "k1"), (second, "k2")):
            headers = {"Authorization": f"Bearer {key}"}
            await client.post(f"/runs/{run_id}/approve", json={"diff_sha": SHA}, headers=headers)
        decided = (await client.get("/approvals", headers={"Authorization": "Bearer k1"})).json()["items"]
        refused = await client.post(f"/runs/{first}/approve", json={}, headers={"Authorization": "Bearer ada"})
    assert [approval["decided_by"] for approval in decided] == ["key 2", "ada"]
    assert refused.status_code == 401


# ---- files


async def test_files_come_back_byte_for_byte_and_no_browser_runs_them(
    client: httpx.AsyncClient, suspend: Suspend
) -> None:
    run_id = await suspend()
    listed = (await client.get(f"/runs/{run_id}/artifacts")).json()
    assert [(artifact["path"], artifact["size"]) for artifact in listed["artifacts"]] == [
        ("a/ü.html", 3),
        ("diff.patch", len(DIFF)),
    ]
    page = await client.get(f"/runs/{run_id}/artifacts/a/ü.html")
    assert (page.content, page.headers["content-type"]) == (b"<b>", "text/html; charset=utf-8")
    assert page.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%BC.html"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["content-security-policy"].startswith("sandbox")
    archive = await client.get(f"/runs/{run_id}/archive")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        assert {name: files.read(name) for name in files.namelist()} == {"a/ü.html": b"<b>", "diff.patch": DIFF}


async def test_the_diff_is_served_with_the_hash_that_approves_it(client: httpx.AsyncClient, suspend: Suspend) -> None:
    run_id = await suspend()
    diff = await client.get(f"/runs/{run_id}/diff")
    assert (diff.content, diff.headers["diff-sha256"]) == (DIFF, SHA)
    assert diff.headers["content-type"].startswith("text/x-diff")
    named = diff.headers["approval-id"]
    body = {"diff_sha": diff.headers["diff-sha256"], "approval_id": int(named)}
    assert (await client.post(f"/runs/{run_id}/approve", json=body)).status_code == 200
    assert (await client.get(f"/runs/{run_id}/diff")).content == DIFF


async def test_a_file_that_is_not_the_diff_in_question_is_not_shown_as_it(
    client: httpx.AsyncClient, suspend: Suspend
) -> None:
    run_id = await suspend(diff_sha=OTHER_SHA)
    problem = problem_in(await client.get(f"/runs/{run_id}/diff"))
    assert problem["status"] == 409
    assert SHA in problem["detail"]
    assert OTHER_SHA in problem["detail"]
