"""Running a command: its end, its limits, its environment, its output, and that nothing of it stays."""

import ast
import asyncio
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_runner.errors import SandboxError
from agent_runner.sandbox.inside.confine import hand_over
from agent_runner.sandbox.inside.plan import Plan
from agent_runner.sandbox.level import Level, Limits, Stop
from agent_runner.sandbox.probe import unavailable
from agent_runner.sandbox.sandbox import Sandbox
from tests.sandbox.conftest import PYTHON, Make, processes_with, states_of

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
LEVELS = [level for level in Level if not unavailable(level)]
EACH = pytest.mark.parametrize("level", LEVELS)
EACH_WITH_LIMITS = pytest.mark.parametrize("level", [level for level in LEVELS if level is not Level.L0])

HOSTILE = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def stay():
    for stream in (0, 1, 2):
        os.close(stream)
    while True:
        time.sleep(60)
if os.fork() == 0:
    os.setsid()
    stay()
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            stay()
        os._exit(0)
    os._exit(0)
if os.fork() == 0:
    os.setpgid(0, 0)
    stay()
print("ready", flush=True)
"""
"""Leaves descendants in every way; `sys.argv[1]` marks them."""


@EACH
async def test_the_end_of_a_command_is_told_as_it_was(make: Make, work: Path, level: Level) -> None:
    box = make(level)
    done = await box.run(["sh", "-c", "cat; echo bad >&2; exit 3"], cwd=work, stdin=b"given")
    assert (done.exit_code, done.signal, done.stdout, done.stderr) == (3, None, "given", "bad\n")
    assert (done.truncated, done.stop, done.level) == (False, None, level)
    killed = await box.run(["sh", "-c", "kill -9 $$"], cwd=work)
    assert (killed.exit_code, killed.signal) == (None, 9)
    missing = await box.run(["no-such-program"], cwd=work)
    assert (missing.exit_code, missing.stderr) == (127, "no-such-program: No such file or directory\n")


async def test_nothing_of_the_environment_and_no_file_of_the_worker_reaches_a_command(
    make: Make, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    secret = os.open(tmp_path / "secret", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(secret, True)
    done = await make(Level.L1).run(
        [*PYTHON, "import os; print(sorted(os.environ)); print(sorted(os.listdir('/proc/self/fd')))"],
        cwd=work,
        environment={"CI": "1"},
    )
    os.close(secret)
    names, files = done.stdout.splitlines()
    assert set(ast.literal_eval(names)) - {"LC_CTYPE"} == {"CI", "HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "USER"}
    assert files == "['0', '1', '2', '3']"  # 3 is the listing itself


@EACH
async def test_a_command_that_takes_too_long_is_stopped(make: Make, work: Path, level: Level) -> None:
    done = await make(level).run(["sh", "-c", "echo begun; sleep 60"], cwd=work, limits=Limits(seconds=1))
    assert (done.stop, done.timed_out, done.stdout) == (Stop.TIME, True, "begun\n")
    assert done.seconds < 4


@LINUX
@EACH
@pytest.mark.parametrize("ending", ["by itself", "killed"])
async def test_no_descendant_outlives_a_command(make: Make, work: Path, level: Level, ending: str) -> None:
    mark = uuid.uuid4().hex
    more = "" if ending == "by itself" else "time.sleep(60)"
    async with make(level).open([*PYTHON, HOSTILE + more, mark], cwd=work) as process:
        assert await process.stdout.readline() == b"ready\n"
        if ending == "by itself":
            assert (await process.wait()).exit_code == 0
        else:
            async with asyncio.timeout(10):
                while len(processes_with(mark)) < 4:
                    await asyncio.sleep(0.01)
            await process.kill()
        assert processes_with(mark) == []


@LINUX
@EACH
async def test_a_cancelled_caller_takes_the_command_along(make: Make, work: Path, level: Level) -> None:
    mark = uuid.uuid4().hex
    running = asyncio.ensure_future(make(level).run([*PYTHON, HOSTILE + "time.sleep(60)", mark], cwd=work))
    async with asyncio.timeout(10):
        while len(processes_with(mark)) < 4:
            await asyncio.sleep(0.01)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()
    assert processes_with(mark) == []


TICKING = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
while True:
    os.write(1, b'.')
    time.sleep(0.001)
"""
"""Two processes that write on and on; `sys.argv[1]` marks them."""


@LINUX
@EACH
async def test_a_command_that_is_held_does_nothing_until_it_may_go_on(make: Make, work: Path, level: Level) -> None:
    mark = uuid.uuid4().hex
    async with make(level).open([*PYTHON, TICKING, mark], cwd=work) as process:
        await process.stdout.readexactly(20)
        await process.hold()
        assert states_of(mark) == {"T"}
        await process.go_on()
        await process.stdout.readexactly(20)
        await process.hold()
        await process.kill()
        assert processes_with(mark) == []
        await process.stdout.read()
        await process.hold()  # too late, and no harm


