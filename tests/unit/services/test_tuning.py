"""How much of a machine the services take."""

import pytest

from deskhouse.services.tuning import Machine, postgres_settings, redis_megabytes

GIB = 1 << 30


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (GIB // 2, ("128MB", "16MB", "64MB", "256MB")),
        (4 * GIB, ("512MB", "16MB", "128MB", "2048MB")),
        (64 * GIB, ("1024MB", "64MB", "512MB", "32768MB")),
    ],
)
def test_postgres_takes_an_eighth_within_bounds(
    memory: int, expected: tuple[str, str, str, str]
) -> None:
    settings = postgres_settings(Machine(memory, shared_memory=GIB))
    names = ("shared_buffers", "work_mem", "maintenance_work_mem", "effective_cache_size")
    assert tuple(settings[name] for name in names) == expected


def test_a_container_with_little_shared_memory_shares_through_files() -> None:
    assert "dynamic_shared_memory_type" not in postgres_settings(Machine(GIB, GIB))
    small = postgres_settings(Machine(GIB, 64 << 20))
    assert small["dynamic_shared_memory_type"] == "mmap"


def test_nothing_that_was_committed_is_ever_at_stake() -> None:
    settings = postgres_settings(Machine(GIB, 0))
    assert not {"fsync", "synchronous_commit", "full_page_writes"} & settings.keys()


@pytest.mark.parametrize(("memory", "expected"), [(GIB, 64), (8 * GIB, 256), (64 * GIB, 512)])
def test_redis_is_bounded(memory: int, expected: int) -> None:
    assert redis_megabytes(Machine(memory, 0)) == expected
