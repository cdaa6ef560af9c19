"""Folders for what runs as another user than the tests, and writes much."""

import os
import tempfile
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")
_ENOUGH = 2 << 30


def open_folder() -> Path:
    """A new folder that every user may enter, unlike pytest's: as root, Postgres is another.

    In memory where there is room, for databases sync to a disk again and again.
    """
    folder = Path(tempfile.mkdtemp(prefix="deskhouse-test-", dir=_roomy_memory()))
    folder.chmod(0o755)
    return folder


def _roomy_memory() -> Path | None:
    """The file system in memory, if programs may be run from it and it has room to spare."""
    try:
        found = os.statvfs(_IN_MEMORY)
    except OSError:
        return None
    usable = not found.f_flag & os.ST_NOEXEC and os.access(_IN_MEMORY, os.W_OK)
    return _IN_MEMORY if usable and found.f_bsize * found.f_bavail > _ENOUGH else None
