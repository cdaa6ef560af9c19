"""Processes of runs, as a run's tags name them."""

import ctypes
import os
import signal
from pathlib import Path

PROCESS = "deskhouse/process"
"""The tag of a run that names its process."""

_PR_SET_PDEATHSIG = 1


def process_name(pid: int) -> str:
    """A process as `pid:start`, which no later process has; empty if it is gone or dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else f"{pid}:{fields[19]}"


def living(name: str) -> int | None:
    """The pid of a named process that lives, or None."""
    pid = int(name.partition(":")[0] or 0)
    return pid if pid and process_name(pid) == name else None


def end_with_parent(number: signal.Signals) -> None:
    """Have the kernel send us a signal when our parent dies.

    Raises:
        SystemExit: it died already.
    """
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("our parent died before we began")
