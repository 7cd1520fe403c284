"""Which level this machine can do: a child really tries to escape, and the strongest level that holds it is taken."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

from agent_runner.errors import SandboxError
from agent_runner.sandbox.bubblewrap import BUBBLEWRAP
from agent_runner.sandbox.inside import escape, fork_bomb
from agent_runner.sandbox.level import Level, Limits, Stop
from agent_runner.sandbox.planted import Planted
from agent_runner.sandbox.sandbox import Sandbox, python_places

LIMITS: Final = Limits(seconds=10, memory_bytes=256 * 1024**2, processes=32, open_files=256, output_bytes=100_000)
BOMB: Final = "take processes"
DESCENDANTS: Final = "leave descendants"
OF_L1: Final = frozenset({BOMB, DESCENDANTS, "take memory", "take files", "inherit files"})
"""What limits alone can promise; from L2 on everything is promised."""
_FORKS: Final = 2 * LIMITS.processes

MakeSandbox = Callable[[Level, Path], Sandbox]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """`held`: what was tried in vain at this level. `failed`: what a stronger level should have held here, and did not.

    `reason`: a sentence for people why no stronger level is used; empty at the strongest.
    """

    level: Level
    held: tuple[str, ...]
    failed: tuple[str, ...]
    reason: str


async def probe(state_dir: Path, *, make: MakeSandbox = Sandbox) -> Probe:
    """Takes about a second. L0 when not even the limits hold. Leaves nothing in `state_dir`."""
    failed: dict[str, None] = {}
    reasons: list[str] = []
    for level in (Level.L3, Level.L2, Level.L1):
        if why_not := unavailable(level):
            reasons.append(f"{level.name}: {why_not}")
            continue
        try:
            held, escaped = await escapes(level, state_dir, make=make)
        except SandboxError as error:
            reasons.append(f"{level.name}: {error.message}")
            continue
        if not escaped:
            return Probe(level=level, held=held, failed=tuple(failed), reason="; ".join(reasons))
        failed |= dict.fromkeys(escaped)
        reasons.append(f"{level.name}: a child could {', '.join(escaped)}")
    return Probe(level=Level.L0, held=(), failed=tuple(failed), reason="; ".join(reasons))


async def remembered(state_dir: Path, key: str) -> Probe:
    """The probe of an earlier call with the same key, or a new one. The key names the machine's start and the version.

    What lies in the way of remembering costs a probe, and nothing else. L0 is not remembered: it may have had a reason
    that passes.
    """
    if (known := await recalled(state_dir, key)) is not None:
        return known
    found = await probe(state_dir)
    if found.level is Level.L0:
        return found
    with suppress(OSError):
        await asyncio.to_thread(_remember, _place(state_dir, key), found)
    return found


async def recalled(state_dir: Path, key: str) -> Probe | None:
    """The probe of an earlier call of `remembered` with the same key; None when there was none."""
    try:
        said = json.loads(await asyncio.to_thread(_place(state_dir, key).read_text))
        return Probe(
            level=Level(said["level"]),
            held=tuple(said["held"]),
            failed=tuple(said["failed"]),
            reason=str(said["reason"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _place(state_dir: Path, key: str) -> Path:
    return state_dir / f"sandbox-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


def _remember(place: Path, found: Probe) -> None:
    """At once or not at all: several workers may do it."""
    draft = place.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(asdict(found)))
    draft.replace(place)


def usable(found: Probe, setting: str) -> Level:
    """The level to use with SANDBOX_LEVEL `auto`, or the least that is accepted as a number.

    Raises SandboxError when this machine can do less: then nothing is run. Only `0` accepts no protection at all.
    """
    least = Level.L1 if setting == "auto" else Level(int(setting))
    if found.level < least:
        can = f"this machine can do {found.level.name}: {found.reason}"
        raise SandboxError(
            f"commands must be held with {least.name} at least, and {can}",
            next_step="install bubblewrap, or accept less with SANDBOX_LEVEL",
        )
    return found.level


def unavailable(level: Level, *, platform: str = sys.platform) -> str:
    """Why a level cannot be tried here at all; empty when it can."""
    if level is Level.L3 and platform == "linux" and shutil.which(BUBBLEWRAP) is None:
        return "bubblewrap is not installed"
    if level >= Level.L2 and platform != "linux":
        return f"{platform} has neither bubblewrap nor Landlock"
    return ""


async def escapes(
    level: Level, state_dir: Path, *, make: MakeSandbox = Sandbox
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a child of this level tried in vain, and what it reached although the level promises to hold it.

    Raises SandboxError when no child could be started.
    """
    place = await asyncio.to_thread(_made, state_dir)
    with tempfile.TemporaryDirectory(prefix="probe-", dir=place) as name:
        directory = Path(name)
        with Planted(directory) as planted:
            sandbox = make(level, directory / "private")
            reached = await _try_all(sandbox, planted)
            reached |= await _try_to_fork(sandbox, planted)  # after it: they share what the user may start
            reached |= planted.harmed()
            if await asyncio.to_thread(_is_left, planted.mark):
                reached.add(DESCENDANTS)
    promised = [*escape.TRIES, BOMB] if level >= Level.L2 else sorted(OF_L1)
    return tuple(one for one in promised if one not in reached), tuple(one for one in promised if one in reached)


def _made(state_dir: Path) -> Path:
    """Absolute, because the child begins elsewhere."""
    state_dir.mkdir(parents=True, exist_ok=True)
    return state_dir.absolute()


async def _try_all(sandbox: Sandbox, planted: Planted) -> set[str]:
    done = await sandbox.run(
        [sys.executable, "-I", "-S", str(escape.__file__), json.dumps(planted.for_the_child())],
        cwd=planted.inside,
        writable=[planted.inside],
        readable=[*python_places(), Path(escape.__file__)],
        limits=LIMITS,
    )
    if done.exit_code != 0:
        end = f"signal {done.signal}" if done.signal else f"exit code {done.exit_code}"
        raise SandboxError(f"the probe itself did not run: {end} {done.stderr[-300:]}")
    found = cast("dict[str, bool]", json.loads(done.stdout))
    if missing := sorted(set(escape.TRIES) - set(found)):
        raise SandboxError(f"the probe did not try to {', '.join(missing)}")
    return {name for name, is_reached in found.items() if is_reached}


async def _try_to_fork(sandbox: Sandbox, planted: Planted) -> set[str]:
    done = await sandbox.run(
        [sys.executable, "-I", "-S", str(fork_bomb.__file__), str(_FORKS), planted.mark],
        cwd=planted.inside,
        writable=[planted.inside],
        readable=[*python_places(), Path(fork_bomb.__file__)],
        limits=LIMITS,
    )
    is_held = done.stop is Stop.PROCESSES or (done.stdout.isdigit() and int(done.stdout) <= LIMITS.processes)
    return set[str]() if is_held else {BOMB}


def _is_left(mark: str) -> bool:
    """Whether a process of the child lives; its command line holds the mark."""
    said = subprocess.run(["/bin/ps", "-axww", "-o", "args="], capture_output=True, check=True)
    return mark.encode() in said.stdout
