"""The advisory locks of a warehouse, so that no two mean different things by one number."""

from enum import IntEnum


class Lock(IntEnum):
    """Keys of `pg_advisory_*lock`."""

    BATCHES = 4711
    """Held exclusively while a batch gets its position, shared by whoever reads positions."""

    MIGRATIONS = 4712
    """Held by whoever migrates."""

    PARTITIONS = 4713
    """Held while a month of `raw` is made (in the migration's SQL)."""

    SOURCES = 4714
    """Held by whoever takes sources."""

    BUILD = 4715
    """Held by whoever builds."""

    REFRESH = 4716
    """Held by whoever runs the whole sequence."""
