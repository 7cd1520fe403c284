"""The hosts of a machine: bundled ones and one's own, and those that cannot be used."""

import os
from pathlib import Path

import pytest

from agent_runner.domain.host_report import HostHealth, HostsReport
from agent_runner.hosts.shelf import Shelf, read_shelf
from tests.hosts.small_hosts import command_host, environments_in, tiny_host, write_manifest


@pytest.fixture
def bundled(tmp_path: Path) -> Path:
    for name in ("metagpt", "other"):
        tiny_host(tmp_path / "bundled", name)
    return tmp_path / "bundled"


def test_both_directories_may_be_missing(tmp_path: Path) -> None:
    assert read_shelf(tmp_path / "hosts", tmp_path / "bundled") == Shelf({})


def test_every_host_is_an_agent_and_a_built_in_agent_is_that_of_its_host(bundled: Path, tmp_path: Path) -> None:
    command_host(tmp_path / "hosts", "mine", "/bin/cat")
    (tmp_path / "hosts" / "notes").mkdir()
    (tmp_path / "hosts" / "README.md").write_text("no host")
    agents = read_shelf(tmp_path / "hosts", bundled).agents
    assert sorted(agents) == ["host:metagpt", "host:mine", "host:other", "metagpt"]
    assert agents["metagpt"] is agents["host:metagpt"]


def test_ones_own_host_is_used_instead_of_a_bundled_one_and_that_is_told(bundled: Path, tmp_path: Path) -> None:
    own = command_host(tmp_path / "hosts", "metagpt", "/bin/cat")
    shelf = read_shelf(tmp_path / "hosts", bundled)
    assert shelf.hosts["metagpt"].directory == own.directory
    metagpt, other = shelf.report(environments_in(tmp_path / "state")).hosts
    assert (metagpt.health, metagpt.reason) == (
        HostHealth.READY,
        f"{own.directory} is used, and not the bundled host of the same name",
    )
    assert (other.name, other.health, other.version) == ("other", HostHealth.MISSING, "1.17")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("other", b"name =", "cannot be read"),
        ("other", b"\xff\xfe", "cannot be read"),
        ("other", b'name = "other"\ndescription = "x"\nscript = "missing.py"\n', "which is not beside it"),
        ("no name", b'name = "no name"\ndescription = "x"\ncommand = ["x"]\n', "name: "),
        ("other", b"deep = " + b"[" * 20_000, "cannot be read: maximum recursion"),
        ("other", b"large = " + b"9" * 5000, "cannot be read: Exceeds the limit"),
        ("other", b'name = "other"\ndescription = "x"\ncommand = ["a\\u0000"]\n', "may hold a NUL"),
        ("other", b"name = 1" + b"1" * 4000, "name: Input should be a valid string (got 1111"),
    ],
)
def test_a_broken_manifest_is_told_and_stops_no_other(
    name: str, content: bytes, said: str, bundled: Path, tmp_path: Path
) -> None:
    directory = write_manifest(tmp_path / "hosts", name, "")
    (directory / "host.toml").write_bytes(content)
    shelf = read_shelf(tmp_path / "hosts", bundled)
    assert said in shelf.broken[name]
    assert "host:metagpt" in shelf.agents
    assert f"host:{name}" not in shelf.agents, "nobody takes the bundled one for one's own"
    report = {host.name: host for host in shelf.report(environments_in(tmp_path / "state")).hosts}
    assert (report[name].health, str(directory) in (report[name].reason or "")) == (HostHealth.BROKEN, True)
    assert name not in shelf.report(environments_in(tmp_path / "state")).names


def test_a_directory_whose_name_is_no_text_is_told_as_well(tmp_path: Path) -> None:
    directory = tmp_path / os.fsdecode(b"\xff")
    try:
        directory.mkdir()
    except OSError:
        pytest.skip("this file system takes no such name")
    (directory / "host.toml").write_text("")
    report = read_shelf(tmp_path, tmp_path / "none").report(environments_in(tmp_path / "state"))
    assert HostsReport.model_validate_json(report.model_dump_json()).hosts[-1].health is HostHealth.BROKEN


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ('[options.a]\ntype = "integer"\ndefault = "x"', "options.a: its default must be of type integer, and is 'x'"),
        ('[options.a]\ntype = "integer"\ndefault = 9\nmaximum = 5', "its default must be at most 5, and is 9"),
        ('[options.a]\ntype = "number"\ndefault = nan', "its default must be finite, and is nan"),
        ('[options.cache]\ntype = "string"', "a run sets cache for every agent: name the option otherwise"),
    ],
)
def test_an_option_that_no_run_could_use_is_a_broken_manifest(option: str, said: str, tmp_path: Path) -> None:
    write_manifest(tmp_path, "other", f'command = ["x"]\n{option}')
    assert said in read_shelf(tmp_path).broken["other"]


def test_a_block_of_dependencies_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    tiny_host(tmp_path, script="# /// script\n# deep = " + "[" * 20_000 + "\n# ///\n")
    reports = read_shelf(tmp_path, tmp_path / "none").report(environments_in(tmp_path / "state")).hosts
    assert [(host.health, "cannot be read" in (host.reason or "")) for host in reports] == [(HostHealth.BROKEN, True)]


def test_the_hosts_that_come_along_can_be_used() -> None:
    assert read_shelf(Path("/nonexistent")).broken == {}
