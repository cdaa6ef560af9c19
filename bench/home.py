"""A home of a benchmark's own, with a Postgres that ends with it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deskhouse.services import running
from deskhouse.settings import CHECKOUT, Settings


@contextmanager
def home_with_postgres() -> Iterator[Settings]:
    """Settings of a fresh home, on this machine's own disk, with the shipped configuration."""
    home = Path(tempfile.mkdtemp(prefix="deskhouse-bench-"))
    # Postgres, as a user of its own, goes through it to its data.
    home.chmod(0o755)
    settings = Settings(home=home, config=CHECKOUT / "config", services="postgres")
    try:
        running.up(settings)
        yield settings
    finally:
        running.down(settings)
        shutil.rmtree(home)