@LINUX
async def test_a_command_that_ends_while_it_is_to_be_held_tells_how(make: Make, work: Path) -> None:
    async with make(Level.L1).open(["sh", "-c", "exit 3"], cwd=work) as process:
        await process.stdout.read()
        await process.hold()
        await process.go_on()
        assert (await process.wait()).exit_code == 3


CLEANING_UP = """
import os, signal, sys, time
child = os.fork()
try:
    print("up", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    if child:
        os.waitpid(child, 0)
    print("parent" if child else "child", flush=True)
"""
"""The parent ends last: with it ends everything it started."""


@EACH
async def test_a_command_that_is_interrupted_may_clean_up(make: Make, work: Path, level: Level) -> None:
    async with make(level).open([*PYTHON, CLEANING_UP], cwd=work) as process:
        assert await process.stdout.readexactly(6) == b"up\nup\n"
        await process.interrupt()
        assert sorted((await process.stdout.read()).split()) == [b"child", b"parent"]
        assert (await process.wait()).exit_code == 0
        await process.interrupt()  # too late, and no harm


WORKER = """
import asyncio, sys
from pathlib import Path
from agent_runner.sandbox.level import Level
from agent_runner.sandbox.sandbox import Sandbox, python_places
async def main():
    box = Sandbox(Level(int(sys.argv[1])), Path(sys.argv[2]))
    async with box.open(sys.argv[3:], cwd=Path(sys.argv[2]), readable=python_places()) as process:
        print((await process.stdout.readline()).decode(), end="", flush=True)
        await process.wait()
asyncio.run(main())
"""


@LINUX
@pytest.mark.processes
@EACH
def test_a_worker_that_is_killed_takes_its_commands_along(tmp_path: Path, level: Level) -> None:
    mark = uuid.uuid4().hex
    command = [*PYTHON, HOSTILE + "time.sleep(60)", mark]
    words = [sys.executable, "-c", WORKER, str(int(level)), str(tmp_path), *command]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == b"ready\n"
        assert processes_with(mark)
        worker.send_signal(signal.SIGKILL)
    wait_until_gone(mark)


def wait_until_gone(mark: str) -> None:
    until = time.monotonic() + 10
    while (left := processes_with(mark)) and time.monotonic() < until:
        time.sleep(0.01)
    assert left == []


