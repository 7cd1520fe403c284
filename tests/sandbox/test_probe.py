"""The probe: every try is one that can succeed, each level holds what it promises, and a weakened one is found out."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_runner.entry.worker import fastest_loop
from agent_runner.errors import SandboxError
from agent_runner.sandbox.bubblewrap import BUBBLEWRAP, wrapper
from agent_runner.sandbox.inside import escape
from agent_runner.sandbox.inside.plan import Plan
from agent_runner.sandbox.level import Finished, Level, Limits
from agent_runner.sandbox.probe import BOMB, OF_L1, MakeSandbox, Probe, escapes, probe, remembered, unavailable, usable
from agent_runner.sandbox.sandbox import Sandbox

EVERYTHING = (*escape.TRIES, BOMB)
IS_ROOT = os.getuid() == 0


def needs(level: Level) -> None:
    if why_not := unavailable(level):
        pytest.skip(f"{level.name}: {why_not}")


class Bare(Sandbox):
    """No sandbox at all: starts the command as any program would."""

    async def run(self, command: Sequence[str], *, cwd: Path, **_: Any) -> Finished:
        left_open = os.open(cwd, os.O_RDONLY)
        said = cwd / f"said-{Path(command[3]).name}"
        with said.open("wb") as stdout:
            process = await asyncio.create_subprocess_exec(*command, cwd=cwd, stdout=stdout, pass_fds=(left_open,))
        os.close(left_open)
        if "fork_bomb" in command[3]:
            while not said.read_text():
                await asyncio.sleep(0.01)
            process.kill()
        return Finished(
            exit_code=max(await process.wait(), 0),
            signal=None,
            stdout=said.read_text(),
            stderr="",
            truncated=False,
            stop=None,
            level=self.level,
            seconds=0,
        )


def weakened(**changes: Any) -> MakeSandbox:
    """Sandboxes of a level without one protection."""

    class Weakened(Sandbox):
        def _plan(self, *arguments: Any) -> Plan:
            return replace(super()._plan(*arguments), **changes)

    return Weakened


def with_network(**changes: Any) -> MakeSandbox:
    """Sandboxes whose commands may use the network of the machine, perhaps without a protection."""

    class WithNetwork(Sandbox):
        def _plan(self, *arguments: Any) -> Plan:
            return replace(super()._plan(*arguments), **changes)

        async def run(self, command: Sequence[str], **given: Any) -> Finished:
            return await super().run(command, **given, network=True)

    return WithNetwork


def end_all(place: Path) -> None:
    """Ends what the bare tries left; they are told by the directory in their command line."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
            where = (entry / "cwd").readlink()
        except OSError:
            continue
        if b"inside/escape.py" in words or (b"fork_bomb.py" in words and place in where.parents):
            os.kill(int(entry.name), signal.SIGKILL)


@pytest.mark.skipif(not IS_ROOT, reason="only root can do all of it without a sandbox")
async def test_without_a_sandbox_every_try_succeeds(tmp_path: Path) -> None:
    try:
        held, escaped = await escapes(Level.L2, tmp_path, make=Bare)
    finally:
        end_all(tmp_path)
    assert held == ()
    assert set(escaped) == set(EVERYTHING)


async def test_it_makes_no_difference_how_the_place_of_the_probe_is_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert await escapes(Level.L1, Path("data/state")) == (tuple(sorted(OF_L1)), ())


@pytest.mark.parametrize("level", [level for level in (Level.L1, Level.L2) if not unavailable(level)])
def test_in_the_event_loop_of_a_worker_as_much_is_held(tmp_path: Path, level: Level) -> None:
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        _, escaped = runner.run(escapes(level, tmp_path))
    assert escaped == ()


@pytest.mark.parametrize("level", [Level.L3, Level.L2])
async def test_a_closed_level_holds_every_try(tmp_path: Path, level: Level) -> None:
    needs(level)
    assert await escapes(level, tmp_path) == (EVERYTHING, ())
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240


async def test_limits_hold_what_limits_can(tmp_path: Path) -> None:
    assert await escapes(Level.L1, tmp_path) == (tuple(sorted(OF_L1)), ())


# What is left holds as well: as in a container that gives no namespaces, and there as a plain user.
@pytest.mark.parametrize("changes", [{"has_namespaces": False}, {"has_namespaces": False, "uid": None}])
async def test_without_namespaces_the_rest_of_l2_still_holds(tmp_path: Path, changes: dict[str, Any]) -> None:
    needs(Level.L2)
    assert await escapes(Level.L2, tmp_path, make=weakened(**changes)) == (EVERYTHING, ())


async def test_bubblewrap_leaves_the_network_of_the_machine_only_where_it_is_allowed(tmp_path: Path) -> None:
    plan = Sandbox(Level.L3, tmp_path)._plan(["true"], tmp_path, [], [], {}, Limits())
    assert "--unshare-net" in wrapper(plan, BUBBLEWRAP)
    assert "--unshare-net" not in wrapper(replace(plan, has_network=True), BUBBLEWRAP)


