"""An agent of others at work in a project: what it does is told, held, approved and committed like the coder's."""

import json
from typing import Any

from agent_runner.domain.policy import AllowedPaths, ProjectPolicy
from tests.acp.conftest import Yard, peer_of, raw_of

FRIENDLY = 'def greet(name):\n    return f"Hello {name}, how are you?"\n'
DONE = "Ask how people are\n\nThe greeting asks how one is."
EVERYTHING: list[list[Any]] = [
    ["think", "Let me see"],
    ["plan", "Read it", "Write it"],
    ["read", "hello.py"],
    ["read", "missing.py"],
    ["tool", "search", "Find greetings", "completed"],
    ["tool", "execute", "Break something", "failed"],
    ["ask", "edit", "Edit hello.py"],
    ["write", "hello.py", FRIENDLY],
    ["direct", "new.txt", "new\n"],
    ["direct", "hello.py", FRIENDLY],
    ["write", "../../outside.txt", "x"],
    ["terminal", "test -e new.txt"],
    ["terminal", "rm -rf ."],
    ["costs", 0.25],
    ["plan", "Read it", "Write it"],
    ["say", DONE],
]
"""One turn of all that a peer can do."""


async def test_what_a_real_peer_does_is_told_and_what_was_approved_is_committed(yard: Yard) -> None:
    yard.policy = ProjectPolicy(checks=("test -e new.txt",))
    yard.host = peer_of([EVERYTHING])
    run_id = await yard.queue()
    waiting = await yard.work(run_id, "WAITING")
    assert (waiting.iteration, waiting.progress, waiting.current_agent) == (1, 0.9, "peer")
    detail = await yard.detail(run_id)
    assert [file["path"] for file in detail["files"]] == ["hello.py", "new.txt"]
    assert (detail["message"], detail["checks"][0]["ok"]) == (DONE, True)
    said = await yard.said(run_id)
    for words in (
        'return "Hello " + name',
        "refused (-32002): missing.py does not exist",
        "Edit hello.py: once",
        "refused (-32602)",
        "is not in the workspace",
        "test -e new.txt: 0",
        "'rm -rf .' is not a command that this project allows",
    ):
        assert words in said
    assert await yard.events(run_id, "AGENT_START") == [{"message": "scripted-peer 1.2.3 begins", "node": None}]
    assert await yard.events(run_id, "AGENT_THINKING") == [{"message": "Let me see"}]
    assert await yard.events(run_id, "PLAN_GENERATED") == [{"steps": ["Read it", "Write it"]}]
    calls = [(call["tool"], call["ok"], call["error"]) for call in await yard.events(run_id, "TOOL_CALL")]
    assert calls == [
        ("search", True, None),
        ("execute", False, "it broke"),
        ("command", True, None),
        ("check", True, None),
    ]
    changed = [(file["path"], file["change"]) for file in await yard.events(run_id, "FILE_CHANGED")]
    assert changed == [("hello.py", "edited"), ("new.txt", "written")]
    await yard.approve(run_id)
    result = json.loads((await yard.work(run_id, "COMPLETED")).result or "")
    assert (result["agent"], result["turns"], result["approved_by"]) == ("peer", 1, "ada")
    assert result["usage"] == {"input_tokens": 10, "output_tokens": 5, "cost": 0.25, "currency": "USD"}
    assert (yard.shown(run_id, "hello.py"), yard.shown(run_id, "new.txt")) == (FRIENDLY.strip(), "new")
    assert yard.git("rev-list", "--count", f"main..{result['branch']}") == "1"
    assert len(await yard.events(run_id, "AGENT_START")) == 1, "it was started again though all its turns were done"
    assert yard.git("status", "--short") == ""


