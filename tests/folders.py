"""Folders for what runs as another user than the tests."""

import tempfile
from pathlib import Path


def open_folder() -> Path:
    """A new folder that every user may enter, unlike pytest's: as root, Postgres is another."""
    folder = Path(tempfile.mkdtemp(prefix="deskhouse-test-"))
    folder.chmod(0o755)
    return folder
