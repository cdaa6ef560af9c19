"""What supervisord executes for a service: a step that becomes the service's program.

    python -P launch.py NAME

It reads the program NAME.json that `deskhouse.services.supervision` wrote to the folder of
DESKHOUSE_RUN, gives the process default signal handling (a parent may have ignored SIGINT or
SIGPIPE, and that is inherited), changes to the program's user and folder, asks the kernel for the
stop signal on the parent's death, and executes. It runs as a plain script and imports nothing of
deskhouse, so that it costs a few milliseconds.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def become(path: Path) -> None:
    """Replace this process by the program that the file describes."""
    parent = os.getppid()
    program = json.loads(path.read_text(encoding="utf-8"))
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.umask(0o077)
    if program["uid"] is not None:
        os.setgroups([])
        os.setgid(program["gid"])
        os.setuid(program["uid"])
    os.chdir(program["folder"])
    # Only after the change of user, which clears it.
    stop = int(getattr(signal, "SIG" + program["stop_signal"]))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, stop, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel takes no signal for a parent's death")
    if os.getppid() != parent:
        raise SystemExit("the supervisor died before its service began")
    command = program["command"]
    environment = {**os.environ, **dict(program["environment"])}
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    become(Path(os.environ["DESKHOUSE_RUN"], sys.argv[1] + ".json"))