async def test_wishes_of_a_person_go_to_a_new_session_that_is_told_the_story(yard: Yard) -> None:
    yard.host = raw_of(
        [["write", "hello.py", "greet = 1\n"], ["say", "Shorten"]],
        [["read", "hello.py"], ["quote_prompt"], ["write", "hello.py", FRIENDLY], ["say", DONE]],
    )
    run_id = await yard.queue()
    await yard.work(run_id, "WAITING")
    await yard.reject(run_id, "Ask how they are", revise=True)
    await yard.work(run_id, "WAITING")
    said = await yard.said(run_id)
    for words in ("greet = 1", "Be friendlier", "You said:\nhello.py: {}\nShorten", "Ask how they are"):
        assert words in said
    assert (await yard.question(run_id)).key == "approve/2"
    await yard.approve(run_id)
    result = json.loads((await yard.work(run_id, "COMPLETED")).result or "")
    assert yard.shown(run_id, "hello.py") == FRIENDLY.strip()
    assert (yard.git("rev-list", "--count", f"main..agent/run-{run_id}"), result["turns"]) == ("1", 2)


async def test_failing_checks_go_back_to_the_same_session(yard: Yard) -> None:
    yard.policy = ProjectPolicy(checks=("sh -c 'touch junk; test -e good'",))
    yard.host = raw_of([["direct", "bad", "x"]], [["quote_prompt"], ["direct", "bad", "y"], ["direct", "good", "x"]])
    run_id = await yard.queue()
    await yard.work(run_id, "WAITING")
    said = await yard.said(run_id)
    assert "do not pass" in said
    assert "earlier session" not in said
    assert len(await yard.events(run_id, "AGENT_START")) == 1
    assert [file["path"] for file in (await yard.detail(run_id))["files"]] == ["bad", "good"]


async def test_a_person_is_asked_and_the_turn_is_done_again_with_the_answer(yard: Yard) -> None:
    yard.host = raw_of(
        [["direct", "a.txt", "a"], ["ask", "execute", "make dist"], ["ask", "fetch", "docs"], ["say", DONE]],
        [["quote_prompt"], ["begin_tool"], ["say_where"]],
    )
    run_id = await yard.queue()
    await yard.work(run_id, "WAITING")
    first = await yard.question(run_id)
    assert (first.kind, first.key.split("/")[:2]) == ("PERMISSION", ["permission", "1"])
    detail = await yard.detail(run_id)
    assert json.loads(detail["input"]) == {"command": "make dist", "in": ".", "home": "(private)/sandbox/home"}
    assert detail["paths"] == ["hello.py"]
    await yard.approve(run_id)
    await yard.work(run_id, "WAITING")
    assert (await yard.detail(run_id))["title"] == "docs"
    await yard.reject(run_id, "Read the man page", revise=True)
    await yard.work(run_id, "WAITING")
    said = await yard.said(run_id)
    assert "make dist: allow_once\ndocs: reject_once" in said
    assert "No: Read the man page" in said
    assert (await yard.question(run_id)).kind == "COMMIT"
    assert (await yard.detail(run_id))["message"] == "Change hello.py"
    await yard.approve(run_id)
    await yard.work(run_id, "COMPLETED")


async def test_a_run_may_decide_permissions_beforehand_and_no_option_that_there_is_not(yard: Yard) -> None:
    yard.host = raw_of([["ask", "execute", "make dist"], ["ask", "read", "hello.py"]])
    for rule, expected in (("auto", "make dist: allow_once"), ("deny", "make dist: reject_once")):
        run_id = await yard.queue(config=json.dumps({"permissions": rule}))
        done = await yard.work(run_id, "COMPLETED")
        assert await yard.said(run_id) == f"{expected}\nhello.py: allow_once"
        told = [(call["tool"], call["arguments"][:22]) for call in await yard.events(run_id, "TOOL_CALL")]
        assert told == [("execute", '{"title": "make dist",'), ("read", '{"title": "hello.py", ')]
        assert json.loads(done.result or "")["commit"] is None
    run_id = await yard.queue(config=json.dumps({"permissions": "perhaps"}))
    assert "must be one of ask, auto, deny" in ((await yard.work(run_id, "FAILED")).error or "")


