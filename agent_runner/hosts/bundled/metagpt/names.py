"""The path guard: which names of files, chosen by a model, may be written."""

from pathlib import PurePosixPath
from typing import Final

LONGEST_NAME: Final = 300
LONGEST_PART_BYTES: Final = 200


class Refused(ValueError):  # noqa: N818 - an error is named after what is the case
    """The name of a file that must not be written, and why."""


def safe_name(name: str) -> str:
    """The name, from the directory of the code, in its plainest spelling. Raises Refused."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Refused("it is empty" if not name else f"it is longer than {LONGEST_NAME} characters")
    if "\\" in name or ":" in name or not name.isprintable():
        raise Refused("it holds a backslash, a colon or a character that cannot be shown")
    if name.startswith(("/", "~")):
        raise Refused("it does not begin in the directory of the code")
    if name.endswith("/"):
        raise Refused("it is a directory")
    parts = PurePosixPath(name).parts
    for part in parts:
        _check_part(part)
    if not parts:
        raise Refused("it is the directory of the code itself")
    return "/".join(parts)


def _check_part(part: str) -> None:
    if part == "..":
        raise Refused("it leads out of the directory of the code")
    if part.lower() in {".git", "git~1"}:
        raise Refused("it lies in git's own directory")
    if part != part.strip() or part.endswith("."):
        raise Refused("a part of it begins or ends with a space, or ends with a dot")
    if len(part.encode()) > LONGEST_PART_BYTES:
        raise Refused(f"a part of it is longer than {LONGEST_PART_BYTES} bytes")
