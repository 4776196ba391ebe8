"""
The files of the embedded bus: where they may live, and the lock that shows an owner is alive.
"""

import fcntl
import uuid
from pathlib import Path

# Their locks, or the shared memory SQLite's WAL needs, cannot be trusted.
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "fuse.sshfs", "fuse.glusterfs"}
MOUNTS = Path("/proc/self/mounts")


class UnsafePlace(OSError):
    """
    The bus was asked to live where its promises cannot be kept.
    """


def refuse_network(path: Path, mounts: str | None = None) -> None:
    """
    Make sure *path* is on a local disk, as far as the system tells.

    :raises UnsafePlace: if it is on a network file system
    """
    kind = file_system(path, _mounts() if mounts is None else mounts)
    if kind in NETWORK:
        raise UnsafePlace(f"{path} is on {kind}; the embedded bus needs a local disk")


def file_system(path: Path, mounts: str) -> str:
    """
    Return the type of the file system *path* is on, given the text of /proc/mounts; "" if unknown.
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        _device, point, found, *_ = line.split()
        place = point.replace("\\040", " ")
        if path.is_relative_to(place) and len(place) >= best:
            best, kind = len(place), found
    return kind


class OwnerLock:
    """
    A file this process holds locked while it lives; the kernel lets go of it however the process ends.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.name = uuid.uuid4().hex
        self._path = folder / self.name
        self._file = open(self._path, "w")  # noqa: SIM115 - held open on purpose
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """
        Let go, and leave nothing behind.
        """
        self._path.unlink(missing_ok=True)
        self._file.close()


def is_dead(folder: Path, owner: str) -> bool:
    """
    Tell whether the process behind *owner* is gone, and if so remove its file.
    """
    path = folder / owner
    try:
        with open(path) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True


def _mounts() -> str:
    return MOUNTS.read_text(errors="replace") if MOUNTS.exists() else ""
