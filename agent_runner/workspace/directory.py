"""Removing a directory that a hostile program has filled: no link is followed, no permission and no depth stops it."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from agent_runner.errors import FileRefused

WALK: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
Identity = tuple[int, int]


def remove_directory(path: Path) -> None:
    """Remove `path` and all below it; a link at `path` itself goes, not what it points to; nothing there is well.

    Raises OSError for what cannot be removed, and FileRefused for a mounted file system, which is left alone.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
            return
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _empty(parent, path.name)
            os.rmdir(path.name, dir_fd=parent)
        finally:
            os.close(parent)


def _empty(parent: int, name: str) -> None:
    """One descriptor at a time, however deep: up again by `..`, checked to be where it came from."""
    here = _enter(parent, name)
    device = os.fstat(here).st_dev
    above: list[tuple[str, Identity]] = []
    try:
        while True:
            inside = _remove_files(here, device)
            if inside is not None:
                above.append((inside, _identity(os.fstat(here))))
                here = _exchange(here, _enter(here, inside))
                continue
            if not above:
                return
            inside, expected = above.pop()
            here = _exchange(here, os.open("..", WALK, dir_fd=here))
            if _identity(os.fstat(here)) != expected:
                raise FileRefused("a directory was moved while it was being removed")
            os.rmdir(inside, dir_fd=here)
    finally:
        os.close(here)


def _exchange(old: int, new: int) -> int:
    os.close(old)
    return new


def _identity(found: os.stat_result) -> Identity:
    return (found.st_dev, found.st_ino)


def _remove_files(here: int, device: int) -> str | None:
    """Unlink everything up to the first directory, which is returned."""
    with os.scandir(here) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.name, dir_fd=here)
            elif entry.stat(follow_symlinks=False).st_dev != device:
                raise FileRefused(f"{entry.name!r} is a mounted file system, which is not removed")
            else:
                return entry.name
    return None


def _enter(parent: int, name: str) -> int:
    """Open a directory and make it writable, through its own descriptor, so that no link can be put in between."""
    if hasattr(os, "O_PATH"):
        held = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            if stat.S_IMODE(os.fstat(held).st_mode) & stat.S_IRWXU != stat.S_IRWXU:
                Path(f"/proc/self/fd/{held}").chmod(stat.S_IRWXU)
        finally:
            os.close(held)
        return os.open(name, WALK, dir_fd=parent)
    opened = os.open(name, WALK, dir_fd=parent)
    os.fchmod(opened, stat.S_IRWXU)
    return opened
