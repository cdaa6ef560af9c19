"""Seconds of the clock, CPU seconds of this side and of Postgres, and peak memory."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Cost:
    """What a piece of work took; `megabytes` is a child process's peak, 0 for work in this one."""

    wall: float = 0.0
    cpu: float = 0.0
    postgres_cpu: float = 0.0
    megabytes: float = 0.0

    def __str__(self) -> str:
        """As a part of a row."""
        memory = f"{self.megabytes:7.0f}" if self.megabytes else "      –"
        return f"{self.wall:9.2f} {self.cpu:9.2f} {self.postgres_cpu:9.2f} {memory}"


HEADINGS = f"{'':28} {'wall s':>9} {'CPU s':>9} {'PG CPU s':>9} {'peak MB':>7}"


@contextmanager
def measured(postmaster: int) -> Iterator[Cost]:
    """Measure the block: this process, its threads, and the Postgres of a postmaster's pid."""
    cost = Cost()
    wall, cpu, postgres = time.perf_counter(), time.process_time(), _cpu_of_tree(postmaster)
    yield cost
    cost.wall = time.perf_counter() - wall
    cost.cpu = time.process_time() - cpu
    cost.postgres_cpu = _cpu_of_tree(postmaster) - postgres


def measured_command(
    postmaster: int, arguments: Sequence[str], environment: dict[str, str]
) -> Cost:
    """Run `deskhouse` with arguments as users do."""
    postgres, wall = _cpu_of_tree(postmaster), time.perf_counter()
    process = subprocess.Popen(
        [CHECKOUT / ".venv" / "bin" / "deskhouse", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    # wait4 has taken the process's end from Popen.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"deskhouse {' '.join(arguments)} ended with {process.returncode}")
    return Cost(
        wall=time.perf_counter() - wall,
        cpu=used.ru_utime + used.ru_stime,
        postgres_cpu=_cpu_of_tree(postmaster) - postgres,
        megabytes=used.ru_maxrss / 1024,
    )


def postmaster_of(home: Path) -> int:
    """The process id of a home's own Postgres, which runs."""
    path = home / "postgres" / "data" / "postmaster.pid"
    return int(path.read_text(encoding="ascii").splitlines()[0])


def _cpu_of_tree(postmaster: int) -> float:
    """CPU seconds of a process, of its children, and of those of them that have ended."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(path.parent.name) == postmaster:
            total += sum(int(field) for field in fields[11:15])
        elif int(fields[1]) == postmaster:
            total += sum(int(field) for field in fields[11:13])
    return total / _TICK
