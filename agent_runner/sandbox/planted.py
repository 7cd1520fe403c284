"""What a probe plants outside of the sandbox, and what became of it."""

import os
import socket
import stat
import subprocess
import sys
import uuid
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

CONTENT: Final = "planted"


class Planted:
    """Files, listeners and a process that a command inside must not reach. Use as a context manager."""

    def __init__(self, directory: Path) -> None:
        self.mark: Final = f"probe-{uuid.uuid4().hex}"
        self.folder: Final = directory / "outside"
        self.inside: Final = directory / "inside"
        self.secret: Final = self.folder / "secret"
        self._stack: Final = ExitStack()

    def __enter__(self) -> Self:
        for place in (self.folder, self.inside, self.inside / "mounted"):
            place.mkdir(parents=True)
        for file in (self.secret, self.folder / "other"):
            file.write_text(CONTENT)
        self.secret.chmod(0o600)
        self._tcp = self._listen(socket.AF_INET, ("127.0.0.1", 0))
        self._abstract = self._listen(socket.AF_UNIX, f"\0{self.mark}") if sys.platform == "linux" else None
        # The path of such a socket may have little more than a hundred bytes, so it does not lie in the directory.
        self._unix_path = Path("/tmp") / self.mark  # noqa: S108 - open to everybody, as the worst ones are
        self._unix = self._listen(socket.AF_UNIX, str(self._unix_path))
        self._stack.callback(self._unix_path.unlink)
        self._unix_path.chmod(0o777)
        # It reads until its input ends, so that it does not outlive a worker that is killed, and keeps no pipe of its.
        self._victim = subprocess.Popen(
            ["/bin/cat"],
            env={"KEY": self.mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(self._end_victim)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def for_the_child(self) -> dict[str, str]:
        return {
            "secret": str(self.secret),
            "folder": str(self.folder),
            "inside": str(self.inside),
            "port": str(self._tcp.getsockname()[1]),
            "abstract": self.mark,
            "unix": str(self._unix_path),
            "victim": str(self._victim.pid),
            "mark": self.mark,
        }

    def harmed(self) -> set[str]:
        """The tries whose harm can be seen from outside, whatever the child says of them."""
        found: set[str] = set()
        if self.secret.read_text() != CONTENT or {place.name for place in self.folder.iterdir()} != {"other", "secret"}:
            found.add("write outside")
        if stat.S_IMODE(self.secret.stat().st_mode) != 0o600 or self.secret.stat().st_uid != os.getuid():  # noqa: PLR2004 - as it was made
            found.add("change mode outside")
        for name, listener in (
            ("connect to the network", self._tcp),
            ("connect to an abstract socket", self._abstract),
            ("connect to a unix socket", self._unix),
        ):
            if listener is not None and _was_reached(listener):
                found.add(name)
        if self._victim.poll() is not None:
            found.add("signal others")
        return found

    def _listen(self, family: socket.AddressFamily, address: str | tuple[str, int]) -> socket.socket:
        listener = self._stack.enter_context(socket.socket(family))
        listener.bind(address)
        listener.listen()
        listener.settimeout(0)
        return listener

    def _end_victim(self) -> None:
        with self._victim:  # closes its input, which ends it
            self._victim.kill()


def _was_reached(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True
