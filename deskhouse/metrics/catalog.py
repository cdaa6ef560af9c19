"""The named metrics: what each is called, means, is made of and can be told apart by.

The definitions are dbt's semantic YAML (`dbt_project/models/semantic`), read straight from the
files (`deskhouse.metrics.semantic`). Whoever shows a metric takes its expression from here, over
its source's columns, and so computes the same number:

    select channel, count(case when metric_type = 'created' then 1 end) as tickets
    from (<source.sql>) as measurements group by channel
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from deskhouse.errors import WrongInput
from deskhouse.metrics.request import Basis

Format = Literal["count", "duration", "share"]
Better = Literal["more", "less", "neither"]
Kind = Literal["count", "distinct", "mean", "percentile", "share", "stock", "sum", "derived"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source: its SQL over the source's relations, and what people call it.

    `type` is Postgres's. Of a dimension with a key, `id` names the column of the key: the
    dimension's own value is a name for people, which no other has. `values` is a SELECT of names
    and ids that are known of it without a measurement; empty where there are none. One that
    `is_partial` is NULL in rows that it says nothing of. Of a dimension that is a ticket's field,
    `field` is the name of that, which its `sql` binds (`deskhouse.metrics.fields`).
    """

    name: str
    label: str
    description: str
    type: str
    sql: str
    is_time: bool = False
    is_dimension: bool = False
    id: str = ""
    values: str = ""
    is_partial: bool = False
    field: str = ""


@dataclass(frozen=True, slots=True)
class Dates:
    """What dates the rows of a source.

    `instant` is a column; `hour`, in which that is, and `day` are expressions over the source.
    """

    instant: str
    hour: str
    day: str


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that metrics are computed over.

    `sql` is one SELECT without parameters, for the login of any reader. `hourly_sql` is the same
    by hour, of a source whose rows are days; empty of every other. `fields_sql`, and that by hour,
    are the same with an array `fields`, whose elements go where `{fields}` stands, of what the
    rows' tickets say (`deskhouse.metrics.fields`); empty where rows are of no ticket. `dates` are
    the bases that its rows can be dated by: a stock is of no cohort.
    """

    name: str
    label: str
    description: str
    columns: tuple[Column, ...]
    sql: str
    hourly_sql: str = ""
    fields_sql: str = ""
    hourly_fields_sql: str = ""
    dates: Mapping[Basis, Dates] = field(default_factory=dict, hash=False)

    @property
    def dimensions(self) -> tuple[Column, ...]:
        """The columns that its rows can be told apart by."""
        return tuple(column for column in self.columns if column.is_dimension)


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: its words, its aggregate expression over a source, and what it can be told by.

    `format`: a count; a duration in seconds; a share from 0 to 1. `kind` says what adds up: only
    counts do, and stocks over groups but not over time. `instead` names a like metric by each
    dimension that it cannot be told by and that one can.
    """

    name: str
    label: str
    description: str
    unit: str
    format: Format
    better: Better
    mart: str
    kind: Kind
    source: str
    expression: str
    dimensions: tuple[str, ...]
    instead: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def of_nothing(self) -> int | None:
        """What it is where nothing was measured: a count is 0, all else NULL."""
        return 0 if self.format == "count" else None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every metric and every source, in the order in which they are written."""

    metrics: tuple[Metric, ...]
    sources: tuple[Source, ...]

    def metric(self, name: str) -> Metric:
        """The metric of a name.

        Raises:
            WrongInput: there is none; the nearest name is suggested.
        """
        return _named("metric", name, self.metrics)

    def source(self, name: str) -> Source:
        """The source of a name.

        Raises:
            WrongInput: there is none; the nearest name is suggested.
        """
        return _named("source", name, self.sources)

    def of_source(self, name: str) -> tuple[Metric, ...]:
        """The metrics over a source."""
        return tuple(metric for metric in self.metrics if metric.source == name)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What metrics can be told apart by, each once."""
        names = (name for metric in self.metrics for name in metric.dimensions)
        return tuple(dict.fromkeys(names))


_Named = TypeVar("_Named", Metric, Source)


def _named(what: str, name: str, known: tuple[_Named, ...]) -> _Named:
    found = {one.name: one for one in known}
    if name not in found:
        raise unknown(what, name, found)
    return found[name]


def unknown(what: str, name: str, known: Iterable[str]) -> WrongInput:
    """The error for a name that is not there."""
    names = list(known)
    near = nearest(name, names)
    hint = f"Did you mean {near}?" if near else f"There are: {', '.join(names)}."
    return WrongInput(f"there is no {what} {name!r}", hint)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name that one may have meant, in capitals or not; of two alike the last."""
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return folded[near[0]] if near else None
