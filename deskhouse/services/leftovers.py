"""Processes of a service that no supervisor knows of any more.

A service gets its stop signal when its supervisor dies, so one is seldom seen; but it may still
be stopping, or somebody may have started a server on the data by hand.
"""

import os
import select
import signal
from pathlib import Path

from deskhouse.errors import Failed


def process_in(folder: Path, pid_file: str) -> int | None:
    """The living process that a pid file names, if it works in that folder.

    A pid file may outlive its process and the number be given to another: so its working
    folder decides.
    """
    try:
        pid = int((folder / pid_file).read_text(encoding="ascii").split()[0])
        at_home = Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except (OSError, ValueError, IndexError):
        return None
    return pid if at_home else None


def end(pid: int, stop_signal: str, seconds: float) -> None:
    """Stop a process cleanly, and kill it if it takes too long.

    Raises:
        Failed: it is not ours to stop, or does not even die.
    """
    for name, patience in ((stop_signal, seconds), ("KILL", 10.0)):
        try:
            os.kill(pid, getattr(signal, f"SIG{name}"))
        except ProcessLookupError:
            return
        except PermissionError:
            raise Failed(
                f"process {pid} works on this home's data and belongs to another user",
                "Stop it as that user.",
            ) from None
        if wait_for_end(pid, patience):
            return
    raise Failed(f"process {pid} does not end", "See what it waits for, then try again.")


def wait_for_end(pid: int, seconds: float) -> bool:
    """Whether a process, of whomever, ends within so many seconds."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)
