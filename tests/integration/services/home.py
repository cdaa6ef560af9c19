"""A home of a test's own, and `deskhouse` run on it as a user would, in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deskhouse.services import running
from deskhouse.services.states import ServiceState, states
from deskhouse.settings import CHECKOUT, Settings

# As `python -m deskhouse`, but deaf to a developer's `.env`.
_COMMAND = """
from deskhouse.settings import Settings
Settings.model_config["env_file"] = None
from deskhouse.cli import main
raise SystemExit(main())
"""


@dataclass(frozen=True)
class Home:
    """A home folder, and what else `deskhouse` is told by its environment."""

    folder: Path
    python: str = sys.executable
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    # Those that start in a moment; Dagster's have tests of their own.
    has: str = "postgres, redis"

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder, config=self.folder / "config", services=self.has)

    def command(self, *arguments: str) -> list[str]:
        return [*self.prefix, self.python, "-c", _COMMAND, *arguments]

    def variables(self, **more: str) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("DESKHOUSE_")}
        ours = {"PYTHONPATH": str(CHECKOUT), "DESKHOUSE_HOME": str(self.folder)}
        ours["DESKHOUSE_SERVICES"] = self.has
        return {**inherited, **ours, **self.environment, **more}

    def run(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            env=self.variables(**variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd="/",
        )

    def up(self, *services: str, **settings: int) -> None:
        running.up(self.settings.model_copy(update=settings), services)

    def down(self) -> None:
        running.down(self.settings)

    def services(self) -> dict[str, ServiceState]:
        return {service.name: service for service in states(self.settings).services}

    def is_ready(self) -> bool:
        return all(service.state == "ready" for service in self.services().values())

    def pids(self) -> set[int]:
        """Every living process that works in this home, or was started for it."""
        places = [str(self.folder), *(str(path.resolve()) for path in self._places())]
        return {pid for pid in _processes() if any(place in _of(pid) for place in places)}

    def supervisor(self) -> int:
        return int((self.folder / "run" / "supervisor.pid").read_text())

    def _places(self) -> Iterator[Path]:
        yield from (self.folder / name for name in ("postgres", "redis"))


def kill(*pids: int) -> None:
    """Kill without a warning, as the kernel does when memory runs out."""
    for pid in pids:
        with suppress(ProcessLookupError):  # It died of the one before.
            os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    """A port at which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def files(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _of(pid: int) -> str:
    """A process's command line and working folder; empty if it is gone, or dead and not reaped."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        return f"{command} {Path(f'/proc/{pid}/cwd').readlink()}"
    except OSError:
        return ""
