"""Ask the warehouse, as the reader, and look at the period before."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import Connection

from deskhouse.errors import Failed, WrongInput
from deskhouse.metrics.buckets import day_start, start_of_day, start_of_hour
from deskhouse.metrics.catalog import Catalog, Metric
from deskhouse.metrics.request import Request
from deskhouse.metrics.statement import Statement, statement
from deskhouse.metrics.values import unknown_value
from deskhouse.warehouse.connection import Role, Warehouse, loss_told
from deskhouse.warehouse.snapshot import Snapshot, at_one_instant

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers see: up to when it goes, and the zone of its days and hours."""

    as_of: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of the time bucket (where there is a grain), the dimensions and the metrics.

    A bucket is the date of its first day, or the instant of an hour's start in the reporting zone,
    in the column `timestamp`; of cohorts by creation, in `created_at`.
    Counts are int, all else Decimal; None where there is nothing to compute from. `earlier` holds
    what the metrics were in the period before, row by row, where that was asked for.
    """

    request: Request
    shown: Shown
    by: tuple[str, ...]
    metrics: tuple[Metric, ...]
    rows: tuple[Row, ...]
    earlier: tuple[Row, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of `rows`."""
        name = "timestamp" if self.request.basis == "event" else "created_at"
        time = (name,) if self.request.grain != "none" else ()
        return (*time, *self.by, *(metric.name for metric in self.metrics))


def shown_by(connection: Connection[Any]) -> Shown:
    """What the readers of a warehouse see.

    Raises:
        Failed: nothing was built yet.
    """
    try:
        row = connection.execute("select as_of, time_zone from marts.current_build").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        row = None
    if row is None:
        raise Failed("there are no marts yet", "Run `deskhouse build` first.")
    return Shown(row[0], ZoneInfo(row[1]))


def read_shown(warehouse: Warehouse) -> Shown:
    """What readers see now.

    Raises:
        Failed: nothing was built yet.
        ServiceDown: the database does not answer.
    """
    with warehouse.connect(Role.READER) as connection:
        return shown_by(connection)


def answer(
    warehouse: Warehouse, catalog: Catalog, request: Request, *, compare: bool = False
) -> Answer:
    """The answer to a request, with `compare` beside what it was in the period before.

    Raises:
        WrongInput: a name or a filter's value is not there, or what is asked for together cannot
            be.
        Failed: nothing was built yet.
        ServiceDown: the database does not answer.
    """
    with loss_told("the query"):
        try:
            # A build that ends meanwhile does not come between.
            return at_one_instant(
                warehouse,
                lambda snapshot: _answered(snapshot, catalog, request, compare=compare),
            )
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            raise Failed(
                "the marts are those of another version", "Run `deskhouse build`."
            ) from None


def _answered(snapshot: Snapshot, catalog: Catalog, request: Request, *, compare: bool) -> Answer:
    connection = snapshot.connection
    shown = shown_by(connection)
    asked = _within(request, shown)
    text = statement(catalog, asked, shown.zone)
    earlier = _before(asked, shown) if compare else None
    rows = _rows(connection, text, shown, asked)
    was: tuple[Row, ...] = ()
    if earlier is not None:
        was = _rows(connection, statement(catalog, earlier, shown.zone), shown, earlier)
    if _may_name_what_is_not_there(asked, (*rows, *was), len(text.metrics)):
        problem = unknown_value(connection, catalog, asked)
        if problem is not None:
            snapshot.check()
            raise problem
    if earlier is None:
        return Answer(asked, shown, text.by, text.metrics, rows)
    width = len(text.by)
    nothing = tuple(metric.of_nothing for metric in text.metrics)
    now, before = ({row[:width]: row[width:] for row in part} for part in (rows, was))
    # Those that were there before alone come last.
    cells = list(dict.fromkeys((*now, *before)))
    return Answer(
        asked,
        shown,
        text.by,
        text.metrics,
        tuple((*cell, *now.get(cell, nothing)) for cell in cells),
        tuple(before.get(cell, nothing) for cell in cells),
    )


def _may_name_what_is_not_there(request: Request, rows: tuple[Row, ...], metrics: int) -> bool:
    """Whether a filter's value may not exist: of what was measured, one value each does."""
    is_empty = not any(cell for row in rows for cell in row[-metrics:])
    return is_empty or any(len(one.values) > 1 for one in request.filters)


def _within(request: Request, shown: Shown) -> Request:
    """The request without a bound that lies ahead of the data.

    Raises:
        WrongInput: all of the range does.
    """
    if request.since is not None and request.since.tzinfo and request.since > shown.as_of:
        as_of = shown.as_of.astimezone(shown.zone)
        raise WrongInput(
            f"the data goes up to {as_of:%Y-%m-%d %H:%M}, and the range begins after that",
            "`deskhouse refresh` brings it up to now.",
        )
    ahead = request.until is not None and request.until.tzinfo and request.until > shown.as_of
    return replace(request, until=None) if ahead else request


def _before(request: Request, shown: Shown) -> Request:
    """The same of the period before: as long, and ending where the range begins.

    Raises:
        WrongInput: there is no period before, or it would be told apart by time.
    """
    if request.since is None:
        raise WrongInput("there is no period before all time", "Give --from, or --last 30d.")
    if request.grain != "none":
        raise WrongInput("periods are compared as a whole", "Leave --grain out.")
    since, until = request.since, request.until or shown.as_of
    zone = shown.zone
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    if start_of_day(since, zone) == since and start_of_day(until, zone) == until:
        return replace(request, since=day_start(first - (last - first), zone), until=since)
    return replace(request, since=since - (until - since), until=since)


def _rows(
    connection: Connection[Any], text: Statement, shown: Shown, request: Request
) -> tuple[Row, ...]:
    rows = connection.execute(text.text.encode(), text.parameters).fetchall()
    if request.grain != "hour":
        return tuple(rows)
    return tuple((row[0].astimezone(shown.zone), *row[1:]) for row in rows)


def range_of_last(text: str, shown: Shown) -> datetime:
    """When the last hours, days or weeks (`24h`, `30d`, `4w`) began, the running one counted.

    Raises:
        WrongInput: it is no such text.
    """
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or int(number) < 1 or unit not in ("h", "d", "w"):
        raise WrongInput(f"{text!r} is no length of time", "Write it as 24h, 30d or 4w.")
    count = int(number) * (7 if unit == "w" else 1)
    try:
        if unit == "h":
            return start_of_hour(shown.as_of, shown.zone) - timedelta(hours=count - 1)
        today: date = shown.as_of.astimezone(shown.zone).date()
        return day_start(today - timedelta(days=count - 1), shown.zone)
    except OverflowError:
        raise WrongInput(f"{text!r} is longer than there are dates", "Leave it out.") from None
