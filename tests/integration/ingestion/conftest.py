import io
import os
import sys
from pathlib import Path

import pytest

from deskhouse.cli import main
from deskhouse.settings import Settings
from tests.integration.ingestion.running import Done, Ingest


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process that works on the test's warehouse."""
    assert settings.database_url is not None
    return os.environ | {
        "DESKHOUSE_HOME": str(settings.home),
        "DESKHOUSE_CONFIG": str(settings.config),
        "DESKHOUSE_DATABASE_URL": settings.database_url,
    }


@pytest.fixture
def ingest(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ingest:
    """`deskhouse ingest …`, as the command line runs it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(["ingest", *map(str, arguments)])
        written = capsys.readouterr()
        return Done(code, written.out, written.err)

    return run
