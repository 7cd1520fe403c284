"""The examination of machine, settings and services: what it finds, its exit code, and that nothing stops it."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from agent_runner.cli import doctor, machine_checks
from agent_runner.client import WorkerStatus
from agent_runner.console.build import build_directory, is_built
from agent_runner.domain import finding
from agent_runner.domain.clock import utc_now
from agent_runner.domain.finding import Finding, examine_workers
from agent_runner.store import examination, server
from scripts.postgres_server import running_postgres
from tests.cli.conftest import Cli
from tests.databases import order
from tests.e2e.conftest import free_port


def findings(cli: Cli) -> dict[str, tuple[str, str]]:
    """By subject. Whatever does not pass says what to do, also to people."""
    found = cli("doctor", "--json").data
    assert [finding for finding in found if finding["verdict"] != "pass" and not finding["next_step"]] == []
    return {finding["subject"]: (finding["verdict"], finding["sentence"]) for finding in found}


@pytest.fixture
def quiet(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"API_PORT={free_port()}\nLLM_MODEL=demo\n")


@pytest.mark.usefixtures("quiet")
def test_a_fresh_machine_is_usable(cli: Cli, tmp_path: Path) -> None:
    verdicts = {subject: verdict for subject, (verdict, _) in findings(cli).items()}
    assert verdicts.pop("sandbox") in {"pass", "warn"}, "it depends on the machine"
    assert verdicts.pop("hosts") in {"pass", "warn"}, "those that come along are not installed yet"
    assert verdicts.pop("console") == ("pass" if is_built(build_directory()) else "warn")
    assert verdicts == {
        "python": "pass",
        "settings": "pass",
        "sqlite": "pass",
        "database": "warn",
        "clock": "pass",
        "disk": "pass",
        "file system": "pass",
        "api": "warn",
        "model": "pass",
        "cache": "pass",
        "git": "pass",
        "uv": "pass",
        "permissions": "pass",
    }
    assert cli("doctor").code == 0
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
    cli("db", "migrate")
    verdict, sentence = findings(cli)["database"]
    assert (verdict, "undamaged" in sentence) == ("pass", True)


@pytest.mark.usefixtures("quiet")
def test_a_server_is_examined(cli: Cli, new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", new_url)
    found = findings(cli)
    kind = "sqlite" if new_url.startswith("sqlite") else "postgresql"
    assert [found[name][0] for name in (kind, "database", "clock")] == ["pass", "pass", "pass"]
    assert ("connections" in found) is (kind == "postgresql")
    monkeypatch.setattr(server, "utc_now", lambda: utc_now() + timedelta(seconds=5))
    if kind == "postgresql":
        verdict, sentence = findings(cli)["clock"]
        assert (verdict, "5.0 s apart" in sentence) == ("warn", True)


@pytest.mark.usefixtures("quiet")
def test_a_server_without_rights_or_room_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_postgres(fsync="off", max_connections="11", superuser_reserved_connections="3") as own:
        order(own.url(), "CREATE ROLE guest LOGIN")
        monkeypatch.setenv("DATABASE_URL", own.url().replace("postgres@", "guest@"))
        found = findings(cli)
        assert found["rights"][0] == "fail"
        assert "guest may not create tables" in found["rights"][1]
        assert found["connections"][0] == "pass"
        assert cli("doctor").code == 1
        own.stop()
        found = findings(cli)
        assert found["database"][0] == "fail"
        assert "cannot be reached" in found["database"][1]
        assert "git" in found, "the others are examined all the same"


@pytest.mark.usefixtures("quiet")
def test_what_is_wrong_is_named_and_ends_in_code_1(cli: Cli, tmp_path: Path) -> None:
    other = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # answers 501 to everything
    Thread(target=other.serve_forever).start()
    settings = f"API_PORT={other.server_port}\nLLM_MODEL=openai:gpt\nDATABASE_URL=sqlite:///:memory:\n"
    (tmp_path / ".env").write_text(settings)
    try:
        found = findings(cli)
    finally:
        other.shutdown()
        other.server_close()
    assert {found[subject][0] for subject in ("database", "api", "model")} == {"fail"}
    assert "in-memory" in found["database"][1]
    assert "501" in found["api"][1]
    assert "OPENAI_API_KEY" in found["model"][1]
    assert cli("doctor").code == 1
    (tmp_path / ".env").write_text("API_HOST=0.0.0.0\n")
    assert "API_KEYS must be set" in findings(cli)["settings"][1]


@pytest.mark.usefixtures("quiet")
def test_a_damaged_database_fails(cli: Cli, tmp_path: Path) -> None:
    cli("db", "migrate")
    path = tmp_path / "data" / "agent_runner.db"
    content = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as file:  # an index, which no count reads
        [page] = file.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'runs_delayed'").fetchone()
    content[(page - 1) * 4096 : page * 4096] = os.urandom(4096)
    path.write_bytes(content)
    verdict, sentence = findings(cli)["database"]
    assert (verdict, "is damaged" in sentence) == ("fail", True)


@pytest.mark.usefixtures("quiet")
def test_keys_that_others_can_read_are_a_warning(cli: Cli, tmp_path: Path) -> None:
    environment = tmp_path / ".env"
    for line, verdict in {
        "API_KEYS=\n": "pass",
        "API_KEYS=ci:key\n": "warn",
        "  export OPENAI_API_KEY = x\n": "warn",
        "DATABASE_URL=postgresql://me:secret@127.0.0.1:1/db\n": "warn",
        "DATABASE_URL=sqlite:///data/x.db\n": "pass",
    }.items():
        environment.write_text(f"LLM_MODEL=demo\n{line}")
        environment.chmod(0o644)
        assert findings(cli)["permissions"][0] == verdict, line
        environment.chmod(0o600)
        assert findings(cli)["permissions"][0] == "pass", line


@pytest.mark.usefixtures("quiet")
def test_data_that_everybody_may_change_is_a_warning(cli: Cli, tmp_path: Path) -> None:
    cli("db", "migrate")
    (tmp_path / "data").chmod(0o777)
    verdict, sentence = findings(cli)["permissions"]
    assert (verdict, str(tmp_path / "data") in sentence) == ("warn", True)


@pytest.mark.usefixtures("quiet")
def test_an_old_git_or_none_is_a_warning(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert findings(cli)["git"] == ("warn", "is not in PATH")
    tool = tmp_path / "git"
    for version, verdict in {"2.38.9": "warn", "2.39.0": "pass", "3.0.1": "pass"}.items():
        tool.write_text(f"#!/bin/sh\necho git version {version}\n")
        tool.chmod(0o755)
        assert findings(cli)["git"][0] == verdict, version


@pytest.mark.usefixtures("quiet")
def test_little_room_on_the_disk(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "PLENTY_BYTES", 2**62)
    assert findings(cli)["disk"][0] == "warn"
    monkeypatch.setattr(examination, "TOO_LITTLE_BYTES", 2**61)
    assert findings(cli)["disk"][0] == "fail"


@pytest.mark.usefixtures("quiet")
def test_a_check_that_hangs_is_cut_and_one_that_breaks_is_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hangs(_settings: Any) -> Iterator[Finding]:
        release.wait(30)
        yield from ()

    def breaks(_settings: Any) -> Iterator[Finding]:
        raise LookupError("lost")

    monkeypatch.setattr(finding, "LONGEST_CHECK_SECONDS", 0.2)
    monkeypatch.setattr(doctor, "CHECKS", {"first": hangs, "second": breaks, "git": machine_checks.git})
    began = time.monotonic()
    found = findings(cli)
    assert time.monotonic() - began < 4
    release.set()
    assert found["first"] == ("fail", "did not answer within 0.2 s")
    assert found["second"][0] == "fail"
    assert "LookupError: lost" in found["second"][1]
    assert found["git"][0] == "pass"


def test_a_worker_that_was_not_heard_of_is_a_warning() -> None:
    worker = {"id": "w", "host": "h", "pid": 1, "model": "m", "slots": 4, "busy": 1, "sandbox": "L2"}
    status = {"running": True, "check_interval": 1, "queue": {"queued": 0, "running": 0, "waiting": 0}}
    for silent, verdicts in ((1, ["pass"]), (20, ["pass", "warn"])):
        heard = utc_now() - timedelta(seconds=silent)
        found = WorkerStatus.model_validate({**status, "workers": [{**worker, "last_heartbeat": heard}]})
        assert [f.verdict for f in examine_workers(found.workers, utc_now(), 10)] == verdicts
        assert (
            next(iter(examine_workers(found.workers, utc_now(), 10))).sentence
            == "1 alive, 1 of 4 slots busy; sandbox L2"
        )


@pytest.mark.usefixtures("quiet")
def test_the_sandbox_of_this_machine_is_tried_and_less_than_is_accepted_fails(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_runner.sandbox.probe.BUBBLEWRAP", "no-such-bubblewrap")
    verdict, sentence = findings(cli)["sandbox"]
    assert (verdict, "L3: bubblewrap is not installed" in sentence) == ("warn", True)
    monkeypatch.setenv("SANDBOX_LEVEL", "3")
    verdict, sentence = findings(cli)["sandbox"]
    assert (verdict, sentence.startswith("commands must be held with L3 at least")) == ("fail", True)


def test_a_cache_that_is_away_is_a_warning_without_its_password(cli: Cli, tmp_path: Path, redis_url: str) -> None:
    settings = f"API_PORT={free_port()}\nLLM_MODEL=demo\nCACHE_BACKEND=redis\n"
    (tmp_path / ".env").write_text(f"{settings}REDIS_URL={redis_url}\n")
    verdict, sentence = findings(cli)["cache"]
    assert (verdict, sentence.startswith("redis at ")) == ("pass", True)
    (tmp_path / ".env").write_text(f"{settings}REDIS_URL=redis://:a-planted-password@127.0.0.1:9/0\n")
    verdict, sentence = findings(cli)["cache"]
    assert (verdict, sentence.startswith("redis at 127.0.0.1:9 says: ")) == ("warn", True)
    assert "planted" not in sentence
    assert "planted" not in cli("config", "show").out
