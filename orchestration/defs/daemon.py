"""Dagster's daemon, as `deskhouse up` starts it: `python -m orchestration.defs.daemon`."""

import os
import sys
from pathlib import Path

from dagster._daemon.cli import main as dagster_daemon

WORKSPACE = "workspace.yaml"


def main() -> None:
    """Be the daemon, with the workspace of this home."""
    home = Path(os.environ["DAGSTER_HOME"])
    sys.argv = ["dagster-daemon", "run", "--workspace", str(home / WORKSPACE)]
    sys.argv += ["--log-format", "json", "--log-level", "warning"]
    dagster_daemon()


if __name__ == "__main__":
    main()
