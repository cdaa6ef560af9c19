"""Tests of real data sets, which lie outside the repository, below `DESKHOUSE_REAL_DATA`.

Where that is set they are tests like others, and fail where a data set is missing. Only where it
is unset are they not collected, and the summary says so.
"""

import os
from pathlib import Path

import pytest

_FOLDER = os.environ.get("DESKHOUSE_REAL_DATA")

collect_ignore_glob = [] if _FOLDER else ["test_*.py"]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets."""
    assert _FOLDER
    return Path(_FOLDER)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not asked for."""
    if not _FOLDER:
        count = len(list(Path(__file__).parent.glob("test_*.py")))
        terminalreporter.write_line(
            f"not collected: tests of real data ({count} files); DESKHOUSE_REAL_DATA is not set"
        )
