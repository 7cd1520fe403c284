"""A real project of some size: the source distribution of a dependency, as the lock file pins it."""

import hashlib
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".run" / "sdists"
PINNED = re.compile(
    r'\nname = "(?P<name>fastapi)"\nversion = "(?P<version>[^"]+)"\n.*?\nsdist = \{[^}]*hash = "sha256:(?P<sha>\w+)"',
    re.DOTALL,
)
SECONDS = 240


def source_of_a_real_project(directory: Path) -> Path:
    """Unpack it below `directory`. It is downloaded once, then kept; a test that cannot get it fails."""
    pinned = PINNED.search((ROOT / "uv.lock").read_text())
    assert pinned is not None, "uv.lock pins no source distribution of fastapi: choose another dependency"
    archive = KEPT / f"{pinned['name']}-{pinned['version']}.tar.gz"
    if not archive.exists():
        download(f"{pinned['name']}=={pinned['version']}", archive)
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == pinned["sha"], (
        f"{archive} is not what uv.lock pins: delete it"
    )
    with tarfile.open(archive) as packed:
        packed.extractall(directory, filter="data")
    return directory / archive.name.removesuffix(".tar.gz")


def download(requirement: str, archive: Path) -> None:
    """With pip, as uv downloads nothing that it does not install."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as fetched:
        pip = [str(ROOT / "scripts/uv.sh"), "tool", "run", "pip", "download", "--no-deps", "--no-binary=:all:"]
        done = subprocess.run(
            [*pip, f"--dest={fetched}", requirement], capture_output=True, text=True, timeout=SECONDS, check=False
        )
        found = list(Path(fetched).glob("*.tar.gz"))
        assert found, (
            f"the source of {requirement} could not be downloaded from the package index: {done.stderr[-500:]}"
        )
        found[0].replace(archive)
