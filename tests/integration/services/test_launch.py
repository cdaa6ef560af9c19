"""The step between the supervisor and a service's program."""

import json
import os
import subprocess
import sys
from pathlib import Path

from deskhouse.services import launch
from tests.waiting import until

# What the program is told and finds: printed by itself.
_TELL = "pwd; umask; echo $WORD; grep -E 'SigIgn|SigBlk' /proc/self/status; id -u"


def _command(run: Path, command: list[str], uid: int | None = None) -> list[str]:
    program = {
        "command": command,
        "folder": "/usr",
        "stop_signal": "USR1",
        "environment": [["WORD", "told"]],
        "uid": uid,
        "gid": uid,
    }
    (run / "some.json").write_text(json.dumps(program))
    return [sys.executable, "-P", launch.__file__, "some"]


def test_a_program_starts_with_clean_signals_in_its_folder_as_its_user(tmp_path: Path) -> None:
    uid = 65534 if os.geteuid() == 0 else None
    command = _command(tmp_path, ["/bin/sh", "-c", _TELL], uid)

    done = subprocess.run(
        ["sh", "-c", 'trap "" INT QUIT HUP PIPE TERM; exec "$@"', "-", *command],
        env={**os.environ, "DESKHOUSE_RUN": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    none = "0" * 16
    # glibc keeps signals from 32 on to itself; whoever started the tests may ignore one of those.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    inherited = int(status.partition("SigIgn:")[2].split()[0], 16) >> 31 << 31
    assert done.stdout.split("\n") == [
        "/usr",
        "0077",
        "told",
        f"SigBlk:\t{none}",
        f"SigIgn:\t{inherited:016x}",
        str(uid or os.geteuid()),
        "",
    ]


def test_a_program_gets_its_stop_signal_when_its_parent_dies(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = f"trap 'touch {told}; exit' USR1; echo ready; while :; do sleep 0.05; done"
    command = _command(tmp_path, ["/bin/sh", "-c", script])
    with subprocess.Popen(
        ["sh", "-c", '"$@" & wait', "-", *command],
        env={**os.environ, "DESKHOUSE_RUN": str(tmp_path)},
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        assert not told.exists()
        parent.kill()
    until(told.exists)
