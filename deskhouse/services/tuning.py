"""How much of the machine the services take.

Modest on purpose: they share it with dbt, with Superset and with whoever sits in front of it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

_MIB = 1 << 20
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_SMALL_SHM = 256 * _MIB


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to share: memory and shared memory (/dev/shm), in bytes."""

    memory: int
    shared_memory: int


def this_machine() -> Machine:
    """What this machine, or the container we are in, has."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _CGROUP_LIMITS:
        try:
            limit = path.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if limit.isdigit():
            memory = min(memory, int(limit))
    try:
        shared = os.statvfs("/dev/shm")  # noqa: S108 - asked for its size
    except OSError:
        return Machine(memory, 0)
    return Machine(memory, shared.f_bsize * shared.f_bavail)


def postgres_settings(machine: Machine) -> dict[str, str]:
    """The lines of postgresql.conf that depend on the machine or on what the warehouse does."""
    memory = machine.memory
    settings = {
        "shared_buffers": _megabytes(memory // 8, 128, 1024),
        "effective_cache_size": _megabytes(memory // 2, 256, 65_536),
        "work_mem": _megabytes(memory // 256, 16, 64),
        "maintenance_work_mem": _megabytes(memory // 32, 64, 512),
        # Nobody replicates an embedded database; a table made and filled in one transaction, as
        # dbt does, then skips the log.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # A build writes in bursts: few, wide checkpoints.
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        # The queries are many and short; compiling one takes longer than running it.
        "jit": "off",
    }
    if machine.shared_memory < _SMALL_SHM:
        # Containers get 64 MB of it, too little for one parallel hash join.
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def redis_megabytes(machine: Machine) -> int:
    """The bound of a cache's memory."""
    return max(64, min(machine.memory // 32 // _MIB, 512))


def _megabytes(amount: int, least: int, most: int) -> str:
    return f"{max(least, min(amount // _MIB, most))}MB"
