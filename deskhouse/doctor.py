"""`deskhouse doctor`: what this machine lacks, each with its cure.

A check is a function of the settings: it returns what it found, in a few words, or raises the
error that a command would meet later. So nothing is started or made here, and nothing installed.
"""

import argparse
import locale
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field

from deskhouse.errors import DeskhouseError, Failed, WrongInput
from deskhouse.home import kept_port
from deskhouse.settings import CHECKOUT, Settings, read_settings

_GIB = 1 << 30
# A new database with the demo in it takes half of this.
_LEAST_FREE_BYTES = 2 * _GIB
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 – it is asked after, nothing is written there.


class Finding(BaseModel):
    """What one check found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    good: bool
    found: str = Field(description="What is there, or what is wrong.")
    cure: str = Field(description="What to do about it; empty where all is well.")


class Diagnosis(BaseModel):
    """All findings, in the order of checking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is missing."""
        return all(finding.good for finding in self.findings)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--json]`."""
    parser.add_argument("--json", action="store_true", help="for a program to read")


def run(arguments: argparse.Namespace) -> int:
    """Print every finding; 1 if something is missing."""
    diagnosis = diagnose()
    text = diagnosis.model_dump_json(indent=2) if arguments.json else _table(diagnosis)
    sys.stdout.write(text + "\n")
    return 0 if diagnosis.good else 1


def diagnose() -> Diagnosis:
    """Check everything; where the settings cannot be read, what does not depend on them."""
    findings = [_examine(name, check) for name, check in _OF_THE_MACHINE.items()]
    try:
        settings = read_settings()
    except WrongInput as error:
        findings.append(_lacking("settings", error))
    else:
        findings += [
            _examine(name, partial(check, settings)) for name, check in _OF_THE_SETTINGS.items()
        ]
    return Diagnosis(findings=tuple(findings))


