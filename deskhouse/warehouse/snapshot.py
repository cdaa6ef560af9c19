"""Reading at one instant, also where a build from nothing comes into place meanwhile.

A snapshot fixes which rows are seen. Which table bears a name is looked up when the table is read:
after a swap that is the new one, and a snapshot of before sees it as it was then, that is, empty,
without an error. So whoever reads more than a statement at one instant, or copies, reads through
`at_one_instant`, which begins again where a swap came in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from deskhouse.warehouse.connection import Role, Warehouse

_Result = TypeVar("_Result")

# By a query: as the snapshot sees it. By the function: as whoever looks a name up does.
_SEEN = "select (select oid from pg_namespace where nspname = 'marts')"
_NOW = "select to_regnamespace('marts')::oid"
# Swaps are minutes apart; what is missing each time is missing.
_ATTEMPTS = 5


class Replaced(Exception):
    """A build from nothing came into place; nothing that was read since counts."""


# Another has the name, none has it for now, another column is in its place.
_REPLACED = (Replaced, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)


@dataclass(slots=True)
class Snapshot:
    """All rows as they were at one instant, for the reader, by a connection."""

    connection: psycopg.Connection[Any]
    _marts: int | None
    _is_checked: bool = False

    def check(self, by: psycopg.Connection[Any] | None = None) -> None:
        """See that all names looked up so far led to what the snapshot sees.

        `by` is another connection, in autocommit, where the snapshot's own is busy.

        Raises:
            Replaced: one may not have.
        """
        row = (by or self.connection).execute(_NOW).fetchone()
        if row != (self._marts,):
            raise Replaced
        self._is_checked = True

    @property
    def is_checked(self) -> bool:
        """Whether somebody looked."""
        return self._is_checked


def at_one_instant(warehouse: Warehouse, read: Callable[[Snapshot], _Result]) -> _Result:
    """What `read` makes of a snapshot; it is called again where a swap came in between.

    Whoever lets something out before the end calls `Snapshot.check` before that; else it is done at
    the end.

    Raises:
        ServiceDown: the database does not answer.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        with warehouse.connect(Role.READER) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            try:
                return _read_once(connection, read)
            except _REPLACED:
                if attempt == _ATTEMPTS:
                    raise
                connection.rollback()
    raise AssertionError("the last attempt returns or raises")


def _read_once(connection: psycopg.Connection[Any], read: Callable[[Snapshot], _Result]) -> _Result:
    row = connection.execute(_SEEN).fetchone()
    snapshot = Snapshot(connection, row[0] if row else None)
    result = read(snapshot)
    if not snapshot.is_checked:
        snapshot.check()
    return result
