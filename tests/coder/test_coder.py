"""The coder at work: what it commits is what a person has seen, and nothing else of the project is touched."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from agent_runner.agents.coder.coder import CoderAgent
from agent_runner.domain.policy import AllowedPaths, CommitApproval, ProjectPolicy, RunPolicy
from agent_runner.errors import InvalidInput
from agent_runner.store.artifacts import get_artifact
from agent_runner.store.decisions import answer
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.projects import change_project
from tests.coder.coding_model import CodingModel, wrote
from tests.coder.conftest import Shop
from tests.workspace.hostile import write

FRIENDLY = 'def greet(name):\n    return f"Hello {name}, how are you?"\n'
DONE = "Ask how people are\n\nThe greeting asks how one is."
ONE_EDIT = CodingModel([wrote("hello.py", FRIENDLY), DONE])


async def test_what_was_approved_is_what_is_committed_and_the_checkout_stays(shop: Shop) -> None:
    shop.model = CodingModel([("read_file", {"path": "hello.py"}), wrote("hello.py", FRIENDLY), DONE])
    write(shop.project / "README.md", "# Changed by the user meanwhile\n")
    run_id = await shop.queue()
    waiting = await shop.work(run_id, "WAITING")
    assert (waiting.iteration, waiting.progress, waiting.current_agent) == (1, 0.9, "coder")
    asked, detail = await shop.question(run_id), await shop.detail(run_id)
    assert detail["files"] == [{"path": "hello.py", "status": "M", "added": 1, "removed": 1}]
    assert (detail["message"], detail["branch"]) == (DONE, f"agent/run-{run_id}")
    assert detail["notes"]  # the user's uncommitted change is not in it, and that is said
    _, diff = await shop.house.database.read(get_artifact, run_id, "diff.patch")
    assert hashlib.sha256(diff).hexdigest() == asked.diff_sha
    assert shop.branches() == ["main"]
    approval = await shop.approve(run_id)
    done = await shop.work(run_id, "COMPLETED")
    result = json.loads(done.result or "")
    assert shop.git("log", "-1", "--format=%s|%an", result["commit"]) == "Ask how people are|agent-runner"
    trailers = shop.git("log", "-1", "--format=%(trailers:only,unfold)", f"agent/run-{run_id}").splitlines()
    assert trailers == [
        f"Run-Id: {run_id}",
        f"Approval-Id: {approval.id}",
        "Approved-By: ada",
        f"Diff-Sha256: {asked.diff_sha}",
    ]
    assert shop.shown(run_id, "hello.py") == FRIENDLY.strip()
    assert shop.shown(run_id, "README.md") == "# Greetings"
    assert (shop.git("status", "--short"), shop.git("branch", "--show-current")) == ("M README.md", "main")
    shop.git("stash")
    shop.git("merge", "--quiet", f"agent/run-{run_id}")
    assert (shop.project / "hello.py").read_text() == FRIENDLY
    types = await shop.house.types(run_id)
    once = ("PLAN_GENERATED", "ARTIFACT_CREATED", "APPROVAL_REQUESTED", "FILE_CHANGED", "COMMIT_CREATED")
    assert [types.count(kind) for kind in once] == [1] * len(once)
    [created] = await shop.events(run_id, "COMMIT_CREATED")
    assert (created["diff_sha"], created["approval_id"]) == (asked.diff_sha, approval.id)
    assert set(shop.model.asked.values()) == {1}


async def test_a_person_wants_it_otherwise(shop: Shop) -> None:
    shop.model = CodingModel([wrote("hello.py", "greet = 1\n"), "Shorten"], [wrote("hello.py", FRIENDLY), DONE])
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    first = await shop.question(run_id)
    await shop.reject(run_id, "Ask how they are", revise=True)
    await shop.work(run_id, "WAITING")
    second = await shop.question(run_id)
    assert (first.key, second.key, first.diff_sha != second.diff_sha) == ("approve/1", "approve/2", True)
    assert "Ask how they are" in shop.model.told[-2]
    await shop.approve(run_id)
    await shop.work(run_id, "COMPLETED")
    assert shop.shown(run_id, "hello.py") == FRIENDLY.strip()
    assert shop.git("rev-list", "--count", f"main..agent/run-{run_id}") == "1"


async def test_a_rejected_run_leaves_nothing(shop: Shop) -> None:
    shop.model = ONE_EDIT
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    await shop.reject(run_id, "no", revise=False)
    await shop.work(run_id, "CANCELLED")
    assert shop.branches() == ["main"]


async def test_what_the_checks_find_is_repaired_and_what_they_write_is_no_part_of_the_change(shop: Shop) -> None:
    shop.policy = ProjectPolicy(checks=("sh -c 'touch junk; test -e good'",))
    rounds = [wrote("bad", "x"), "Add bad"], [wrote("good", "x"), DONE]
    shop.model = CodingModel(*rounds)
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    assert "do not pass" in shop.model.told[-2]
    detail = await shop.detail(run_id)
    assert [file["path"] for file in detail["files"]] == ["bad", "good"]
    assert [(check["ok"], check["ended"]) for check in detail["checks"]] == [(True, "exit code 0")]
    calls = [call["ok"] for call in await shop.events(run_id, "TOOL_CALL") if call["tool"] == "check"]
    assert calls == [False, True]
    await shop.approve(run_id)
    await shop.work(run_id, "COMPLETED")


async def test_checks_that_go_on_failing_are_shown_to_the_person(shop: Shop) -> None:
    shop.policy = ProjectPolicy(checks=("sh -c 'echo broken; exit 3'",))
    shop.model = CodingModel([wrote("a", "x"), DONE], ["I give up"], ["I give up"], ["I give up"])
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    [check] = (await shop.detail(run_id))["checks"]
    assert (check["ok"], check["ended"], check["output"]) == (False, "exit code 3", "broken")


async def test_where_nobody_is_asked_failing_checks_fail_the_run(shop: Shop) -> None:
    shop.policy = ProjectPolicy(checks=("false",), approve_commits=CommitApproval.NEVER)
    shop.model = CodingModel([wrote("a", "x"), DONE], ["No"], ["No"], ["No"])
    run_id = await shop.queue()
    failed = await shop.work(run_id, "FAILED")
    assert "the checks still fail (false)" in (failed.error or "")
    assert shop.branches() == ["main"]


@pytest.mark.parametrize(
    ("project", "run", "path", "asks"),
    [
        ("never", None, "hello.py", False),
        ("never", "always", "hello.py", True),
        ("sensitive", None, "hello.py", False),
        ("sensitive", None, ".github/workflows/ci.yml", True),
        ("always", "never", "hello.py", True),
    ],
)
async def test_who_is_asked(shop: Shop, project: str, run: str | None, path: str, asks: bool) -> None:
    shop.policy = ProjectPolicy(approve_commits=CommitApproval(project))
    shop.model = CodingModel([wrote(path, "x\n"), DONE])
    policy = RunPolicy(approve_commits=CommitApproval(run) if run else None).model_dump_json()
    run_id = await shop.queue(policy=policy)
    await shop.work(run_id, "WAITING" if asks else "COMPLETED")
    if asks:
        await shop.approve(run_id)
        await shop.work(run_id, "COMPLETED")
    assert shop.shown(run_id, path) == "x"


async def test_a_plan_is_approved_before_anything_is_changed(shop: Shop) -> None:
    shop.policy = ProjectPolicy(approve_plan=True)
    plans = ["1. Delete everything"], [("search", {"pattern": "Hello"}), "1. Ask how people are"]
    shop.model = CodingModel([wrote("hello.py", FRIENDLY), DONE], plan=plans)
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    assert (await shop.detail(run_id))["steps"] == ["Delete everything"]
    await shop.reject(run_id, "Delete nothing", revise=True)
    await shop.work(run_id, "WAITING")
    assert any("Delete nothing" in told for told in shop.model.told)
    assert any('hello.py:2: return "Hello " + name' in " ".join(told.split()) for told in shop.model.told)
    await shop.approve(run_id)
    await shop.work(run_id, "WAITING")
    assert (await shop.question(run_id)).key == "approve/1"
    assert len(await shop.events(run_id, "PLAN_GENERATED")) == 2


async def test_the_model_asks_and_a_person_answers(shop: Shop) -> None:
    asks = ("ask_person", {"question": "Formal or not?"})
    shop.model = CodingModel([asks, wrote("hello.py", FRIENDLY), asks, DONE])
    run_id = await shop.queue()
    for number in (1, 2):
        await shop.work(run_id, "WAITING")
        asked = await shop.question(run_id)
        assert (asked.kind, asked.key) == ("INPUT", f"question/{number}")
        await shop.house.database.write(answer, run_id, f"answer {number}", decided_by="ada")
    await shop.work(run_id, "WAITING")
    assert [told for told in shop.model.told if told.startswith("answer")] == ["answer 1", "answer 2"]
    assert (await shop.question(run_id)).kind == "COMMIT"
    assert set(shop.model.asked.values()) == {1}


async def test_paths_that_are_not_allowed_are_refused_in_words_the_model_can_use(shop: Shop) -> None:
    shop.policy = ProjectPolicy(allowed_paths=AllowedPaths(write=("src/",)), deny=("src/secret/",))
    tries = [
        wrote("hello.py", "x"),
        wrote("src/secret/a", "x"),
        wrote("../outside", "x"),
        wrote(".git/hooks/pre-commit", "x"),
        wrote("src/a.txt", "x"),
        wrote("src/b.py", "x = 1\n"),
    ]
    shop.model = CodingModel([*tries, DONE])
    run_id = await shop.queue(policy=RunPolicy(allowed_paths=AllowedPaths(write=("*.py",))).model_dump_json())
    await shop.work(run_id, "WAITING")
    told = "\n".join(shop.model.told)
    for words in ("hello.py may not be written; these may be written: src/", "src/secret/a may", "leads out", "*.py"):
        assert words in told
    assert [file["path"] for file in (await shop.detail(run_id))["files"]] == ["src/b.py"]
    refused = [call for call in await shop.events(run_id, "TOOL_CALL") if not call["ok"]]
    assert len(refused) == 5


async def test_commands_run_where_they_are_allowed_and_what_they_change_is_kept(shop: Shop) -> None:
    shop.policy = ProjectPolicy(commands=("sh -c *",))
    run = "run_command"
    shop.model = CodingModel(
        [
            (run, {"command": "rm -rf ."}),
            (run, {"command": "sh -c 'echo made > made.txt; cat hello.py; cat ~/x'"}),
            (run, {"command": "sh -c 'git init -q nested; echo done'"}),
            ("read_file", {"path": "made.txt"}),
            DONE,
        ]
    )
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    told = "\n".join(shop.model.told)
    for words in (
        "is not a command that this project allows",
        "It changed files.",
        "made.txt, lines 1 to 1 of 1:\nmade",
    ):
        assert words in told
    assert [file["path"] for file in (await shop.detail(run_id))["files"]] == ["made.txt"]


async def test_a_run_keeps_to_what_its_project_was_when_it_began(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.policy = ProjectPolicy(checks=("true",))
    shop.model = CodingModel([wrote("hello.py", FRIENDLY), DONE])
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    changed = ProjectPolicy(checks=("false",), approve_plan=True)
    await shop.house.database.write(change_project, shop.project_id, {"name": "renamed"}, changed)
    base = shop.git("rev-parse", "main")
    write(shop.project / "other.py", "x = 1\n")
    shop.git("add", "other.py")
    shop.git("commit", "--quiet", "--message", "The user goes on")
    approval = await shop.approve(run_id)
    assert approval.decided_at is not None
    monkeypatch.setattr("agent_runner.agents.change.review.utc_now", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    await shop.work(run_id, "COMPLETED")
    decided_at = int(approval.decided_at.timestamp())
    assert shop.git("log", "-1", "--format=%P %at %ct", f"agent/run-{run_id}") == f"{base} {decided_at} {decided_at}"


async def test_a_fork_goes_on_with_the_work_that_is_done_and_commits_to_a_branch_of_its_own(shop: Shop) -> None:
    shop.model = CodingModel([wrote("hello.py", FRIENDLY), DONE])
    first = await shop.queue()
    await shop.work(first, "WAITING")
    await shop.reject(first, "not now", revise=False)
    fork_id = (await shop.house.database.write(fork, ForkWanted(run_id=first, max_attempts=3))).id
    await shop.work(fork_id, "WAITING")
    assert set(shop.model.asked.values()) == {1}, "the finished calls were made again"
    await shop.approve(fork_id)
    await shop.work(fork_id, "COMPLETED")
    assert shop.shown(fork_id, "hello.py") == FRIENDLY.strip()
    assert shop.branches() == [f"agent/run-{fork_id}", "main"]


async def test_nothing_to_change_is_an_end_too(shop: Shop) -> None:
    shop.model = CodingModel(["It is friendly enough."], ["It needs no change: it greets by name."])
    run_id = await shop.queue()
    done = await shop.work(run_id, "COMPLETED")
    result = json.loads(done.result or "")
    assert (result["commit"], result["summary"]) == (None, "It needs no change: it greets by name.")
    assert shop.branches() == ["main"]


async def test_a_run_without_a_project_says_what_to_do(shop: Shop) -> None:
    with pytest.raises(InvalidInput, match="the agent coder works in a project, and this run names none"):
        await shop.house.queue(agent="coder")
    run_id = await shop.house.queue(agent="other")
    await shop.house.worker({"other": CoderAgent().run}).drain()
    assert "the coder needs a project" in ((await shop.house.run(run_id)).error or "")
