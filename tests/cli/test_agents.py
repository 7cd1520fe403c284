"""The commands around agents: those of the API, and those that install hosts on this machine."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli, is_an_error
from tests.e2e.conftest import Site, until
from tests.hosts.small_hosts import command_host, tiny_host, write_manifest


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Where HOSTS_DIR points by default."""
    (tmp_path / ".env").write_text("LLM_MODEL=demo\n")
    return tmp_path / "hosts"


def hosts_in_doctor(cli: Cli) -> list[tuple[str, str, str | None]]:
    found = [finding for finding in cli("doctor", "--json").data if finding["subject"] == "hosts"]
    return [(finding["verdict"], finding["sentence"], finding["next_step"]) for finding in found]


def test_agents_are_listed_with_version_and_health(api: Cli) -> None:
    header, *rows = api("agents", "list").out.splitlines()
    assert header.split() == ["NAME", "KIND", "ROLE", "VERSION", "HEALTH", "DESCRIPTION"]
    assert {"simple", "coder", "metagpt"} <= {row.split()[0] for row in rows}
    assert [rows[0].split()[place] for place in (1, 2, 4)] == ["built-in", "-", "ready"]
    listed = api("agents", "list", "--json").data
    assert {"name", "version", "health", "reason", "description", "options"} <= listed[0].keys()


def test_a_real_worker_tells_of_the_hosts_that_come_along_and_has_them(api: Cli, live: Site) -> None:
    until(lambda: _health_of(live, "metagpt"), "the worker has looked at its hosts")
    assert _health_of(live, "metagpt") in {"missing", "ready"}
    done = api("runs", "create", "x", "--agent", "host:gone", "--watch")
    assert done.code == 5
    [error] = [line for line in done.out.splitlines() if "this worker has no agent 'host:gone'" in line]
    assert "metagpt" in error.partition("it has: ")[2].split(", ")


def _health_of(live: Site, name: str) -> str | None:
    return next(agent["health"] for agent in live.get("/agents") if agent["name"] == name)


def test_one_agent_is_shown_and_an_unknown_one_is_code_7(api: Cli) -> None:
    assert api("agents", "show", "coder", "--json").data["needs_project"] is True
    assert "name           simple" in api("agents", "show", "simple").out
    missing = api("agents", "show", "nobody")
    assert is_an_error(missing, 7)
    assert "there is no agent 'nobody'; there are: " in missing.err
    assert "simple" in missing.err


def test_a_host_is_installed_once_and_then_doctor_is_content(cli: Cli, own: Path, tmp_path: Path) -> None:
    tiny_host(own)
    next_step = "agent-runner agents install tiny; the first run does it as well"
    assert ("warn", "tiny: its environment is not made yet", next_step) in hosts_in_doctor(cli)
    assert not (tmp_path / "data").exists(), "doctor changes nothing"
    done = cli("agents", "install", "tiny")
    assert (done.code, done.out) == (0, "tiny is ready\n")
    assert "tiny: installed 1 package in " in done.err
    again = cli("agents", "install", "host:tiny", "tiny", "--json")
    assert (again.data, again.err) == ({"ready": ["tiny"], "failed": {}}, "")
    (installed,) = (tmp_path / "data" / "agent_runner.db.run" / "hosts").glob("tiny-*")
    assert (installed / "bin" / "python").exists()
    assert not [finding for finding in hosts_in_doctor(cli) if "tiny:" in finding[1]]


def test_one_that_cannot_be_installed_does_not_keep_the_others_from_it(cli: Cli, own: Path) -> None:
    tiny_host(own)
    lock = tiny_host(own, "unlocked").lock
    assert lock is not None
    lock.unlink()
    write_manifest(own, "torn", "script =")
    command_host(own, "cat", "/bin/cat")
    done = cli("agents", "install", "cat", "unlocked", "tiny", "--json")
    assert (done.code, done.data["ready"], list(done.data["failed"])) == (1, ["cat", "tiny"], ["unlocked"])
    assert "there is no lock beside its script" in done.err
    assert "next: uv lock --script" in done.err
    assert "warning: torn: " in done.err
    told = {sentence.partition(":")[0]: verdict for verdict, sentence, _ in hosts_in_doctor(cli)}
    assert (told["unlocked"], told["torn"], told["ready"]) == ("warn", "warn", "pass")


def test_what_cannot_be_installed_is_named(cli: Cli, own: Path) -> None:
    write_manifest(own, "torn", "script =")
    assert is_an_error(cli("agents", "install"), 2)
    assert is_an_error(cli("agents", "install", "tiny", "--all"), 2)
    unknown = cli("agents", "install", "nobody")
    assert (unknown.code, "this machine has no host 'nobody'" in unknown.err) == (7, True)
    ours = cli("agents", "install", "simple")
    assert (ours.code, "simple comes with agent-runner, and nothing is to be installed for it" in ours.err) == (7, True)
    torn = cli("agents", "install", "host:torn")
    assert (torn.code, "torn/host.toml cannot be read" in torn.err) == (1, True)
