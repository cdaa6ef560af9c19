"""`calendar_weekly_hours.csv`, `calendar_exceptions.csv`, `calendar_assignments.csv`.

A calendar is a time zone, openings by weekday and by date in its local time, and the channels whose
tickets it counts for. A weekday's rows of one `valid_from` are that weekday's from then on,
together and until the next date; an exception replaces the openings that start on its date. Without
hours a row says: closed. A folder that names no calendar has one that is always open.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Protocol

from deskhouse.configuration.tables import Row, read_table, require_unique
from deskhouse.configuration.zones import ZONES
from deskhouse.errors import WrongConfiguration

HOURS_FILE = "calendar_weekly_hours.csv"
EXCEPTIONS_FILE = "calendar_exceptions.csv"
ASSIGNMENTS_FILE = "calendar_assignments.csv"

_HOURS_COLUMNS = ("calendar_id", "time_zone", "weekday", "opens_at", "closes_at")
_EXCEPTION_COLUMNS = ("calendar_id", "date", "opens_at", "closes_at")
_ASSIGNMENT_COLUMNS = ("channel", "calendar_id")
_WEEKDAYS = {
    name: number
    for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), start=1)
}
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """From `valid_from` on (None: always) an opening that starts on a weekday (1 is Monday).

    A closing time not after the opening time is on the next day. Without times: closed.
    """

    calendar_id: str
    time_zone: str
    weekday: int
    opens_at: time | None
    closes_at: time | None
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class DatedHours:
    """An exception: an opening that starts on a date, in place of the weekday's."""

    calendar_id: str
    day: date
    opens_at: time | None
    closes_at: time | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """The calendar of a channel's tickets; with no channel: the default."""

    channel: str | None
    calendar_id: str


@dataclass(frozen=True, slots=True)
class Calendars:
    """What the three files say."""

    hours: tuple[WeeklyHours, ...]
    exceptions: tuple[DatedHours, ...]
    assignments: tuple[Assignment, ...]


ALWAYS = Calendars(
    hours=tuple(
        WeeklyHours("always", "UTC", weekday, time(), time(), None)
        for weekday in _WEEKDAYS.values()
    ),
    exceptions=(),
    assignments=(Assignment(None, "always"),),
)
"""Business time is calendar time: what a folder that names no calendar means."""


def read_calendars(folder: Path) -> Calendars:
    """The calendars of the folder.

    Raises:
        WrongConfiguration: names the file, the row and the column.
    """
    hours = _read_hours(folder)
    known = {row.calendar_id for row in hours}
    exceptions = _read_exceptions(folder, known)
    assignments = _read_assignments(folder, known)
    if not hours and not assignments:
        return ALWAYS
    if None not in {row.channel for row in assignments}:
        raise WrongConfiguration(
            ASSIGNMENTS_FILE,
            None,
            "channel",
            "no row is the default: one must have an empty channel",
        )
    return Calendars(hours, exceptions, assignments)


def _read_hours(folder: Path) -> tuple[WeeklyHours, ...]:
    rows = read_table(folder / HOURS_FILE, _HOURS_COLUMNS, optional=("valid_from",))
    hours = [(row, _weekly(row)) for row in rows]
    require_unique(hours, "opens_at", "the same opening")
    _require_hours_or_none(
        (row, (of.calendar_id, of.weekday, of.valid_from), of) for row, of in hours
    )
    zones: dict[str, tuple[Row, str]] = {}
    for row, of in hours:
        first, zone = zones.setdefault(of.calendar_id, (row, of.time_zone))
        if of.time_zone != zone:
            raise row.wrong(
                "time_zone",
                f"{of.time_zone!r} contradicts {zone!r} in row {first.number},"
                f" of the same calendar_id {of.calendar_id!r}",
            )
    return tuple(of for _, of in hours)


def _read_exceptions(folder: Path, known: set[str]) -> tuple[DatedHours, ...]:
    rows = read_table(folder / EXCEPTIONS_FILE, _EXCEPTION_COLUMNS)
    exceptions = [(row, _dated(row, known)) for row in rows]
    require_unique(exceptions, "date", "the same exception")
    _require_hours_or_none((row, (of.calendar_id, of.day), of) for row, of in exceptions)
    return tuple(of for _, of in exceptions)


def _read_assignments(folder: Path, known: set[str]) -> tuple[Assignment, ...]:
    rows = read_table(folder / ASSIGNMENTS_FILE, _ASSIGNMENT_COLUMNS)
    assignments = [
        (row, Assignment(row.optional("channel"), _known_calendar(row, known))) for row in rows
    ]
    require_unique(
        ((row, of.channel) for row, of in assignments), "channel", "the calendar of this channel"
    )
    return tuple(of for _, of in assignments)


def _weekly(row: Row) -> WeeklyHours:
    zone, weekday = row.identifier("time_zone"), row.identifier("weekday")
    if zone not in ZONES:
        raise row.wrong("time_zone", f"{zone!r} is no IANA time zone, such as Europe/Berlin")
    if weekday.lower() not in _WEEKDAYS:
        raise row.wrong("weekday", f"must be one of {', '.join(_WEEKDAYS)}, not {weekday!r}")
    opens_at, closes_at = _hours(row)
    return WeeklyHours(
        calendar_id=row.identifier("calendar_id"),
        time_zone=zone,
        weekday=_WEEKDAYS[weekday.lower()],
        opens_at=opens_at,
        closes_at=closes_at,
        valid_from=row.date("valid_from"),
    )


def _dated(row: Row, known: set[str]) -> DatedHours:
    day = row.date("date")
    if day is None:
        raise row.wrong("date", "must not be empty")
    return DatedHours(_known_calendar(row, known), day, *_hours(row))


def _known_calendar(row: Row, known: set[str]) -> str:
    calendar_id = row.identifier("calendar_id")
    if calendar_id not in known:
        raise row.wrong("calendar_id", f"{calendar_id!r} has no row in {HOURS_FILE}")
    return calendar_id


def _hours(row: Row) -> tuple[time | None, time | None]:
    """Both times of a row, or neither."""
    opens_at, closes_at = _time(row, "opens_at"), _time(row, "closes_at")
    for column, missing, other in (("opens_at", opens_at, closes_at),
                                   ("closes_at", closes_at, opens_at)):  # fmt: skip
        if missing is None and other is not None:
            raise row.wrong(column, "must not be empty beside the other; both empty: closed")
    return opens_at, closes_at


def _time(row: Row, column: str) -> time | None:
    text = row.optional(column)
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise row.wrong(column, f"must be a time such as 09:00 (midnight is 00:00), not {text!r}")
    return time(int(found[1]), int(found[2]))


class _WithHours(Protocol):
    @property
    def opens_at(self) -> time | None: ...


def _require_hours_or_none(rows: Iterable[tuple[Row, object, _WithHours]]) -> None:
    """Of one day no row says closed and another open."""
    said: dict[object, tuple[Row, bool]] = {}
    for row, day, of in rows:
        first, is_closed = said.setdefault(day, (row, of.opens_at is None))
        if is_closed != (of.opens_at is None):
            raise row.wrong(
                "opens_at", f"contradicts row {first.number}: one is closed, the other open"
            )
