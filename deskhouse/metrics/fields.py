"""Custom fields and tags of tickets as dimensions, where `dimensions.csv` names them.

    catalog() ─▶ configured(catalog, folder) ─▶ rows_of(source, dimensions asked for) ─▶ statement

They are read beside a source's rows, for the question that names them and for no other; so what the
file says holds at once. The name of a field is a parameter, its dimension's name an identifier.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from deskhouse.configuration.dimensions import TicketDimension, read_dimensions
from deskhouse.configuration.tables import RESERVED
from deskhouse.metrics.catalog import Catalog, Column, Source

FIELDS = "fields"
"""The column of a source's `fields_sql`, an array; in braces, where its elements go."""

TIME_BUCKET = "timestamp_bucket"


def configured(catalog: Catalog, folder: Path) -> Catalog:
    """The catalog with the dimensions that a configuration folder names.

    Raises:
        WrongConfiguration: names the row of `dimensions.csv`, and the column.
    """
    return with_dimensions(catalog, read_dimensions(folder, _taken(catalog)))


def with_dimensions(catalog: Catalog, dimensions: Iterable[TicketDimension]) -> Catalog:
    """The catalog in which what is of tickets is told apart by these, too."""
    columns = tuple(map(_column, dimensions))
    names = tuple(column.name for column in columns)
    sources = tuple(
        replace(one, columns=(*one.columns, *columns)) if one.fields_sql else one
        for one in catalog.sources
    )
    of_tickets = {source.name for source in sources if source.fields_sql}
    metrics = tuple(
        replace(one, dimensions=(*one.dimensions, *names)) if one.source in of_tickets else one
        for one in catalog.metrics
    )
    return Catalog(metrics, sources)


def rows_of(source: Source, named: Iterable[str], *, hourly: bool = False) -> str:
    """A source's SELECT, its `%` doubled, with a column for each of the named that is a field."""
    fields = _fields(source, named)
    if not fields:
        return escaped(source.hourly_sql if hourly else source.sql)
    sql = escaped(source.hourly_fields_sql if hourly else source.fields_sql)
    rows = sql.replace(f"{{{FIELDS}}}", ", ".join(column.sql for column in fields))
    items = "".join(
        f',\n    {FIELDS}[{place}] as "{column.name}"'
        for place, column in enumerate(fields, start=1)
    )
    return f"select\n    {source.name}.*{items}\nfrom (\n{rows}\n) as {source.name}"


def parameters_of(source: Source, named: Iterable[str]) -> dict[str, Any]:
    """What `rows_of` binds."""
    return {_parameter(column.name): column.field for column in _fields(source, named)}


def escaped(sql: str) -> str:
    """SQL in which no `%` is taken for a parameter."""
    return sql.replace("%", "%%")


def _fields(source: Source, named: Iterable[str]) -> list[Column]:
    names = set(named)
    return [column for column in source.columns if column.field and column.name in names]


def _parameter(name: str) -> str:
    return f"field_{name}"


def _column(one: TicketDimension) -> Column:
    field = f"%({_parameter(one.name)})s::text"
    if one.tag is not None:
        return Column(
            one.name,
            one.label,
            f"Whether the ticket has the tag `{one.tag}`, as of its last event: yes or no.",
            "text",
            f"case when f.tags ? {field} then 'yes' else 'no' end",
            is_dimension=True,
            values="values ('yes'), ('no')",
            field=one.tag,
        )
    assert one.custom_field is not None
    # Of numbers that are equal, however written, each is one value.
    return Column(
        one.name,
        one.label,
        f"Custom field `{one.custom_field}` of the ticket, as of its last event;"
        f" `{RESERVED}` where none.",
        "text",
        f"case jsonb_typeof(f.custom_fields -> {field})"
        f" when 'number' then trim_scale((f.custom_fields ->> {field})::numeric)::text"
        f" else coalesce(nullif(f.custom_fields ->> {field}, ''), '{RESERVED}') end",
        is_dimension=True,
        values=f"values ('{RESERVED}')",
        field=one.custom_field,
    )


def _taken(catalog: Catalog) -> set[str]:
    """The names that a column of an answer, or of what it is computed from, has already."""
    columns = {column.name for source in catalog.sources for column in source.columns}
    metrics = {metric.name for metric in catalog.metrics}
    return columns | metrics | {f"{name}_before" for name in metrics} | {FIELDS, TIME_BUCKET}
