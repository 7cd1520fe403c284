"""Environments of hosts: made once and whole, whoever asks, and with sentences where they cannot be made."""

import asyncio
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agent_runner.domain.host_report import HostHealth
from agent_runner.errors import EnvironmentUnavailable
from agent_runner.hosts.environment import UNUSED_SECONDS, Condition, Environments
from agent_runner.hosts.installer import explained
from agent_runner.hosts.manifest import Host, read_host
from tests.hosts.small_hosts import LOCK, SCRIPT, command_host, environments_in, tiny_host, write_manifest


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return tiny_host(tmp_path)


def told(condition: Condition) -> tuple[HostHealth, str]:
    return condition.health, f"{condition.reason} -> {condition.next_step}"


def left_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if not path.name.endswith(".lock"))


@pytest.mark.timeout(120)
async def test_many_runs_at_once_install_once_and_the_script_finds_its_package(host: Host, tmp_path: Path) -> None:
    place, sentences = tmp_path / "state", list[str]()
    both = [environments_in(place), environments_in(place)]  # as two processes have them
    assert told(both[0].health(host)) == (
        HostHealth.MISSING,
        "its environment is not made yet -> agent-runner agents install tiny; the first run does it as well",
    )
    await asyncio.gather(*(both[number % 2].install(host, sentences.append) for number in range(10)))
    assert both[1].health(host).health is HostHealth.READY
    assert [sentence for sentence in sentences if sentence.startswith("installed 1 package in ")] != []
    assert len([sentence for sentence in sentences if sentence.startswith("installed ")]) == 1
    assert len([sentence for sentence in sentences if sentence.startswith("installing the environment of tiny")]) == 1
    (installed,) = left_in(place)
    python = await both[0].interpreter(host)
    assert python == place / installed / "bin" / "python"
    assert await asyncio.to_thread(subprocess.check_output, [python, str(host.script)], env={}) == b"1.17.0\n"
    assert await asyncio.to_thread(python.resolve) == await asyncio.to_thread(Path(sys.executable).resolve)
    assert list((place / installed).rglob("six*.pyc")), "what is run in a sandbox cannot compile itself"


async def test_another_lock_is_another_environment_and_an_old_one_goes_after_a_while(tmp_path: Path) -> None:
    place = tmp_path / "state"
    environments = environments_in(place)
    first = tiny_host(tmp_path / "first")
    await environments.install(first)
    (old,) = left_in(place)
    changed = tiny_host(tmp_path / "second", script=SCRIPT + "\n")
    assert environments.health(changed).health is HostHealth.MISSING
    await environments.install(changed)
    assert len(left_in(place)) == 2, "a run may still work in the old one"
    long_ago = time.time() - UNUSED_SECONDS - 10
    os.utime(place / old, (long_ago, long_ago))
    other = tiny_host(tmp_path, "tiny-0123456789abcdef")
    await environments.install(other)
    assert old in left_in(place), "it is not of this host"
    await environments.install(tiny_host(tmp_path / "third", script=SCRIPT + "\n\n"))
    assert old not in left_in(place)
    assert len(left_in(place)) == 3


async def test_using_an_environment_keeps_it(host: Host, tmp_path: Path) -> None:
    environments = environments_in(tmp_path / "state")
    place = (await environments.interpreter(host)).parents[1]
    os.utime(place, (0, 0))
    await environments.interpreter(host)
    assert time.time() - place.stat().st_mtime < 60


async def test_an_environment_whose_python_is_gone_is_made_anew(host: Host, tmp_path: Path) -> None:
    environments = environments_in(tmp_path / "state")
    python = await environments.interpreter(host)
    python.unlink()
    python.symlink_to(tmp_path / "removed")
    health, reason = told(environments.health(host))
    assert (health, "the Python of its environment" in reason) == (HostHealth.MISSING, True)
    assert (await environments.interpreter(host)).exists()


