"""Commands of `deskhouse` that are killed while they work, and a Postgres killed beneath."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

from psycopg import Connection

from deskhouse.warehouse.connection import Role, Warehouse
from tests.integration.services.home import Home, kill

# A command that is not killed after all, or that lost its Postgres, ends in this time.
_END_SECONDS = 300.0
_PAUSE = 0.002


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: by itself with an exit code, or killed (a negative one)."""

    code: int
    output: str
    errors: str

    @property
    def batch_id(self) -> int:
        """The batch that a landing told of when it succeeded."""
        told: dict[str, Any] = json.loads(self.output)
        return int(told["batch_id"])

    @property
    def seconds(self) -> float:
        """How long a landing that succeeded said that it took."""
        told: dict[str, Any] = json.loads(self.output)
        return float(told["seconds"])

    @property
    def complaints(self) -> list[str]:
        """What is wrong with the way it ended: any but killed, done, or failed with one line.

        Beside ours there may be the server's last word, which its library prints by itself if
        it loses a connection that is only being made.
        """
        if self.code not in {0, 3, -9}:
            return [f"ended with {self.code}: {self.errors}"]
        ours = [line for line in self.errors.splitlines() if not line.startswith("FATAL:  ")]
        if self.code == 3 and len(ours) != 1:
            return [f"failed with more than one line: {self.errors}"]
        return []


class Victim:
    """A running command."""

    def __init__(self, home: Home, *arguments: str) -> None:
        self._process = subprocess.Popen(
            home.command(*arguments),
            env=home.variables(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )

    @property
    def is_running(self) -> bool:
        """Whether it still works."""
        return self._process.poll() is None

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds, or it has ended."""
        deadline = time.monotonic() + _END_SECONDS
        while self.is_running and not condition():
            assert time.monotonic() < deadline, "it did not come about in time"
            self.run_on(_PAUSE)

    def run_on(self, seconds: float) -> None:
        """Let it work for so long, or until it ends."""
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return

    def give(self, text: str) -> None:
        """Write to its standard input, which stays open until it is waited for."""
        assert self._process.stdin is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def kill(self) -> Ended:
        """Kill it, if it still runs."""
        self._process.kill()
        return self.end()

    def end(self) -> Ended:
        """Wait for its end."""
        output, errors = self._process.communicate(timeout=_END_SECONDS)
        return Ended(self._process.returncode, output, errors)


def kill_postgres(home: Home) -> None:
    """Kill every process of the home's Postgres."""
    postmaster = int((home.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    kill(postmaster, *_children(postmaster))


@dataclass(frozen=True, slots=True)
class Watch:
    """A session that looks at those of others."""

    warehouse: Warehouse
    connection: Connection[Any]

    def sessions(self, role: Role) -> int:
        """How many sessions a role has."""
        return self._count("select count(*) from pg_stat_activity where usename = %s", role)

    def waiting(self, role: Role) -> int:
        """How many of them wait for a lock."""
        return self._count(
            "select count(*) from pg_locks where not granted and pid in ("
            "select pid from pg_stat_activity where usename = %s)",
            role,
        )

    def is_copying(self) -> bool:
        """Whether somebody copies rows into a table."""
        query = "select count(*) from pg_stat_progress_copy where datname = current_database()"
        return self.connection.execute(query).fetchone() != (0,)

    def _count(self, query: LiteralString, role: Role) -> int:
        row = self.connection.execute(query, (self.warehouse.role_name(role),)).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def watching(warehouse: Warehouse) -> Iterator[Watch]:
    """A watch for the block."""
    with warehouse.connect(Role.OWNER, autocommit=True) as connection:
        yield Watch(warehouse, connection)


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:  # It has ended since.
                continue
            if int(stat.rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
    return found
