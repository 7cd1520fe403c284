"""Files that a run leaves behind: how they may be named and how large they may be."""

import hashlib
from dataclasses import dataclass
from typing import Final

from agent_runner.domain.wording import storable
from agent_runner.errors import InvalidInput

LARGEST_ARTIFACT_BYTES: Final = 16 * 1024 * 1024
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


def is_plain_path(path: str) -> bool:
    """A relative path whose parts are names, on every system."""
    if len(path) > LONGEST_PATH or path != storable(path) or not path.isprintable() or "\\" in path or ":" in path:
        return False
    return all(part not in {"", ".", ".."} for part in path.split("/"))