async def test_who_waits_for_another_process_says_so_and_finds_what_that_has_left(host: Host, tmp_path: Path) -> None:
    place, waiting = tmp_path / "state", asyncio.Event()
    place.mkdir()
    (place / ".tiny~killed").mkdir()
    sentences = list[str]()

    def hear(sentence: str) -> None:
        sentences.append(sentence)
        waiting.set()

    with (place / "tiny.lock").open("ab") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        installing = asyncio.create_task(environments_in(place).install(host, hear))
        await asyncio.wait_for(waiting.wait(), 10)
        assert sentences == ["another process is making it: waiting"]
    await installing
    assert [name for name in left_in(place) if name.startswith(".")] == [], "the draft of a killed process goes"


@asynccontextmanager
async def silent_registry() -> AsyncGenerator[tuple[str, asyncio.Event, asyncio.Event]]:
    """Its address; when somebody has asked it; and when they have hung up. It never answers."""
    asked, hung_up = asyncio.Event(), asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        asked.set()
        await reader.read()
        hung_up.set()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/simple", asked, hung_up
    finally:
        server.close()


async def test_cancelling_kills_uv_at_once_and_leaves_nothing(host: Host, tmp_path: Path) -> None:
    place = tmp_path / "state"
    async with silent_registry() as (url, asked, hung_up):
        environments = environments_in(place, UV_DEFAULT_INDEX=url, UV_CACHE_DIR=str(tmp_path / "cache"))
        installing = asyncio.create_task(environments.install(host))
        await asyncio.wait_for(asked.wait(), 20)
        installing.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await installing
        assert time.monotonic() - began < 2
        await asyncio.wait_for(hung_up.wait(), 5)
    assert left_in(place) == []
    assert environments.health(host).health is HostHealth.MISSING


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="uv is found by the list of processes")
async def test_an_uv_that_is_killed_is_a_sentence(host: Host, tmp_path: Path) -> None:
    place = tmp_path / "state"
    async with silent_registry() as (url, asked, _):
        environments = environments_in(place, UV_DEFAULT_INDEX=url, UV_CACHE_DIR=str(tmp_path / "cache"))
        installing = asyncio.create_task(environments.install(host))
        await asyncio.wait_for(asked.wait(), 20)
        os.kill(uv_in(place), signal.SIGKILL)
        with pytest.raises(EnvironmentUnavailable, match="its environment, was killed by signal 9"):
            await installing
    assert left_in(place) == []


