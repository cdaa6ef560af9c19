"""From the calendars of the folder to instants in `raw`, as far ahead as they are asked for.

A calendar is expanded again when its rows are others, when the time-zone database is, or when what
is asked of it lies past the last day it was expanded to. Tickets are touched when it opens or
closes at other instants than before, or when what they name is another calendar.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from psycopg import Connection

from deskhouse.configuration.calendars import Assignment, Calendars, DatedHours, WeeklyHours
from deskhouse.configuration.openings import Calendar, Opening, calendars_of, openings
from deskhouse.configuration.rows import kept_rows, replace_rows

Touched = tuple[str, str]
"""A kind of `raw.config_changes`, and an id."""

FARTHEST_YEAR = 2199
"""A target that a calendar has not reached by its end is never due."""

_DEFAULT: Touched = ("default", "")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far calendars must be known: up to an instant, and from there so much open time."""

    until: datetime
    open_seconds: int


@dataclass(frozen=True, slots=True)
class _Expanded:
    calendar_id: str
    time_zone: str
    rules: str
    expanded_to: date


def reach(connection: Connection[Any], as_of: datetime, to_position: int) -> Reach:
    """What a build asks for: as_of, the newest event, and after both the longest target.

    Batches are asked once: what those up to a position named is kept.
    """
    connection.execute(
        """
        with news as (
            select batch_id, newest_at from raw.batches
            where position > (select position from raw.calendar_reach) and position <= %(to)s
        ),
        targets as (
            select max((e.attributes ->> 'target_seconds')::bigint) as seconds
            from raw.ticket_events as e
            where e.batch_id in (select batch_id from news)
                and e.type = 'sla_target_set' and e.attributes ->> 'hours' = 'business'
        )
        update raw.calendar_reach as r set
            position = %(to)s,
            newest_at = greatest(r.newest_at, (select max(newest_at) from news)),
            target_seconds = greatest(r.target_seconds, (select seconds from targets))
        where r.position < %(to)s
        """,
        {"to": to_position},
    )
    row = connection.execute(
        "select greatest(newest_at, %s), target_seconds from raw.calendar_reach", (as_of,)
    ).fetchone()
    assert row is not None
    return Reach(*row)


def load_calendars(
    connection: Connection[Any], calendars: Calendars, wanted: Reach
) -> tuple[Touched, ...]:
    """Make the calendars in `raw` what the folder says, in the caller's transaction.

    Returns what changed: calendars, channels and the default, as tickets name them, of which the
    meaning did; and `openings` of those that were written anew.
    """
    replace_rows(connection, "config_calendar_hours", calendars.hours, WeeklyHours)
    replace_rows(connection, "config_calendar_exceptions", calendars.exceptions, DatedHours)
    assigned = replace_rows(
        connection, "config_calendar_assignments", calendars.assignments, Assignment
    )
    kept = {row.calendar_id: row for row in kept_rows(connection, "config_calendars", _Expanded)}
    ahead = _open_seconds_ahead(connection, wanted.until)
    wants = calendars_of(calendars)
    written, meaning_other = [], set()
    for calendar in wants:
        before = kept.get(calendar.calendar_id)
        is_as_it_was = before is not None and before.rules == calendar.rules
        if before is not None and is_as_it_was and _reaches(before, ahead, wanted):
            continue
        if _expand(connection, calendar, before, wanted):
            meaning_other.add(calendar.calendar_id)
        written.append(calendar.calendar_id)
    gone = sorted(kept.keys() - {calendar.calendar_id for calendar in wants})
    for calendar_id in gone:
        _forget(connection, calendar_id)
    named_before = _names(kept, assigned)
    named_now = _names([calendar.calendar_id for calendar in wants], calendars.assignments)
    return (
        *_other_names(named_before, named_now, meaning_other),
        *(("openings", calendar_id) for calendar_id in (*written, *gone)),
    )


