"""COPY of a relation into a file, row by row as the server sends them.

One statement sees one state of the warehouse, with one exception: COPY fixes what it sees before it
looks up its relation's name. If a build from nothing comes into place in between, it would see the
new tables as they were then, that is, empty. So before the first byte, a second connection looks
which relation is read; is it not the one that was described, all begins again.
"""

import select
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from deskhouse.warehouse.connection import Role, Warehouse, loss_told
from exporters.cells import Relation, copy_statement
from exporters.relations import find_relation

Progress = Callable[[str], None]

_SHOWN_EVERY = 0.2
# Whatever a login or a database is set to.
_AS_WE_WRITE = "set datestyle = 'ISO'; set intervalstyle = 'iso_8601'; set extra_float_digits = 1"
_IS_READ = """
    select exists (
        select from pg_locks where pid = %s and locktype = 'relation' and relation = %s and granted
    )
"""


class _Replaced(Exception):
    """What was described is not what is read."""


# Another has the name, none has it for now, another column is in its place.
_REPLACED = (_Replaced, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written; `rows` without the line of names."""

    relation: Relation
    rows: int
    bytes: int

    def __str__(self) -> str:
        """For people."""
        return _line(self.relation, self.rows, self.bytes)


def export_csv(
    warehouse: Warehouse, asked: str, file: BinaryIO, progress: Progress | None = None
) -> Exported:
    """Write a relation's rows as CSV, as the reader sees them at one instant.

    Raises:
        WrongInput: there is no such relation.
        ServiceDown: Postgres does not answer, or went away; the file is not whole.
    """
    with (
        loss_told("the export"),
        warehouse.connect(Role.READER, autocommit=True) as reader,
        warehouse.connect(Role.READER, autocommit=True) as witness,
    ):
        reader.execute(_AS_WE_WRITE)
        reader.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        while True:
            try:
                # The transaction keeps the locks of a COPY that is over at once.
                with reader.transaction():
                    relation = find_relation(reader, asked)
                    return _copy(reader, witness, relation, file, progress)
            except _REPLACED:
                continue


def _copy(
    reader: psycopg.Connection[Any],
    witness: psycopg.Connection[Any],
    relation: Relation,
    file: BinaryIO,
    progress: Progress | None,
) -> Exported:
    """Copy all rows.

    Raises:
        _Replaced: another relation bears the name by now; nothing was written.
    """
    written, lines, shown_at = 0, 0, time.monotonic()
    with reader.cursor() as cursor, cursor.copy(copy_statement(relation)):
        seen = witness.execute(_IS_READ, (reader.info.backend_pid, relation.oid)).fetchone()
        if seen != (True,):
            raise _Replaced
        for data in _sent(reader.pgconn):
            written += file.write(data)
            lines += 1
            if progress and lines % 1_000 == 0 and time.monotonic() - shown_at > _SHOWN_EVERY:
                shown_at = time.monotonic()
                progress(_line(relation, lines - 1, written))
        return Exported(relation, _count(reader.pgconn), written)


def _sent(libpq: PGconn) -> Iterator[memoryview]:
    """What the server sends, a row each; asked of libpq itself, that costs half the time."""
    arrival = select.poll()
    arrival.register(libpq.socket, select.POLLIN)
    while True:
        size, data = libpq.get_copy_data(1)
        if size > 0:
            yield data
        elif size == 0:  # Nothing more has come yet.
            arrival.poll()
            libpq.consume_input()
        else:
            return


def _count(libpq: PGconn) -> int:
    """How many rows the server says there were.

    Raises:
        OperationalError: it says that it failed.
    """
    count = None
    while (result := libpq.get_result()) is not None:
        if result.status != ExecStatus.COMMAND_OK:
            raise psycopg.OperationalError(result.get_error_message())
        count = result.command_tuples
    assert count is not None
    return count


def _line(relation: Relation, rows: int, size: int) -> str:
    return f"{relation}: {rows:,} rows, {size / 1e6:,.1f} MB"
