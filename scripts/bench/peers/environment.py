"""Environments of their own for the peers, made by uv and kept for the next time."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scripts.bench.place import ROOT

PATIENCE_SECONDS: Final = 300.0
UV: Final = ROOT / "scripts" / "uv.sh"


class NotAvailable(Exception):  # noqa: N818 - it says what is the case
    """Something that a peer needs cannot be had here. The message is for the report."""


def installed(name: str, requirements: Sequence[str]) -> Path:
    """The Python of an environment that holds exactly these. Raises NotAvailable."""
    wanted = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()[:12]
    directory = _cache() / f"{name}-{wanted}"
    python, complete = directory / "bin" / "python", directory / "complete"
    if complete.exists():
        return python
    shutil.rmtree(directory, ignore_errors=True)
    try:
        _uv("venv", "--quiet", "--python", sys.executable, str(directory))
        _uv("pip", "install", "--quiet", "--python", str(python), *requirements)
    except NotAvailable:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    complete.touch()
    return python


def _cache() -> Path:
    """Below the system's temporary directory: PostgreSQL refuses to run as root, and nobody else may enter root's home.

    Nobody else may have made it, since what lies there is executed.
    """
    directory = Path(tempfile.gettempdir()) / f"agent-runner-bench-{os.getuid()}"
    directory.mkdir(mode=0o755, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid != os.getuid() or directory.stat().st_mode & 0o022:
        raise NotAvailable(f"{directory} belongs to somebody else, or others may write into it")
    return directory


def _uv(*arguments: str) -> None:
    try:
        done = subprocess.run(
            [UV, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, cwd=ROOT
        )
    except subprocess.TimeoutExpired as error:
        raise NotAvailable(f"uv {arguments[0]} did not end within {PATIENCE_SECONDS:g} s") from error
    if done.returncode:
        raise NotAvailable(f"uv {arguments[0]} failed: {last_words(done.stderr)}")


def last_words(said: str) -> str:
    """One line for a report."""
    return " ".join(said.split())[-300:] or "it said nothing"
