"""COPY of a relation into a file, row by row as the server sends them.

What is described and copied is seen at one instant (`deskhouse.warehouse.snapshot`). While a
connection copies it answers nothing else, so before the first byte is let out a second one looks
whether a build from nothing came into place in between; then all begins again.
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
from deskhouse.warehouse.snapshot import Snapshot, at_one_instant
from exporters.cells import Relation, copy_statement
from exporters.relations import find_relation

Progress = Callable[[str], None]

_SHOWN_EVERY = 0.2
# Whatever a login or a database is set to.
_AS_WE_WRITE = "set datestyle = 'ISO'; set intervalstyle = 'iso_8601'; set extra_float_digits = 1"


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
        warehouse.connect(Role.READER, autocommit=True) as witness,
    ):
        return at_one_instant(
            warehouse, lambda snapshot: _copy(snapshot, witness, asked, file, progress)
        )


def _copy(
    snapshot: Snapshot,
    witness: psycopg.Connection[Any],
    asked: str,
    file: BinaryIO,
    progress: Progress | None,
) -> Exported:
    """Copy all rows.

    Raises:
        Replaced: a build from nothing came into place; nothing was written.
    """
    reader = snapshot.connection
    reader.execute(_AS_WE_WRITE)
    relation = find_relation(reader, asked)
    written, lines, shown_at = 0, 0, time.monotonic()
    with reader.cursor() as cursor, cursor.copy(copy_statement(relation)):
        snapshot.check(witness)
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
