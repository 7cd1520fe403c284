"""SQLite's locks do not hold on file systems of the network: which one a path lies on, asked of real mounts."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent_runner.errors import ConfigurationError
from agent_runner.store import file_system
from agent_runner.store.database import Database
from agent_runner.store.file_system import is_of_the_network, kind_of_file_system

NETWORK = (
    "nfs nfs4 cifs smb3 9p ceph lustre davfs fuse.sshfs fuse.s3fs fuse.rclone fuse.gcsfuse fuse.JuiceFS fuse.ceph-fuse"
)
LOCAL = "ext4 xfs btrfs zfs tmpfs overlay fuseblk fuse.fuse-overlayfs fuse.bindfs fuse.mergerfs virtiofs"

Mount = Callable[[Path], None]


@pytest.mark.parametrize("kind", NETWORK.split())
def test_these_are_of_the_network(kind: str) -> None:
    assert is_of_the_network(kind)


@pytest.mark.parametrize("kind", [*LOCAL.split(), ""])
def test_these_are_local(kind: str) -> None:
    assert not is_of_the_network(kind)


def test_the_kernel_is_asked_where_a_path_lies() -> None:
    assert kind_of_file_system(Path("/proc/self/status")) == "proc"
    assert kind_of_file_system(Path("/proc/nothing/there/yet.db")) == "proc"


@pytest.fixture
def mount() -> Iterator[Mount]:
    mounted: list[Path] = []

    def mount(folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "ramfs", "ramfs", folder], check=True)
        mounted.append(folder)

    yield mount
    for folder in reversed(mounted):
        subprocess.run(["umount", folder], check=True)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")


@needs_root
@pytest.mark.parametrize(
    "name", ["plain", "with space", "tab\there", "back\\slash", "new\nline", "octal\\040", "ümlaut"]
)
def test_a_mount_is_found_whatever_it_is_called(tmp_path: Path, mount: Mount, name: str) -> None:
    beside = tmp_path / f"{name}-beside"
    beside.mkdir()
    mount(tmp_path / name)
    assert kind_of_file_system(tmp_path / name / "deep" / "runs.db") == "ramfs"
    assert kind_of_file_system(beside / "runs.db") != "ramfs"


@needs_root
def test_mounts_in_and_over_mounts_are_told_apart(tmp_path: Path, mount: Mount) -> None:
    here = kind_of_file_system(tmp_path)
    mount(tmp_path / "outer")
    inner = tmp_path / "outer" / "inner"
    inner.mkdir()
    subprocess.run(["mount", "--bind", tmp_path, inner], check=True)
    assert kind_of_file_system(tmp_path / "outer" / "runs.db") == "ramfs"
    assert kind_of_file_system(inner / "runs.db") == here
    subprocess.run(["umount", inner], check=True)
    assert kind_of_file_system(inner / "runs.db") == "ramfs"


@needs_root
async def test_a_database_there_is_refused_also_behind_a_link(
    tmp_path: Path, mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_system, "NETWORK_FILE_SYSTEMS", {"ramfs"})
    mount(tmp_path / "far")
    (tmp_path / "near.db").symlink_to(tmp_path / "far" / "runs.db")
    for path in (tmp_path / "far" / "runs.db", tmp_path / "near.db"):
        with pytest.raises(ConfigurationError, match=r"network file system \(ramfs\)") as refused:
            await Database.open(f"sqlite:///{path}")
        assert "local path" in str(refused.value.next_step)
    await (await Database.open(f"sqlite:///{tmp_path}/runs.db")).close()
