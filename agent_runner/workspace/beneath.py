"""Files below one directory, reached name by name without ever following a link, however fast somebody swaps them.

Each directory on the way is opened relative to the one before, with O_NOFOLLOW. A path that is checked first and opened
later can be changed in between; a descriptor cannot.
"""

import errno
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from agent_runner.errors import FileRefused
from agent_runner.workspace.paths import Parts, shown

DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_MODE: Final = 0o644
NEW_DIRECTORY_MODE: Final = 0o755
LARGEST_FILE_BYTES: Final = 16 * 2**20


@contextmanager
def directory(root: Path, parts: Parts, *, create: bool = False) -> Generator[int]:
    """A descriptor of the directory `parts` below `root`. Raises FileRefused where it is missing or a link."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for depth, name in enumerate(parts, start=1):
            with _spoken(parts[:depth]):
                if create:
                    with suppress(FileExistsError):
                        os.mkdir(name, NEW_DIRECTORY_MODE, dir_fd=here)
                below = os.open(name, DIRECTORY, dir_fd=here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def read_file(root: Path, parts: Parts) -> tuple[bytes, int]:
    """Content and permissions of a regular file of at most 16 MiB with no other name."""
    with directory(root, parts[:-1]) as parent, _spoken(parts):
        opened = os.open(parts[-1], FILE, dir_fd=parent)
        with os.fdopen(opened, "rb") as file:
            found = os.fstat(opened)
            _require_ordinary(parts, found)
            content = file.read(LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        raise FileRefused(f"{shown(parts)} has more than {LARGEST_FILE_BYTES} bytes", next_step="leave it alone")
    return content, stat.S_IMODE(found.st_mode)


def write_file(root: Path, parts: Parts, content: bytes) -> None:
    """Put `content` at `parts` in one step, keeping the permissions of what was there. Makes directories."""
    _require_size(parts, content)
    with directory(root, parts[:-1], create=True) as parent, _spoken(parts):
        mode = NEW_MODE
        with suppress(FileNotFoundError):
            found = os.stat(parts[-1], dir_fd=parent, follow_symlinks=False)
            _require_ordinary(parts, found)
            mode = stat.S_IMODE(found.st_mode) & 0o777
        temporary = f".{secrets.token_hex(8)}.tmp"
        try:
            _write_new(parent, temporary, content, mode)
            os.replace(temporary, parts[-1], src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=parent)
            raise


def create_file(root: Path, parts: Parts, content: bytes) -> None:
    """The same for a path at which nothing is."""
    _require_size(parts, content)
    with directory(root, parts[:-1], create=True) as parent, _spoken(parts):
        _write_new(parent, parts[-1], content, NEW_MODE)


def move_file(root: Path, source: Parts, target: Parts) -> None:
    with directory(root, source[:-1]) as parent, directory(root, target[:-1], create=True) as goal:
        with _spoken(source):
            _require_ordinary(source, os.stat(source[-1], dir_fd=parent, follow_symlinks=False))
        with _spoken(target):
            with suppress(FileNotFoundError):
                os.stat(target[-1], dir_fd=goal, follow_symlinks=False)
                raise FileExistsError(errno.EEXIST, "exists")
            os.rename(source[-1], target[-1], src_dir_fd=parent, dst_dir_fd=goal)


def delete_file(root: Path, parts: Parts) -> None:
    """A regular file, or a link itself; never a directory. Directories left empty stay: git does not keep them."""
    with directory(root, parts[:-1]) as parent, _spoken(parts):
        if stat.S_ISDIR(os.stat(parts[-1], dir_fd=parent, follow_symlinks=False).st_mode):
            raise IsADirectoryError(errno.EISDIR, "directory")
        os.unlink(parts[-1], dir_fd=parent)


def entries(root: Path, parts: Parts, most: int) -> list[tuple[str, int, int]]:
    """Name, mode and size of what is in a directory, by name; at most `most` of them are looked at."""
    found: list[tuple[str, int, int]] = []
    with directory(root, parts) as here, os.scandir(here) as listing:
        for entry, _ in zip(listing, range(most), strict=False):
            with suppress(FileNotFoundError):
                said = entry.stat(follow_symlinks=False)
                found.append((entry.name, said.st_mode, said.st_size))
    return sorted(found)


def _write_new(parent: int, name: str, content: bytes, mode: int) -> None:
    opened = os.open(name, NEW_FILE, mode, dir_fd=parent)
    with os.fdopen(opened, "wb") as file:
        os.fchmod(opened, mode)
        file.write(content)


def _require_ordinary(parts: Parts, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, "link")
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "directory")
    if not stat.S_ISREG(found.st_mode):
        raise FileRefused(f"{shown(parts)} is a FIFO, a socket or a device", next_step="name a file")
    if found.st_nlink > 1:
        raise FileRefused(
            f"{shown(parts)} has another name on this disk, perhaps outside the project",
            next_step="delete it and create it anew, if it must change",
        )


def _require_size(parts: Parts, content: bytes) -> None:
    if len(content) > LARGEST_FILE_BYTES:
        raise FileRefused(f"{len(content)} bytes for {shown(parts)} are more than {LARGEST_FILE_BYTES}")


REASONS: Final = {
    errno.ENOENT: ("does not exist", "list the directory"),
    errno.ENOTDIR: ("is not a directory, or is a link", "links are not followed; name the real path"),
    errno.ELOOP: ("is a link", "links are not followed; name the real path"),
    errno.EISDIR: ("is a directory", "name a file"),
    errno.EEXIST: ("exists already", "edit it, or choose another name"),
    errno.EACCES: ("cannot be opened: permission denied", "leave it alone"),
    errno.EPERM: ("cannot be changed: not permitted", "leave it alone"),
    errno.ENXIO: ("is a FIFO, a socket or a device", "name a file"),
    errno.ENAMETOOLONG: ("is too long", "choose a shorter name"),
}


@contextmanager
def _spoken(parts: Parts) -> Generator[None]:
    """What the model did wrong as a sentence; a full disk and the like stay what they are."""
    try:
        yield
    except OSError as error:
        if error.errno not in REASONS:
            raise
        what, next_step = REASONS[error.errno]
        raise FileRefused(f"{shown(parts)} {what}", next_step=next_step) from error
