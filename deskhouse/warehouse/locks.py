"""The advisory locks of a warehouse, so that no two mean different things by one number."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import psycopg

from deskhouse.errors import Busy


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


@contextmanager
def held(connection: psycopg.Connection, lock: Lock, patience: float, what: str) -> Iterator[None]:
    """Hold a lock for the block; `connection` must be in autocommit, `what` says who else has it.

    Raises:
        Busy: another `what` held it for `patience` seconds.
    """
    _wait(connection, "pg_advisory_lock", lock, patience, f"another {what}")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s)", (lock,))


def share(connection: psycopg.Connection, lock: Lock, patience: float, what: str) -> None:
    """Keep whoever holds a lock out until the connection's transaction ends.

    Raises:
        Busy: a `what` held it for `patience` seconds.
    """
    _wait(connection, "pg_advisory_xact_lock_shared", lock, patience, f"a {what}")


def _wait(
    connection: psycopg.Connection, function: str, lock: Lock, patience: float, who: str
) -> None:
    # Until the transaction ends, which in autocommit is at once: there, for the session.
    in_transaction = not connection.autocommit
    limit = "select set_config('lock_timeout', %s, %s)"
    connection.execute(limit, (f"{patience}s", in_transaction))
    try:
        connection.execute(f"select {function}(%s)", (lock,))
    except psycopg.errors.LockNotAvailable:
        raise Busy(
            f"{who} has been running for more than {patience:g} s",
            "Wait for it; deskhouse status tells how the last one ended.",
        ) from None
    connection.execute(limit, ("0", in_transaction))