def _names(known: Iterable[str], assignments: Iterable[Assignment]) -> dict[Touched, str]:
    """The calendar that each name stands for; any other name stands for the default."""
    names = {("calendar", calendar_id): calendar_id for calendar_id in known}
    for row in assignments:
        name = _DEFAULT if row.channel is None else ("channel", row.channel)
        names[name] = row.calendar_id
    return names


def _other_names(
    before: dict[Touched, str], now: dict[Touched, str], meaning_other: set[str]
) -> list[Touched]:
    """The names that stand for another calendar, or for one that means something else."""
    found = []
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name, before.get(_DEFAULT)), now.get(name, now[_DEFAULT])
        if old != new or new in meaning_other:
            found.append(name)
    return found


def _reaches(row: _Expanded, ahead: dict[str, int], wanted: Reach) -> bool:
    return row.expanded_to >= _last_day(wanted.until.year) and (
        ahead.get(row.calendar_id, 0) >= wanted.open_seconds
        or row.expanded_to.year >= FARTHEST_YEAR
    )


def _open_seconds_ahead(connection: Connection[Any], instant: datetime) -> dict[str, int]:
    """Per calendar, the whole seconds of open time known after an instant."""
    rows = connection.execute(
        "select calendar_id,"
        " floor(sum(extract(epoch from closes_at - greatest(opens_at, %s))))::bigint"
        " from raw.config_calendar_openings where closes_at > %s group by calendar_id",
        (instant, instant),
    )
    return dict(rows.fetchall())


def _expand(
    connection: Connection[Any], calendar: Calendar, before: _Expanded | None, wanted: Reach
) -> bool:
    """Write a calendar's openings anew, far enough; whether it means something else than before."""
    last_day, found = _far_enough(calendar, before, wanted)
    is_other = before is None
    if before is not None:
        old = connection.execute(
            "select opens_at, closes_at from raw.config_calendar_openings"
            " where calendar_id = %s order by opens_at",
            (calendar.calendar_id,),
        ).fetchall()
        end = datetime.combine(min(before.expanded_to, last_day), time(), UTC) - timedelta(days=1)
        is_other = _up_to(end, (Opening(*row) for row in old)) != _up_to(end, found)
    _forget(connection, calendar.calendar_id)
    connection.execute(
        "insert into raw.config_calendars values (%s, %s, %s, %s)",
        (calendar.calendar_id, calendar.time_zone, calendar.rules, last_day),
    )
    with (
        connection.cursor() as cursor,
        cursor.copy("copy raw.config_calendar_openings from stdin") as copy,
    ):
        for one in found:
            copy.write_row((calendar.calendar_id, one.opens_at, one.closes_at))
    return is_other


def _far_enough(
    calendar: Calendar, before: _Expanded | None, wanted: Reach
) -> tuple[date, tuple[Opening, ...]]:
    """A last day by which the wanted open time is reached, and the openings up to it."""
    last_day = _last_day(wanted.until.year)
    if before is not None:
        last_day = max(last_day, before.expanded_to)
    years = 1
    while True:
        found = openings(calendar, last_day)
        ahead = sum(
            (one.closes_at - max(one.opens_at, wanted.until) for one in found
             if one.closes_at > wanted.until),
            timedelta(),
        )  # fmt: skip
        if ahead.total_seconds() >= wanted.open_seconds or last_day.year >= FARTHEST_YEAR:
            return last_day, found
        last_day = date(min(last_day.year + years, FARTHEST_YEAR), 12, 31)
        years *= 2


def _last_day(year: int) -> date:
    """Up to when a calendar is known for what happens in a year: the end of the next."""
    return date(min(year + 1, 9998), 12, 31)


def _up_to(end: datetime, found: Iterable[Opening]) -> list[Opening]:
    return [Opening(one.opens_at, min(one.closes_at, end)) for one in found if one.opens_at < end]


def _forget(connection: Connection[Any], calendar_id: str) -> None:
    for table in ("config_calendar_openings", "config_calendars"):
        connection.execute(
            f"delete from raw.{table} where calendar_id = %s",  # noqa: S608 - names of ours
            (calendar_id,),
        )