def uv_in(place: Path) -> int:
    """The uv that works there."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            words = (process / "cmdline").read_bytes()
            if words.split(b"\0")[0].endswith(b"/uv") and bytes(place) in words:
                return int(process.name)
    raise AssertionError(f"no uv works in {place}")


async def test_a_registry_that_cannot_be_reached_is_a_sentence(host: Host, tmp_path: Path) -> None:
    nowhere = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    environments = environments_in(tmp_path / "state", UV_CACHE_DIR=str(tmp_path / "cache"), **nowhere)
    with pytest.raises(EnvironmentUnavailable, match="the host tiny: the package registry cannot be reached") as error:
        await environments.install(host)
    assert "127.0.0.1:9" in error.value.message
    assert "HTTPS_PROXY" in (error.value.next_step or "")
    assert left_in(tmp_path / "state") == []


async def test_other_files_than_the_lock_names_are_not_installed(tmp_path: Path) -> None:
    lock = re.sub("sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, LOCK.read_text())
    host = tiny_host(tmp_path, lock=lock)
    environments = environments_in(tmp_path / "state", UV_CACHE_DIR=str(tmp_path / "cache"))
    with pytest.raises(EnvironmentUnavailable, match="gives other files than its lock names"):
        await environments.install(host)
    assert left_in(tmp_path / "state") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"script": SCRIPT.replace(">=3.8", "at least 3")}, "cannot be read"),
        ({"script": SCRIPT.replace("dependencies =", "dependencies")}, "cannot be read"),
    ],
)
async def test_a_script_that_does_not_say_what_it_needs_is_broken(
    changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    environments = environments_in(tmp_path / "state")
    host = tiny_host(tmp_path, **changes)
    health, reason = told(environments.health(host))
    assert (health, said in reason) == (HostHealth.BROKEN, True), reason
    with pytest.raises(EnvironmentUnavailable, match=said):
        await environments.install(host)


@pytest.mark.parametrize(
    "script", ["print('hello')\n", SCRIPT.replace('"six==1.17.0"', "")], ids=["no block", "no packages"]
)
async def test_a_script_without_packages_needs_no_lock(script: str, tmp_path: Path) -> None:
    host, environments, said = tiny_host(tmp_path, script=script), environments_in(tmp_path / "state"), list[str]()
    assert host.lock is not None
    host.lock.unlink()
    assert environments.health(host).health is HostHealth.MISSING
    assert (await environments.interpreter(host, said.append)).exists()
    assert environments.health(host).health is HostHealth.READY
    assert said[-1].startswith("installed 0 packages in ")


def test_a_host_gets_the_variables_that_its_manifest_names_and_no_other(tmp_path: Path) -> None:
    directory = write_manifest(tmp_path, "named", 'command = ["cat"]\nenvironment = ["ITS_KEY", "UNSET"]')
    seen = {"ITS_KEY": "of the host", "OPENAI_API_KEY": "of the worker"}
    environments = Environments(tmp_path / "state", {}, seen.get)
    assert environments.variables(read_host(directory)) == {"ITS_KEY": "of the host"}


async def test_a_script_without_a_lock_is_broken_and_the_next_step_makes_one(host: Host, tmp_path: Path) -> None:
    assert host.lock is not None
    host.lock.unlink()
    health, reason = told(environments_in(tmp_path / "state").health(host))
    assert health is HostHealth.BROKEN
    assert reason == f"there is no lock beside its script: {host.lock} is missing -> uv lock --script {host.script}"


async def test_a_python_that_nobody_has_is_a_sentence(tmp_path: Path) -> None:
    host = tiny_host(tmp_path, script=SCRIPT.replace(">=3.8", "==3.99.*"))
    environments = environments_in(tmp_path / "state", UV_PYTHON_DOWNLOADS="never")
    with pytest.raises(EnvironmentUnavailable, match="no Python that its script wants") as error:
        await environments.install(host)
    assert "install such a Python" in (error.value.next_step or "")


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("error: Failed to install: a.whl\n  cause: No space left on device (os error 28)", "no space left"),
        (
            "error: Request failed\n  cause: HTTP status client error (403 Forbidden) for url (x)",
            "refuses what is asked",
        ),
        ("error: Because six was not found in the package registry", "refuses what is asked"),
        ("error: quite another thing", "cannot be made: quite another thing"),
        ("", "it said nothing"),
    ],
)
def test_the_last_words_of_uv_are_put_into_a_sentence(said: str, means: str) -> None:
    assert means in explained("the host tiny", said.splitlines()).message


async def test_a_state_directory_that_cannot_be_written_is_a_sentence(host: Host, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentUnavailable, match="its environment cannot be made: /"):
        await environments_in(tmp_path / "file" / "state").install(host)


async def test_a_command_needs_no_environment_but_its_program(tmp_path: Path) -> None:
    program = tmp_path / "programs" / "speaker"
    program.parent.mkdir()
    environments = Environments(tmp_path / "state", {"PATH": str(program.parent)}, {}.get)
    host, own = (
        command_host(tmp_path, name, command) for name, command in (("a", "speaker"), ("b", "{directory}/run"))
    )
    assert told(environments.health(host))[1].startswith("its program speaker is not found -> install speaker")
    with pytest.raises(EnvironmentUnavailable, match="speaker is not found"):
        await environments.install(host)
    for place in (program, own.directory / "run"):
        place.write_text("#!/bin/sh\n")
        place.chmod(0o755)
    for each in (host, own):
        assert environments.health(each).health is HostHealth.READY
        await environments.install(each)
    assert not (tmp_path / "state").exists()
