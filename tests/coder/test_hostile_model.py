"""A model that does what it should not: each ends in a refusal it can read, and nothing of it in the project."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from agent_runner.domain.policy import ProjectPolicy
from agent_runner.store.session import ReadSession
from tests.coder.coding_model import Call, CodingModel, Turn, wrote
from tests.coder.conftest import Shop

KEY = "sk-planted-0123456789-abcdefghij"
DONE = "Do it"


def shell(line: str) -> Call:
    return "run_command", {"command": f"sh -c '{line}'"}


async def waiting(shop: Shop, turns: Sequence[Turn]) -> tuple[str, dict[str, Any]]:
    """What it was told, and what a person is asked."""
    shop.policy = ProjectPolicy(commands=("sh -c *",))
    shop.model = CodingModel([*turns, DONE])
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    return "\n".join(shop.model.told), json.loads((await shop.question(run_id)).question)


def paths(question: dict[str, Any]) -> list[str]:
    return [file["path"] for file in question["detail"]["files"]]


def everything(session: ReadSession) -> str:
    return "".join(repr(row) for table in SQLModel.metadata.tables.values() for row in session.rows(select(table)))


async def test_tools_that_do_not_exist_and_arguments_that_make_no_sense(shop: Shop) -> None:
    turns = [
        ("rm_rf", {"path": "/"}),
        ("edit_file", {"path": 7, "old": None}),
        ("edit_file", {"path": "hello.py", "old": "no such line", "new": "x"}),
        ("read_file", {"path": "hello.py", "first_line": -5}),
        ("search", {"pattern": "(", "is_regex": True}),
        [("read_file", {"path": "missing"}), wrote("a.txt", "a\n"), wrote("b.txt", "b\n")],
    ]
    told, question = await waiting(shop, turns)
    assert paths(question) == ["a.txt", "b.txt"]
    for words in ("rm_rf", "was not found", "none with the number -5", "is not a regular expression"):
        assert words in told


async def test_a_model_that_never_ends_is_ended(shop: Shop) -> None:
    shop.model = CodingModel([("list_files", {})] * 100)
    run_id = await shop.queue()
    failed = await shop.work(run_id, "FAILED")
    assert "came to no end within 50 model calls" in (failed.error or "")
    assert failed.attempt == 1


async def test_a_key_of_the_worker_gets_nowhere(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.secrets = (KEY,)
    shop.policy = ProjectPolicy(commands=("sh -c *",))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    shop.model = CodingModel(
        [
            wrote("config.py", f'KEY = "{KEY}"\n'),
            shell(f"printf %s%s {KEY[:9]} {KEY[9:]} > key.txt"),
            shell("env > env.txt; cat /proc/self/environ /proc/1/environ > all.txt 2>/dev/null; cat env.txt"),
            ("read_file", {"path": "config.py"}),
            DONE,
        ]
    )
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    assert "holds a key or password of this worker and was undone" in "\n".join(shop.model.told)
    assert paths(json.loads((await shop.question(run_id)).question)) == ["all.txt", "config.py", "env.txt"]
    assert 'KEY = "***"' in "\n".join(shop.model.told)
    await shop.approve(run_id)
    await shop.work(run_id, "COMPLETED")
    assert KEY not in shop.git("show", f"agent/run-{run_id}", "--text")

    assert KEY not in await shop.house.database.read(everything)


async def test_a_key_in_the_projects_own_files_is_not_stored(shop: Shop) -> None:
    (shop.project / "env").write_text(f"first\nKEY={KEY}\nlast\n")
    shop.git("add", "env")
    shop.git("commit", "--quiet", "--message", "Leak")
    shop.secrets = (KEY,)
    shop.model = CodingModel([("edit_file", {"path": "env", "old": "last", "new": "end"}), DONE], ["I may not."])
    run_id = await shop.queue()
    await shop.work(run_id, "COMPLETED")
    assert "was undone" in "\n".join(shop.model.told)
    assert KEY not in await shop.house.database.read(everything)


async def test_a_key_that_only_the_next_worker_knows_is_not_committed(shop: Shop) -> None:
    shop.model = CodingModel([wrote("env", f"KEY={KEY}\n"), DONE], [wrote("a.txt", "a\n"), DONE])
    run_id = await shop.queue()
    await shop.work(run_id, "WAITING")
    await shop.reject(run_id, "Also a", revise=True)
    shop.secrets = (KEY,)
    failed = await shop.work(run_id, "FAILED")
    assert "the diff shows a key or password of this worker" in (failed.error or "")
    assert shop.branches() == ["main"]


async def test_links_lead_nowhere_and_are_shown(shop: Shop) -> None:
    turns = [
        shell("ln -s /etc/passwd link; ln -s .. up"),
        ("read_file", {"path": "link"}),
        ("list_files", {"path": "up"}),
        wrote("up/outside.txt", "x"),
        wrote("link", "x"),
    ]
    told, question = await waiting(shop, turns)
    assert "root:" not in told
    assert question["flags"] == ["link: it is a symbolic link", "up: it is a symbolic link"]


async def test_what_a_reader_would_not_see_is_flagged(shop: Shop) -> None:
    _, question = await waiting(shop, [wrote("a.py", "x = 1  # \u202e reversed\n"), wrote("Makefile", "all:\n")])
    assert question["flags"] == ["a.py:1: it holds characters that are not seen: RIGHT-TO-LEFT OVERRIDE"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mkdir -p x/.git; echo ref: refs/heads/main > x/.git/HEAD", "x/.git"),
        ("mkfifo pipe", "pipe is a FIFO"),
        ("head -c 70000000 /dev/zero > large.bin", "large.bin has 70000000 bytes"),
        ("head -c 30000000 /dev/urandom > noise.bin", "make it smaller"),
    ],
)
async def test_what_cannot_be_committed_is_undone(shop: Shop, line: str, words: str) -> None:
    told, question = await waiting(shop, [shell(line), wrote("a.txt", "a\n")])
    assert words in told
    assert paths(question) == ["a.txt"]


async def test_a_flood_of_output_is_cut(shop: Shop) -> None:
    told, _ = await waiting(shop, [shell("yes | head -c 50000000; echo; echo the end"), wrote("a.txt", "a\n")])
    assert "the end" in told
    assert len(told) < 40_000