def _examine(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(check=name, good=True, found=check(), cure="")
    except DeskhouseError as error:
        return _lacking(name, error)


def _lacking(name: str, error: DeskhouseError) -> Finding:
    return Finding(check=name, good=False, found=str(error), cure=error.hint)


def _python() -> str:
    # An older one than it needs does not come this far: `make install` has said so.
    return platform.python_version()


def _c_library() -> str:
    name, version = platform.libc_ver()
    if name != "glibc":
        raise Failed(
            "the C library is not glibc, for which Postgres and Redis come built",
            "Use a Linux with glibc (Debian, Ubuntu, Fedora), or a container of one.",
        )
    return f"{name} {version}"


def _make() -> str:
    found = shutil.which("make")
    if found is None:
        raise Failed("make is missing", "As root: apt-get install -y make.")
    return found


def _uv() -> str:
    own = CHECKOUT / ".venv-uv" / "uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found is not None:
        return found
    if not any(map(find_spec, ("pip", "ensurepip"))):
        raise Failed(
            "uv is missing, and pip too, which would fetch it",
            "As root: apt-get install -y python3-venv.",
        )
    return "fetched when packages change"


def _packages() -> str:
    missing = [name for name in ("psycopg", "dbt", "pandas", "redis") if find_spec(name) is None]
    if missing:
        raise Failed(f"not installed: {', '.join(missing)}", "Run `make install`.")
    try:
        import psycopg
    except ImportError as error:
        raise Failed(f"psycopg cannot be loaded: {error}", "Run `make clean install`.") from None
    return f"complete; psycopg {psycopg.__version__}, {psycopg.pq.__impl__}"


def _chromium() -> str:
    from deskhouse.services.binaries import find_chromium

    # Who looks at pages does so with a browser of their own.
    return str(find_chromium() or "none; make test wants it (and as root installs it)")


def _character_set() -> str:
    """What initdb is told to use; setting it is the one way to ask, so it is set back."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        raise Failed(
            "the locale C.UTF-8 is missing", "As root: apt-get install -y libc-bin."
        ) from None
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C.UTF-8"


def _time_zones() -> str:
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        raise Failed("there is no time-zone database", "Run `make clean install`.") from None
    return "IANA's database"


def _home(settings: Settings) -> str:
    folder = _standing(settings.home)
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise Failed(
            f"{folder} cannot be written to: {error.strerror}",
            "Set DESKHOUSE_HOME to a folder you may write.",
        ) from None
    return str(settings.home)


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(_standing(settings.home)).free
    if free < _LEAST_FREE_BYTES:
        raise Failed(
            f"{free / _GIB:.1f} GiB free below {settings.home}",
            f"Free {_LEAST_FREE_BYTES // _GIB} GiB, or set DESKHOUSE_HOME to a larger disk.",
        )
    return f"{free / _GIB:.1f} GiB free"


def _standing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _configuration(settings: Settings) -> str:
    if not settings.config.is_dir():
        raise Failed(
            f"{settings.config} is no folder", "Set DESKHOUSE_CONFIG to the configuration folder."
        )
    return str(settings.config)


def _postgres(settings: Settings) -> str:
    if settings.database_url:
        return "external, by DESKHOUSE_DATABASE_URL"
    from deskhouse.services.account import account_for
    from deskhouse.services.binaries import find_postgres
    from deskhouse.services.cluster import made_by

    binaries = find_postgres(made_by(settings.home / "postgres" / "data"))
    account_for(settings.home, "postgres")
    return f"{binaries.major}, {binaries.folder}"


def _shared_memory(settings: Settings) -> str:
    if settings.database_url:
        return "not needed for an external Postgres"
    if not os.access(_SHARED_MEMORY, os.W_OK | os.X_OK):
        raise Failed(
            f"{_SHARED_MEMORY}, where Postgres shares memory, cannot be written to",
            f"As root: mount -t tmpfs -o mode=1777 tmpfs {_SHARED_MEMORY}.",
        )
    return str(_SHARED_MEMORY)


def _redis(settings: Settings) -> str:
    if settings.redis_url:
        return "external, by DESKHOUSE_REDIS_URL"
    from deskhouse.services.binaries import find_redis

    return str(find_redis())


def _ports(settings: Settings) -> str:
    from deskhouse.services.ports import is_free

    for service, port in _ports_by_hand(settings):
        # Where it was kept, it is our own service that listens.
        if not is_free(port) and kept_port(settings.home, service) != port:
            variable = f"DESKHOUSE_{service.upper()}_PORT"
            raise Failed(
                f"port {port} of {variable} is taken",
                f"Set {variable} to a free port, or unset it.",
            )
    chosen = ", ".join(f"{service} {port}" for service, port in _ports_by_hand(settings))
    return chosen or "chosen free at the first start"


def _ports_by_hand(settings: Settings) -> Iterator[tuple[str, int]]:
    for service, port in (("postgres", settings.postgres_port), ("redis", settings.redis_port)):
        if port is not None:
            yield service, port


_OF_THE_MACHINE: dict[str, Callable[[], str]] = {
    "Python": _python,
    "C library": _c_library,
    "make": _make,
    "uv": _uv,
    "packages": _packages,
    "Chromium": _chromium,
    "character set": _character_set,
    "time zones": _time_zones,
}

_OF_THE_SETTINGS: dict[str, Callable[[Settings], str]] = {
    "home": _home,
    "disk": _disk,
    "configuration": _configuration,
    "Postgres": _postgres,
    "shared memory": _shared_memory,
    "Redis": _redis,
    "ports": _ports,
}


def _table(diagnosis: Diagnosis) -> str:
    width = max(len(finding.check) for finding in diagnosis.findings)
    lines = [
        f"{'ok     ' if finding.good else 'MISSING'}  {finding.check:<{width}}  {finding.found}"
        + (f". {finding.cure}" if finding.cure else "")
        for finding in diagnosis.findings
    ]
    missing = sum(not finding.good for finding in diagnosis.findings)
    lines.append("Nothing is missing." if diagnosis.good else f"Missing: {missing}.")
    return "\n".join(lines)