async def test_what_may_not_be_written_is_put_back_however_it_was_written(yard: Yard) -> None:
    yard.policy = ProjectPolicy(allowed_paths=AllowedPaths(write=("*.txt", ".claude/")), deny=("secret.txt",))
    yard.host = raw_of(
        [
            ["write", "hello.py", "x"],
            ["write", "secret.txt", "x"],
            ["read", "secret.txt"],
            ["direct", "hello.py", "x"],
            ["direct", "secret.txt", "x"],
            ["direct", ".mcp.json", "{}"],
            ["direct", "good.txt", "good\n"],
        ],
        [["quote_prompt"], ["say", DONE]],
        stop="max_tokens",
    )
    run_id = await yard.queue()
    await yard.work(run_id, "WAITING")
    said = await yard.said(run_id)
    for words in (
        "hello.py may not be written; these may be written: *.txt",
        "secret.txt may not be written",
        "secret.txt may not be read",
        ".mcp.json may not be written",
        "Not all of what you did can stay",
    ):
        assert words in said
    detail = await yard.detail(run_id)
    assert [file["path"] for file in detail["files"]] == ["good.txt"]
    assert detail["notes"] == ["peer stopped for this reason: max_tokens"]


async def test_what_cannot_be_recorded_is_undone_and_the_program_is_started_anew(yard: Yard) -> None:
    yard.host = raw_of(
        [["direct", "a.txt", "a"], ["make_repository"]],
        [["quote_prompt"], ["direct", "b.txt", "b\n"], ["say", DONE]],
    )
    run_id = await yard.queue(max_attempts=1)
    await yard.work(run_id, "WAITING")
    said = await yard.said(run_id)
    assert "nothing of it is kept" in said
    assert "earlier session" in said
    assert [file["path"] for file in (await yard.detail(run_id))["files"]] == ["b.txt"]


async def test_nothing_of_it_runs_while_its_change_is_checked(yard: Yard) -> None:
    yard.policy = ProjectPolicy(checks=("sh -c 'cp build/beat was; seq 300000 > all; cmp build/beat was'",))
    yard.host = raw_of([["leave_a_writer", "build/beat"], ["direct", "a.txt", "a"], ["say", DONE]])
    run_id = await yard.queue()
    await yard.work(run_id, "WAITING")
    assert [(check["ok"], check["output"]) for check in (await yard.detail(run_id))["checks"]] == [(True, "")]


async def test_it_gets_the_variables_of_its_manifest_and_no_other_and_they_stand_nowhere(yard: Yard) -> None:
    yard.environment = {"PEER_KEY": "planted-0123456789", "OTHER_KEY": "other-0123456789"}
    host = raw_of([["show_environment"]])
    yard.host = host.model_copy(update={"manifest": host.manifest.model_copy(update={"environment": ("PEER_KEY",)})})
    run_id = await yard.queue()
    await yard.work(run_id, "COMPLETED")
    said = await yard.said(run_id)
    assert '"PEER_KEY": "***"' in said
    assert "0123456789" not in said


async def test_a_whole_file_survives_being_read_and_written_back(yard: Yard) -> None:
    long = "".join(f"line {number}\n" for number in range(3000))
    (yard.project / "long.txt").write_text(long)
    yard.git("add", "long.txt")
    yard.git("commit", "--quiet", "--message", "Long")
    yard.host = raw_of([["copy", "long.txt", "again.txt"], ["say", DONE]])
    run_id = await yard.queue()
    await yard.work(run_id, "WAITING")
    await yard.approve(run_id)
    await yard.work(run_id, "COMPLETED")
    assert yard.shown(run_id, "again.txt") == long.strip()


async def test_where_it_cannot_work_it_says_so(yard: Yard) -> None:
    yard.host = raw_of()
    without = await yard.house.queue(agent="host:peer", max_attempts=1)
    assert "peer needs a project to work in" in ((await yard.work(without, "FAILED")).error or "")
    yard.policy = ProjectPolicy(approve_plan=True)
    assert "a plan must be approved first" in (await yard.failures({"peer": raw_of()}))["peer"]
