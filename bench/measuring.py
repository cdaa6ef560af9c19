"""Seconds of the clock, CPU seconds of this side and of Postgres, and peak memory."""

import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
COMMANDS = CHECKOUT / ".venv" / "bin"
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
    return measured_program(postmaster, [str(COMMANDS / "deskhouse"), *arguments], environment)


def measured_program(postmaster: int, program: Sequence[str], environment: dict[str, str]) -> Cost:
    """Run a program to its good end; what it prints is not shown."""
    postgres, wall = _cpu_of_tree(postmaster), time.perf_counter()
    process = subprocess.Popen(
        program, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    # Not what wait4 tells: that counts what this process had when it was forked off.
    megabytes = 0.0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        megabytes = max(megabytes, _peak_megabytes(process.pid))
        time.sleep(0.02)
    _, status, used = ended
    # wait4 has taken the process's end from Popen.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(program)} ended with {process.returncode}")
    return Cost(
        wall=time.perf_counter() - wall,
        cpu=used.ru_utime + used.ru_stime,
        postgres_cpu=_cpu_of_tree(postmaster) - postgres,
        megabytes=megabytes,
    )


def _peak_megabytes(pid: int) -> float:
    """The most that a process had in memory so far; 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    peak = re.search(r"VmHWM:\s+(\d+)", status)
    return int(peak[1]) / 1024 if peak else 0.0


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
