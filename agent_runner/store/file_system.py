"""On what kind of file system a path lies: SQLite's locks and shared memory do not hold on those of the network."""

import os
from pathlib import Path
from typing import Final

from agent_runner.errors import ConfigurationError

NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "coda", "davfs", "vboxsf", "prl_fs"),
        *("ceph", "glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "pvfs2"),
    }
)
NETWORK_FUSE: Final = (
    *("sshfs", "s3fs", "rclone", "gcsfuse", "goofys", "mount-s3", "geesefs", "blobfuse", "davfs", "gvfsd-fuse"),
    *("ceph", "glusterfs", "juicefs", "seaweedfs", "weed", "moosefs", "mfs", "curlftpfs", "smbnetfs", "vmhgfs-fuse"),
)
"""Programs behind a FUSE mount, by how their names begin. Other FUSE file systems, such as bindfs, are local."""


def refuse_network_file_system(database: Path) -> None:
    """Raises ConfigurationError when the file, or the directory it will be made in, lies on one."""
    kind = kind_of_file_system(database)
    if is_of_the_network(kind):
        raise ConfigurationError(
            f"{database} lies on a network file system ({kind}), where SQLite's locks do not hold",
            next_step="set DATABASE_URL to PostgreSQL or to a local path",
        )


def is_of_the_network(kind: str) -> bool:
    kind = kind.lower()
    program = kind.removeprefix("fuse.")
    return kind in NETWORK_FILE_SYSTEMS or (program != kind and program.startswith(NETWORK_FUSE))


def kind_of_file_system(path: Path) -> str:
    """As the kernel names it, for example ext4, nfs4 or fuse.sshfs; empty where the kernel does not say.

    The kernel is asked in which mount the path lies. A comparison of paths would be wrong for mounts over mounts.
    """
    place = next((one for one in (path.resolve(), *path.resolve().parents) if one.exists()), Path("/"))
    try:
        opened = os.open(place, os.O_PATH)
    except (OSError, AttributeError):  # only Linux has O_PATH
        return ""
    try:
        facts = Path(f"/proc/self/fdinfo/{opened}").read_text().split()
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return ""
    finally:
        os.close(opened)
    if "mnt_id:" not in facts:
        return ""
    mount_id = facts[facts.index("mnt_id:") + 1]
    kinds = [line.partition(" - ")[2].split(" ", 1)[0] for line in mounts if line.split(" ", 1)[0] == mount_id]
    return kinds[0] if kinds else ""
