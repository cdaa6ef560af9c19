"""A build made aside comes into place: schemas change names in one transaction.

No table is locked, so a swap waits for no reader and no reader for it. The old schemas are
dropped afterwards, patiently: a reader who still holds one only puts that off to the next build.
"""

import logging

import psycopg

_SCHEMAS = ("staging", "intermediate", "core", "marts")
_log = logging.getLogger(__name__)


def clear_aside(connection: psycopg.Connection) -> None:
    """Drop what an earlier build aside left: its own schemas, and old ones still held then."""
    for suffix in ("next", "old"):
        _drop(connection, suffix, patience="60s")


def swap(connection: psycopg.Connection) -> None:
    """Put `*_next` in the place of the schemas that readers use."""
    with connection.transaction():
        for schema in _SCHEMAS:
            if connection.execute("select to_regnamespace(%s)", (schema,)).fetchone() != (None,):
                connection.execute(f"alter schema {schema} rename to {schema}_old")
            connection.execute(f"alter schema {schema}_next rename to {schema}")
    _drop(connection, "old", patience="2s")


def _drop(connection: psycopg.Connection, suffix: str, patience: str) -> None:
    """Drop the four schemas of a suffix, views first so that nobody waits while holding one."""
    connection.execute("select set_config('lock_timeout', %s, false)", (patience,))
    try:
        for schema in reversed(_SCHEMAS):
            connection.execute(f"drop schema if exists {schema}_{suffix} cascade")
    except psycopg.errors.LockNotAvailable:
        _log.info("a reader still holds a replaced schema; it will be dropped by the next build")
    finally:
        connection.execute("select set_config('lock_timeout', '0', false)")