@pytest.mark.parametrize("level", [Level.L3, Level.L2])
async def test_a_network_that_is_allowed_opens_nothing_else(tmp_path: Path, level: Level) -> None:
    needs(level)
    _, escaped = await escapes(level, tmp_path, make=with_network())
    assert escaped == ("connect to the network",)


async def test_without_namespaces_a_network_opens_nothing_else_either(tmp_path: Path) -> None:
    needs(Level.L2)
    _, escaped = await escapes(Level.L2, tmp_path, make=with_network(has_namespaces=False))
    assert escaped == ("connect to the network",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"has_landlock": False, "uid": None}, {"read outside", "list outside", "follow links"}),
        ({"has_seccomp": False}, {"connect to a unix socket"}),
        ({"has_limits": False}, {"take memory", "take files", BOMB}),
        (
            {"has_seccomp": False, "has_namespaces": False, "uid": None},
            {"connect to a unix socket", "change mode outside"},
        ),
        (
            {"has_landlock": False, "has_namespaces": False, "uid": None},
            {"read outside", "write outside", "signal others"},
        ),
    ],
)
async def test_a_level_without_one_of_its_protections_is_found_out(
    tmp_path: Path, changes: dict[str, Any], expected: set[str]
) -> None:
    needs(Level.L2)
    _, escaped = await escapes(Level.L2, tmp_path, make=weakened(**changes))
    assert expected <= set(escaped)


async def test_the_strongest_level_that_holds_is_taken_and_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs(Level.L2)
    best = await probe(tmp_path)
    assert best.level >= Level.L2
    assert best.held == EVERYTHING
    monkeypatch.setattr("agent_runner.sandbox.probe.BUBBLEWRAP", "no-such-bubblewrap")
    weak = await probe(tmp_path, make=weakened(has_landlock=False, uid=None))
    assert weak.level is Level.L1
    assert "read outside" in weak.failed
    assert "L2: a child could read outside" in weak.reason


async def test_a_machine_without_bubblewrap_takes_l2_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs(Level.L2)
    monkeypatch.setattr("agent_runner.sandbox.probe.BUBBLEWRAP", "no-such-bubblewrap")
    found = await probe(tmp_path)
    assert (found.level, found.failed, found.reason) == (Level.L2, (), "L3: bubblewrap is not installed")


async def test_a_bubblewrap_that_does_not_work_is_not_taken(tmp_path: Path) -> None:
    needs(Level.L3)
    found = await probe(tmp_path, make=weakened(wrapper=[BUBBLEWRAP, "--no-such-option"]))
    assert found.reason.startswith("L3: the command could not be confined, so it was not started: bubblewrap")


async def test_nothing_is_taken_where_not_even_limits_hold(tmp_path: Path) -> None:
    found = await probe(tmp_path, make=weakened(has_limits=False))
    assert (found.level, found.held) == (Level.L0, ())
    assert "take memory" in found.failed


def test_other_systems_are_told_what_they_lack() -> None:
    assert unavailable(Level.L3, platform="darwin") == "darwin has neither bubblewrap nor Landlock"
    assert unavailable(Level.L2, platform="darwin") == "darwin has neither bubblewrap nor Landlock"
    assert unavailable(Level.L1, platform="darwin") == ""


@pytest.mark.parametrize(
    ("can", "setting", "expected"),
    [
        (Level.L3, "auto", Level.L3),
        (Level.L1, "auto", Level.L1),
        (Level.L0, "0", Level.L0),
        (Level.L2, "2", Level.L2),
        (Level.L3, "2", Level.L3),
    ],
)
def test_the_strongest_level_is_used_if_it_is_accepted(can: Level, setting: str, expected: Level) -> None:
    assert usable(Probe(level=can, held=(), failed=(), reason=""), setting) is expected


@pytest.mark.parametrize(("can", "setting"), [(Level.L0, "auto"), (Level.L2, "3"), (Level.L1, "2")])
def test_below_the_least_accepted_level_nothing_is_run(can: Level, setting: str) -> None:
    found = Probe(level=can, held=(), failed=(), reason="L3: bubblewrap is not installed")
    with pytest.raises(SandboxError, match=r"this machine can do L\d: L3: bubblewrap is not installed"):
        usable(found, setting)


async def test_a_probe_is_remembered_until_the_key_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await remembered(tmp_path, "boot 1, version 1")
    probed: list[Path] = []

    async def weaker(state_dir: Path) -> Probe:
        probed.append(state_dir)
        return Probe(level=Level.L0, held=(), failed=("mount",), reason="weaker")

    monkeypatch.setattr("agent_runner.sandbox.probe.probe", weaker)
    assert await remembered(tmp_path, "boot 1, version 1") == first
    assert probed == []
    assert (await remembered(tmp_path, "boot 2, version 1")).level is Level.L0
    for file in list(tmp_path.glob("sandbox-*.json")):  # noqa: ASYNC240
        file.write_text("{half")
    assert (await remembered(tmp_path, "boot 1, version 1")).reason == "weaker"
    assert len(probed) == 2
    assert (await remembered(tmp_path, "boot 1, version 1")).level is Level.L0
    assert len(probed) == 3  # that nothing is held may have had a reason that passes
