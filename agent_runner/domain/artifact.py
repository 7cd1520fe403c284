"""Files that a run leaves behind: how they may be named and how large they may be."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent_runner.domain.wording import storable
from agent_runner.errors import InvalidInput

LARGEST_ARTIFACT_BYTES: Final = 16 * 1024 * 1024
MOST_ARTIFACTS: Final = 1000
MOST_ARTIFACT_BYTES: Final = 256 * 1024 * 1024
"""Of one run, all its artifacts together."""
LONGEST_PATH: Final = 500
LONGEST_MEDIA_TYPE: Final = 200


@dataclass(frozen=True, slots=True)
class NewArtifact:
    """A file on its way into the store. Build it with `new_artifact`, which checks it."""

    path: str
    media_type: str
    content: bytes
    sha256: str


def new_artifact(path: str, content: bytes, media_type: str) -> NewArtifact:
    """Raises InvalidInput for a path that could lead out of the folder it is once unpacked into, or a large file."""
    if not is_plain_path(path):
        raise InvalidInput(
            f"the artifact path {path[:LONGEST_PATH]!r} cannot be used",
            next_step="use a relative path such as report/diff.patch, without ., .. and backslashes",
        )
    if not media_type.isprintable() or not media_type.isascii() or len(media_type) > LONGEST_MEDIA_TYPE:
        raise InvalidInput(f"the media type {media_type[:LONGEST_MEDIA_TYPE]!r} of {path} is none")
    if len(content) > LARGEST_ARTIFACT_BYTES:
        raise InvalidInput(
            f"the artifact {path} has {len(content)} bytes, more than {LARGEST_ARTIFACT_BYTES}",
            next_step="split it, or leave out what nobody needs",
        )
    return NewArtifact(path, media_type, content, hashlib.sha256(content).hexdigest())


def check_room(sizes: Mapping[str, int], added: NewArtifact) -> None:
    """`sizes` are the bytes that the run has stored already, by path; the same path is replaced.

    Raises InvalidInput when the run may keep no more.
    """
    number, size = len(sizes.keys() | {added.path}), sum(sizes.values()) - sizes.get(added.path, 0) + len(added.content)
    if number > MOST_ARTIFACTS:
        raise InvalidInput(
            f"the artifact {added.path} would be number {number} of its run, which may have {MOST_ARTIFACTS}",
            next_step="replace one by adding its path again, or put many files into one archive",
        )
    if size > MOST_ARTIFACT_BYTES:
        raise InvalidInput(
            f"with {added.path} the artifacts of its run would have {size} bytes, more than {MOST_ARTIFACT_BYTES}",
            next_step="leave out what nobody needs, or replace a large one by adding its path again",
        )


def is_plain_path(path: str) -> bool:
    """A relative path whose parts are names, on every system."""
    if len(path) > LONGEST_PATH or path != storable(path) or not path.isprintable() or "\\" in path or ":" in path:
        return False
    return all(part not in {"", ".", ".."} for part in path.split("/"))
