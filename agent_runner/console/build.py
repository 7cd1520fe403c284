"""The built console, held in memory: what is asked for is looked up by its name, so no path leads out of it."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import agent_runner

INDEX: Final = "/index.html"
ASSETS: Final = "/assets/"
"""Names in here hold a hash of the content, so what was loaded once never changes."""
STAMP: Final = ".built-from"
"""The hash of what it was built from, written when the build is complete."""
ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""By preference, with the ending of the file that the build has put beside the plain one."""
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Variant:
    """A file in one encoding."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class File:
    media_type: str
    cache_control: str
    plain: Variant
    encoded: Mapping[str, Variant]


Files = Mapping[str, File]
Mark = tuple[int, ...]
"""What changes with every build."""


class Build:
    """What is in one directory. A newer build is noticed; while it is being made, the last one is served."""

    def __init__(self, directory: Path) -> None:
        self.directory: Final = directory
        self._files: Files | None = None
        self._mark: Mark | None = None
        self._loading: Final = asyncio.Lock()

    async def files(self) -> Files | None:
        """By path; None when it was never built."""
        mark = self._look()
        if mark is not None and mark != self._mark:
            async with self._loading:
                if mark != self._mark:
                    self._files = await asyncio.to_thread(load, self.directory)
                    self._mark = mark
        return self._files

    def _look(self) -> Mark | None:
        index = _mark_of(self.directory / INDEX[1:])
        return None if index is None else (*index, *(_mark_of(self.directory / STAMP) or ()))


def _mark_of(path: Path) -> Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def build_directory() -> Path:
    """In a checkout beside the console's sources, in an installed package within it."""
    package = Path(agent_runner.__file__).parent
    sources = package.parent / "console"
    return sources / "dist" if (sources / "package.json").exists() else package / "console" / "dist"


def is_built(directory: Path) -> bool:
    return _mark_of(directory / INDEX[1:]) is not None


def load(directory: Path) -> Files:
    """Every file that is no hidden one. What vanishes meanwhile is left out; a newer build is about to replace it."""
    contents: dict[str, bytes] = {}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory)
        if any(part.startswith(".") for part in name.parts) or path.is_symlink() or not path.is_file():
            continue
        try:
            contents[f"/{name.as_posix()}"] = path.read_bytes()
        except FileNotFoundError:
            continue
    return {name: _file(name, contents) for name in contents if not _is_encoded(name, contents)}


def _is_encoded(name: str, contents: Mapping[str, bytes]) -> bool:
    return any(name.endswith(ending) and name.removesuffix(ending) in contents for ending in ENCODINGS.values())


def _file(name: str, contents: Mapping[str, bytes]) -> File:
    digest = hashlib.sha256(contents[name]).hexdigest()[:32]
    return File(
        media_type=MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream"),
        cache_control="public, max-age=31536000, immutable" if name.startswith(ASSETS) else "no-cache",
        plain=Variant(contents[name], f'"{digest}"'),
        encoded={
            encoding: Variant(contents[name + ending], f'"{digest}-{encoding}"')
            for encoding, ending in ENCODINGS.items()
            if name + ending in contents
        },
    )
