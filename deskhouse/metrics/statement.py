"""A request as one SELECT with bound parameters.

Each source that is asked for is read as whoever else shows the metric reads it, `from (<its SQL>)`,
so that the same rows make the same cells: one is there where anything was measured in it. What is
asked of two sources is joined on all that cells are told apart by.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deskhouse.errors import WrongInput
from deskhouse.metrics.buckets import start_of_day, start_of_hour
from deskhouse.metrics.catalog import Catalog, Column, Dates, Metric, Source, unknown
from deskhouse.metrics.fields import TIME_BUCKET, escaped, parameters_of, rows_of
from deskhouse.metrics.request import BASES, GRAINS, Filter, Request

TIME = "timestamp"
# No event is of before 2000; what is further away has no day in every zone.
_FIRST_YEAR, _LAST_YEAR = 1900, 9000


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `%(name)s` where a parameter goes, and what its columns are.

    The columns are `timestamp` where there is a grain (a date; of hours, the instant at which one
    begins), then the dimensions, then the metrics.
    """

    text: str
    parameters: dict[str, Any]
    by: tuple[str, ...]
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a request goes to one source; `sql` gives its rows."""

    source: Source
    sql: str
    dates: Dates
    metrics: tuple[Metric, ...]
    since: datetime | None
    until: datetime | None


def statement(catalog: Catalog, request: Request, zone: ZoneInfo) -> Statement:
    """The one statement that answers a request, in the reporting zone given.

    Raises:
        WrongInput: a name is not there (the nearest is suggested), or what is asked for together
            cannot be: the message says what, and why.
    """
    metrics = tuple(map(catalog.metric, dict.fromkeys(request.metrics)))
    by = tuple(dict.fromkeys(request.by))
    _check(catalog, metrics, request)
    parts = tuple(
        _part(source, tuple(m for m in metrics if m.source == source.name), request, zone)
        for source in catalog.sources
        if any(m.source == source.name for m in metrics)
    )
    keys = ([TIME] if request.grain != "none" else []) + list(by)
    parameters: dict[str, Any] = {
        f"filter_{number}": list(one.values) for number, one in enumerate(request.filters)
    }
    texts = []
    for number, part in enumerate(parts):
        for name, bound in (("since", part.since), ("until", part.until)):
            if bound is not None:
                parameters[f"{name}_{number}"] = bound
        parameters |= parameters_of(part.source, request.dimensions)
        texts.append(_select(part, request, by, number))
    text = texts[0] if len(texts) == 1 else _joined(texts, keys, metrics)
    if keys:
        text += "\norder by " + ", ".join(f'"{key}"' for key in keys)
    return Statement(text, parameters, by, metrics)


def _check(catalog: Catalog, metrics: Iterable[Metric], request: Request) -> None:
    """Whether all of it can be asked for together."""
    if not request.metrics:
        raise WrongInput("no metric is asked for", "deskhouse metrics list names them.")
    if request.grain not in GRAINS:
        raise unknown("grain", request.grain, GRAINS)
    _check_basis(catalog, metrics, request)
    _check_range(request)
    for name in request.dimensions:
        if name not in catalog.dimensions:
            raise unknown("dimension", name, catalog.dimensions)
        for metric in metrics:
            if name not in metric.dimensions:
                hint = f"It can be told apart by {', '.join(metric.dimensions)}"
                if name in metric.instead:
                    hint += f"; by {name}, ask for {metric.instead[name]}"
                raise WrongInput(f"{metric.name} is not known by {name}", f"{hint}.")


def _check_basis(catalog: Catalog, metrics: Iterable[Metric], request: Request) -> None:
    if request.basis not in BASES:
        raise unknown("date basis", request.basis, BASES)
    for metric in metrics:
        if request.basis not in catalog.source(metric.source).dates:
            raise WrongInput(
                f"{metric.name} is what stands at an instant, and is not known by creation",
                "Ask for it by itself, by what happened.",
            )


def _check_range(request: Request) -> None:
    for bound in (request.since, request.until):
        if bound is not None and bound.tzinfo is None:
            raise WrongInput(
                f"{bound.isoformat()} has no offset", "Write it as 2026-03-01T00:00:00+00:00."
            )
        if bound is not None and not _FIRST_YEAR <= bound.year <= _LAST_YEAR:
            raise WrongInput(
                f"{bound.isoformat()} is far from any ticket",
                f"Name an instant of the years {_FIRST_YEAR} to {_LAST_YEAR}.",
            )
    if request.since and request.until and request.since >= request.until:
        raise WrongInput("the range ends before it begins", "Give --from before --to.")


def _part(source: Source, metrics: tuple[Metric, ...], request: Request, zone: ZoneInfo) -> _Part:
    """Which rows of a source are asked for: of flows those of the range, of stocks of its days.

    A stock is kept at the end of each day, and of each hour: where the range ends within a day, or
    hours are asked for, hours are read. What is added up over days or hours is so, too, where the
    range begins within a day.
    """
    since, until = request.since, request.until
    dates = source.dates[request.basis]
    if not source.hourly_sql:
        return _Part(source, rows_of(source, request.dimensions), dates, metrics, since, until)
    added = [metric for metric in metrics if metric.kind != "stock"]
    if until is not None and start_of_hour(until, zone) != until:
        raise WrongInput(
            f"{metrics[0].name} is known at the end of each hour, not at {until.isoformat()}",
            "Let the range end at a full hour.",
        )
    if added and since is not None and start_of_hour(since, zone) != since:
        raise WrongInput(
            f"{added[0].name} is added up by the hour, not from {since.isoformat()} on",
            "Let the range begin at a full hour.",
        )
    bounds = (since, until) if added else (until,)
    by_day = request.grain != "hour" and all(
        instant is None or start_of_day(instant, zone) == instant for instant in bounds
    )
    start = start_of_day if by_day else start_of_hour
    sql = rows_of(source, request.dimensions, hourly=not by_day)
    return _Part(source, sql, dates, metrics, start(since, zone) if since else None, until)


def _select(part: _Part, request: Request, by: tuple[str, ...], number: int) -> str:
    """The SELECT over one source."""
    items = [f'"{name}"' for name in by]
    if request.grain != "none":
        items.insert(0, f'{_bucket(part.dates, request.grain)} as "{TIME_BUCKET}"')
    items += [f'{metric.expression} as "{metric.name}"' for metric in part.metrics]
    lines = [
        "select\n" + ",\n".join(f"    {escaped(item)}" for item in items),
        f"from (\n{part.sql}\n) as {part.source.name}",
    ]
    conditions = list(_conditions(part, request.filters, by, number))
    if conditions:
        lines.append("where " + "\n    and ".join(conditions))
    places = range(1, 1 + len(by) + (request.grain != "none"))
    if places:
        lines.append("group by " + ", ".join(map(str, places)))
    text = "\n".join(lines)
    if request.grain == "none":
        return text
    # Not named `timestamp` within: there that is the rows' own.
    names = [f'"{TIME_BUCKET}" as "{TIME}"', *(f'"{name}"' for name in by)]
    names += [f'"{metric.name}"' for metric in part.metrics]
    return f"select {', '.join(names)}\nfrom (\n{text}\n) as {part.source.name}_by_{request.grain}"


def _bucket(dates: Dates, grain: str) -> str:
    """The bucket of a row: an instant for an hour, else the date of its first day."""
    if grain == "hour":
        return dates.hour
    return dates.day if grain == "day" else f"date_trunc('{grain}', {dates.day}::timestamp)::date"


def _conditions(
    part: _Part, filters: tuple[Filter, ...], by: tuple[str, ...], number: int
) -> Iterator[str]:
    instant = part.dates.instant
    if part.since is not None:
        yield f'"{instant}" >= %(since_{number})s'
        if instant != TIME:
            # Nothing happens to a ticket before it is created, and months are told apart by this.
            yield f'"{TIME}" >= %(since_{number})s'
    if part.until is not None:
        yield f'"{instant}" < %(until_{number})s'
    columns = {column.name: column for column in part.source.columns}
    for place, one in enumerate(filters):
        yield _is_one_of(columns[one.dimension], f"%(filter_{place})s")
    # A band is of what lasts; everything else has none.
    for name in by:
        if columns[name].is_partial:
            yield f'"{name}" is not null'


def _is_one_of(column: Column, values: str) -> str:
    condition = f'"{column.name}" = any({values})'
    return f'({condition} or "{column.id}" = any({values}))' if column.id else condition


def _joined(texts: list[str], keys: list[str], metrics: tuple[Metric, ...]) -> str:
    """Cells of two sources side by side: where one has none, nothing was counted there."""
    names = [f'"{key}"' for key in keys]
    for metric in metrics:
        name, nothing = f'"{metric.name}"', metric.of_nothing
        names.append(name if nothing is None else f"coalesce({name}, {nothing}) as {name}")
    text = f"select {', '.join(names)}\nfrom (\n{texts[0]}\n) as part_0"
    for number, other in enumerate(texts[1:], start=1):
        # Without keys each has one row.
        text += f"\n{'full' if keys else 'cross'} join (\n{other}\n) as part_{number}"
        text += f" using ({', '.join(names[: len(keys)])})" if keys else ""
    return text
