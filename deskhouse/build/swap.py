"""A build made aside comes into place: schemas change names in one transaction.

No table is locked, so a swap waits for no reader and no reader for it. The old schemas are
dropped afterwards, patiently: a reader who still holds one only puts that off to the next build
from nothing, which waits for a minute and then says who holds what.
"""

import logging

import psycopg

from deskhouse.errors import Busy

_SCHEMAS = ("staging", "intermediate", "core", "marts")
_PATIENCE = "60s"
_HOLDERS = """
    select string_agg(distinct l.pid::text, ', ') from pg_locks as l
    inner join pg_class as c on c.oid = l.relation
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any (%s) and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_database where datname = current_database())
"""
_log = logging.getLogger(__name__)


def clear_aside(connection: psycopg.Connection) -> None:
    """Drop what an earlier build aside left: its own schemas, and old ones still held then.

    Raises:
        Busy: somebody holds them still.
    """
    for suffix in ("next", "old"):
        if not _drop(connection, suffix, patience=_PATIENCE):
            names = [f"{schema}_{suffix}" for schema in _SCHEMAS]
            row = connection.execute(_HOLDERS, (names,)).fetchone()
            holders = row[0] if row and row[0] else "none any more"
            raise Busy(
                "somebody still reads tables that a build from nothing replaced",
                f"End that transaction and build again (backends: {holders}).",
            )


def swap(connection: psycopg.Connection) -> None:
    """Put `*_next` in the place of the schemas that readers use."""
    with connection.transaction():
        for schema in _SCHEMAS:
            if connection.execute("select to_regnamespace(%s)", (schema,)).fetchone() != (None,):
                connection.execute(f"alter schema {schema} rename to {schema}_old")
            connection.execute(f"alter schema {schema}_next rename to {schema}")
    _drop(connection, "old", patience="2s")


def _drop(connection: psycopg.Connection, suffix: str, patience: str) -> bool:
    """Drop the four schemas of a suffix, views first so that nobody waits while holding one.

    False: a lock was not to be had in time.
    """
    connection.execute("select set_config('lock_timeout', %s, false)", (patience,))
    try:
        for schema in reversed(_SCHEMAS):
            connection.execute(f"drop schema if exists {schema}_{suffix} cascade")
    except psycopg.errors.LockNotAvailable:
        _log.info("a reader still holds a replaced schema; it will be dropped by the next build")
        return False
    finally:
        connection.execute("select set_config('lock_timeout', '0', false)")
    return True
