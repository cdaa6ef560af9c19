"""A table of `raw.config_*` made to hold the rows of a file."""

from dataclasses import astuple, fields
from typing import Any, TypeVar

from psycopg import Connection, sql

Shape = TypeVar("Shape")


def kept_rows(connection: Connection[Any], table: str, shape: type[Shape]) -> tuple[Shape, ...]:
    """What a table of `raw` holds; `shape` is a dataclass with its columns."""
    query = sql.SQL("select {columns} from {table}").format(
        columns=sql.SQL(", ").join(map(sql.Identifier, _columns(shape))),
        table=sql.Identifier("raw", table),
    )
    return tuple(shape(*row) for row in connection.execute(query).fetchall())


def replace_rows(
    connection: Connection[Any], table: str, wanted: tuple[Shape, ...], shape: type[Shape]
) -> tuple[Shape, ...]:
    """Make a table hold these rows; one that stays is not written. Returns what it held before."""
    columns = _columns(shape)
    same = [sql.SQL("{} is not distinct from %s").format(sql.Identifier(name)) for name in columns]
    delete = sql.SQL("delete from {table} where {same}").format(
        table=sql.Identifier("raw", table), same=sql.SQL(" and ").join(same)
    )
    insert = sql.SQL("insert into {table} ({columns}) values ({values})").format(
        table=sql.Identifier("raw", table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
    )
    before = kept_rows(connection, table, shape)
    gone, come = set(before) - set(wanted), set(wanted) - set(before)
    with connection.cursor() as cursor:
        cursor.executemany(delete, [_cells(row) for row in gone])
        cursor.executemany(insert, [_cells(row) for row in come])
    return before


def _columns(shape: type[Any]) -> list[str]:
    return [field.name for field in fields(shape)]


def _cells(row: Any) -> tuple[Any, ...]:
    return astuple(row)
