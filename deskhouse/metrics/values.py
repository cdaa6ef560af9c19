"""Whether the values that filters name are there at all, in any range of time.

Where they are, an answer of nothing is one; where one is mistyped, it would be taken for one.
"""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from deskhouse.errors import WrongInput
from deskhouse.metrics.catalog import Catalog, Column, Source, nearest
from deskhouse.metrics.fields import parameters_of, rows_of
from deskhouse.metrics.request import Filter, Request

# So many are named in a line; of more, the query that names them.
_FEW = 12


def unknown_value(
    connection: Connection[Any], catalog: Catalog, request: Request
) -> WrongInput | None:
    """The error for the first value of a filter that its dimension does not have.

    What is suggested was measured, in rows that the connection's login may see. Where nothing was,
    nothing is wrong with a value.
    """
    for one in request.filters:
        missing = set(one.values) - _listed(connection, catalog, one.dimension)
        if not missing:
            continue
        labels, ids = _measured(connection, catalog, one.dimension)
        missing -= labels | ids
        if missing and labels:
            wrong = next(value for value in one.values if value in missing)
            hint = _hint(request, one, wrong, labels, ids)
            return WrongInput(f"there is no {one.dimension} {wrong!r}", hint)
    return None


def _listed(connection: Connection[Any], catalog: Catalog, dimension: str) -> set[str]:
    """What may be measured, whether or not it was: who is new, what is rare."""
    queries = [column.values for _, column in _columns(catalog, dimension) if column.values]
    return {value for sql in queries for (value,) in connection.execute(sql.encode())}


def _measured(
    connection: Connection[Any], catalog: Catalog, dimension: str
) -> tuple[set[str], set[str]]:
    """What was measured of a dimension, by name and by id."""
    queries: list[str] = []
    parameters: dict[str, Any] = {}
    for source, column in _columns(catalog, dimension):
        rows = rows_of(source, [dimension])
        queries.append(
            f'select "{column.name}", "{column.id or column.name}"\nfrom (\n{rows}\n) as measured'
        )
        parameters |= parameters_of(source, [dimension])
    found = connection.execute("\nunion\n".join(queries).encode(), parameters).fetchall()
    labels, ids = ({row[place] for row in found} - {None} for place in (0, 1))
    return labels, ids


def _columns(catalog: Catalog, dimension: str) -> Iterator[tuple[Source, Column]]:
    """Each source that has a dimension, with its column."""
    for source in catalog.sources:
        for column in source.dimensions:
            if column.name == dimension:
                yield source, column


def _hint(request: Request, one: Filter, wrong: str, labels: set[str], ids: set[str]) -> str:
    if near := nearest(wrong, [*sorted(labels), *sorted(ids)]):
        return f"Did you mean {near}?"
    if len(labels) <= _FEW:
        return f"There are: {', '.join(sorted(labels))}."
    return f"`deskhouse metrics query {request.metrics[0]} --by {one.dimension}` names them."