async def test_a_flood_is_cut_and_costs_no_memory(make: Make, work: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    flood = "import os\nos.write(1, b'first')\nfor _ in range(1024): os.write(1, b'x' * 1048576)\nos.write(1, b'last')"
    done = await make(Level.L1).run([*PYTHON, flood], cwd=work, limits=Limits(output_bytes=1000))
    assert done.exit_code == 0
    assert done.truncated
    assert done.stdout.startswith("first")
    assert done.stdout.endswith("last")
    assert f"{1024 * 1048576 + 9 - 1000} bytes left out" in done.stdout
    assert len(done.stdout) < 1100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 * 1024  # KiB


async def test_a_command_that_reads_nothing_and_one_that_waits_for_the_end_of_its_input(make: Make, work: Path) -> None:
    box = make(Level.L1)
    assert (await box.run(["true"], cwd=work, stdin=b"x" * 1_000_000)).exit_code == 0
    assert (await box.run(["cat"], cwd=work)).exit_code == 0


@LINUX
async def test_memory_is_bounded_for_each_process_and_for_all_together(make: Make, work: Path) -> None:
    limits = Limits(memory_bytes=200 * 1024**2, seconds=20)
    alone = await make(Level.L1).run([*PYTHON, "bytearray(400 << 20)"], cwd=work, limits=limits)
    assert "MemoryError" in alone.stderr
    together = (
        "import os, time\nfor _ in range(4):\n"
        "    if os.fork() == 0:\n        kept = bytearray(b'x' * (90 << 20)); time.sleep(60)\nos.wait()"
    )
    done = await make(Level.L1).run([*PYTHON, together], cwd=work, limits=limits)
    assert (done.stop, done.timed_out) == (Stop.MEMORY, False)


@LINUX
@EACH_WITH_LIMITS
async def test_forking_is_bounded_by_the_kernel(make: Make, work: Path, level: Level) -> None:
    """Bounded by itself too: a bomb that nothing holds would take the machine of whoever runs this test."""
    mark = uuid.uuid4().hex
    bomb = (
        "import os, time\nmade = 0\nfor _ in range(60):\n    try:\n"
        "        if os.fork() == 0: time.sleep(60), os._exit(0)\n"
        "    except OSError: break\n    made += 1\nprint(made)"
    )
    done = await make(level).run([*PYTHON, bomb, mark], cwd=work, limits=Limits(processes=30, seconds=5))
    assert (done.stop, done.exit_code) == (None, 0)
    assert int(done.stdout) < 30
    assert processes_with(mark) == []


async def test_files_are_bounded_in_size_and_number(make: Make, work: Path) -> None:
    box, limits = make(Level.L1), Limits(file_bytes=1000, open_files=20)
    ignore = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    large = ignore + "with open('a', 'wb') as file: file.write(b'x' * 5000)"
    assert "File too large" in (await box.run([*PYTHON, large], cwd=work, writable=[work], limits=limits)).stderr
    many = "kept = [open('/dev/null') for _ in range(30)]"
    assert "Too many open files" in (await box.run([*PYTHON, many], cwd=work, limits=limits)).stderr


@pytest.mark.parametrize("level", [level for level in (Level.L2, Level.L3) if not unavailable(level)])
async def test_a_command_writes_only_where_it_may_and_a_protected_place_within_stays(
    make: Make, work: Path, tmp_path: Path, level: Level
) -> None:
    (work / "src").mkdir()
    (work / "src" / "code.py").write_text("old")
    (work / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "near").write_text("secret")
    script = (
        "echo new > code.py; chmod 755 code.py; echo x > ../.git; rm -f ../.git; cat ../../near; echo $HOME > $HOME/a"
    )
    done = await make(level).run(["sh", "-c", script], cwd=work / "src", writable=[work], readable=[work / ".git"])
    assert (work / "src" / "code.py").read_text() == "new\n"
    assert (work / "src" / "code.py").stat().st_mode & 0o777 == 0o755
    assert (work / ".git").read_text() == "gitdir: elsewhere"
    assert (done.exit_code, done.stdout) == (0, "")
    assert (tmp_path / "private" / "home" / "a").read_text() == f"{tmp_path / 'private' / 'home'}\n"


@pytest.mark.parametrize("level", [level for level in (Level.L2, Level.L3) if not unavailable(level)])
async def test_a_program_that_looks_whether_its_directory_is_there_finds_it(
    make: Make, tmp_path: Path, level: Level
) -> None:
    private = tmp_path / "nobody-elses"
    work = private / "work"
    work.mkdir(parents=True)
    private.chmod(0o700)
    looking = "import os; print(os.access('.', os.F_OK), os.access(os.getcwd(), os.R_OK | os.W_OK | os.X_OK))"
    done = await make(level).run([*PYTHON, looking], cwd=work, writable=[work])
    assert (done.stdout, done.stderr) == ("True True\n", "")


@pytest.mark.parametrize("level", [level for level in (Level.L2, Level.L3) if not unavailable(level)])
async def test_a_projects_tests_may_use_a_network_of_their_own(make: Make, work: Path, level: Level) -> None:
    server = (
        "import asyncio, multiprocessing, socket\nasyncio.run(asyncio.sleep(0))\nmultiprocessing.Lock()\n"
        "with socket.create_server(('127.0.0.1', 0)) as s: socket.create_connection(s.getsockname())\nprint('ok')"
    )
    done = await make(level).run([*PYTHON, server], cwd=work)
    assert (done.stdout, done.stderr) == ("ok\n", "")


@pytest.mark.parametrize("level", [level for level in (Level.L2, Level.L3) if not unavailable(level)])
@pytest.mark.parametrize(("network", "reached"), [(True, "reached\n"), (False, "")])
async def test_a_command_reaches_the_machine_only_with_its_network(
    make: Make, work: Path, level: Level, network: bool, reached: str
) -> None:
    client = (
        "import socket, sys\nsocket.create_connection(('127.0.0.1', int(sys.argv[1])), 5).close()\nprint('reached')"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = await make(level).run([*PYTHON, client, port], cwd=work, network=network)
    assert (done.stdout, done.exit_code) == (reached, 0 if network else 1)


async def test_what_finds_other_machines_is_readable_with_the_network_only(make: Make, work: Path) -> None:
    names = Path("/etc/resolv.conf")
    if unavailable(Level.L2) or not names.exists():  # noqa: ASYNC240
        pytest.skip("nothing holds, or there is nothing to read")
    box = make(Level.L2)
    assert (await box.run(["cat", str(names)], cwd=work, network=True)).exit_code == 0
    assert (await box.run(["cat", str(names)], cwd=work)).exit_code == 1


async def test_what_cannot_be_confined_is_not_started(work: Path, tmp_path: Path) -> None:
    class Wrong(Sandbox):
        def _plan(self, *arguments: Any) -> Plan:
            return replace(super()._plan(*arguments), cwd=str(tmp_path / "missing"))

    with pytest.raises(SandboxError, match=r"could not be confined, so it was not started: .*missing"):
        await Wrong(Level.L1, tmp_path).run(["touch", str(work / "ran")], cwd=work)
    assert not (work / "ran").exists()


def test_a_file_with_a_second_name_is_not_given_away(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root gives files away")
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.write_text("theirs")
    (inside / "second").hardlink_to(outside)
    (inside / "link").symlink_to(outside)
    (inside / "own").write_text("")
    plan = Sandbox(Level.L2, tmp_path / "private")._plan(["true"], inside, [inside], [], {}, Limits())
    hand_over(plan)
    assert outside.stat().st_uid == 0
    assert (inside / "own").stat().st_uid == plan.uid
