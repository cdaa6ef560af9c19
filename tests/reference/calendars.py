"""Business time: the measure of an interval cut by a calendar (METRICS.md § 2.5).

Written to be obviously right: each opening is placed by asking what the clocks show, instant by
instant, and the openings around an interval are laid over it. Rows of a weekday with `valid_from`
hold from that local date on, in place of that weekday's earlier ones.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.reference.events import UNKNOWN_CHANNEL
from tests.reference.spans import Span, measure

if TYPE_CHECKING:
    from tests.reference.history import History

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
IDLE_WEEKS = 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Hours = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Weekly:
    """An opening of a weekday (0 is Monday) from a date on; with no hours: closed."""

    weekday: int
    hours: Hours | None
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """An exception: what is open on a date in place of the weekday's; with no hours: closed."""

    day: date
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """A zone, openings by weekday, exceptions by date."""

    zone: str
    weekly: tuple[Weekly, ...]
    exceptions: tuple[Dated, ...] = ()

    def hours_on(self, day: date) -> list[Hours]:
        """The openings that start on a local date."""
        dated = [row.hours for row in self.exceptions if row.day == day]
        if dated:
            return [hours for hours in dated if hours]
        begun = [
            row
            for row in self.weekly
            if row.weekday == day.weekday() and (row.valid_from or date.min) <= day
        ]
        last = max((row.valid_from or date.min for row in begun), default=None)
        return [row.hours for row in begun if row.hours and (row.valid_from or date.min) == last]

    def starting_on(self, day: date) -> tuple[Span, ...]:
        """Those openings in instants."""
        return _starting_on(self, day)

    def open_within(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """The parts of [start, end) in which it is open; what overlaps counts once."""
        first, last = (at.astimezone(UTC).date() for at in (start, end))
        days = (first + number * DAY for number in range(-3, (last - first).days + 4))
        laid = sorted(
            (span for day in days for span in self.starting_on(day)), key=lambda span: span.start
        )
        found: list[Span] = []
        free_from = start
        for span in laid:
            part = Span(max(span.start, free_from), min(span.end, end))
            if part.start < part.end:
                found.append(part)
                free_from = part.end
        return tuple(found)

    def business(self, start: datetime, end: datetime) -> timedelta:
        """How long it is open within [start, end)."""
        return measure(self.open_within(start, end))

    def reaching(self, start: datetime, amount: timedelta) -> datetime | None:
        """The earliest instant by which it has been open so long since `start`.

        None: never; a year without any opening is taken for the end of them.
        """
        if not amount:
            return start
        since, idle_weeks = start, 0
        while idle_weeks < IDLE_WEEKS:
            until = since + 7 * DAY
            opened = self.open_within(since, until)
            for span in opened:
                if span.end - span.start >= amount:
                    return span.start + amount
                amount -= span.end - span.start
            since, idle_weeks = until, 0 if opened else idle_weeks + 1
        return None


@cache
def _starting_on(calendar: Calendar, day: date) -> tuple[Span, ...]:
    found = []
    for opens, closes in calendar.hours_on(day):
        until = day if closes > opens else day + DAY
        span = Span(
            opening_instant(calendar.zone, datetime.combine(day, opens)),
            closing_instant(calendar.zone, datetime.combine(until, closes)),
        )
        if span.start < span.end:
            found.append(span)
    return tuple(found)


def opening_instant(zone: str, local: datetime) -> datetime:
    """The first instant at which clocks show a time; of a skipped one, by the offset before."""
    shown = instants(zone, local)
    return shown[0] if shown else skipped(zone, local)


def closing_instant(zone: str, local: datetime) -> datetime:
    """The last instant at which clocks show a time; of a skipped one, by the offset before."""
    shown = instants(zone, local)
    return shown[-1] if shown else skipped(zone, local)


@cache
def instants(zone: str, local: datetime) -> tuple[datetime, ...]:
    """Every instant at which the clocks of a zone show a local time, in order."""
    near = local.replace(tzinfo=UTC)
    offsets = {near_by(zone, near + number * QUARTER) for number in range(-110, 111)}
    found = {near - offset for offset in offsets}
    return tuple(sorted(at for at in found if shown_at(zone, at) == local))


@cache
def skipped(zone: str, local: datetime) -> datetime:
    """A time that no clock shows, taken at the offset before the clocks jump over it."""
    at = local.replace(tzinfo=UTC) - 26 * timedelta(hours=1)
    while shown_at(zone, at) < local:
        at += MINUTE
    return local.replace(tzinfo=UTC) - near_by(zone, at - MINUTE)


def near_by(zone: str, at: datetime) -> timedelta:
    """A zone's offset at an instant."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset


def shown_at(zone: str, at: datetime) -> datetime:
    """What the clocks of a zone show at an instant."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars by id, those of channels, and the default."""

    default: str
    by_id: Mapping[str, Calendar]
    channels: Mapping[str, str] = field(default_factory=dict)

    def of(self, history: History, at: datetime) -> str:
        """The calendar of a ticket at an instant: a configured one."""
        given = history.creation.attributes if history.creation else {}
        named = history.calendar.at(at) or given.get("calendar_id")
        if named:
            return named if named in self.by_id else self.default
        return self.channels.get(given.get("channel") or UNKNOWN_CHANNEL, self.default)

    def open_within(self, history: History, start: datetime, end: datetime) -> tuple[Span, ...]:
        """The parts of [start, end) that are business time of a ticket, in order.

        Deletions that were restored are left out; where the ticket's calendar changes, each part is
        cut by the one in force.
        """
        found: list[Span] = []
        for span in history.alive(start, end):
            changes = (at for at, _ in history.calendar.steps if span.start < at < span.end)
            for since, until in pairwise((span.start, *changes, span.end)):
                found += self.by_id[self.of(history, since)].open_within(since, until)
        return tuple(found)

    def business(self, history: History, start: datetime, end: datetime) -> timedelta:
        """Business time of a ticket within [start, end)."""
        return measure(self.open_within(history, start, end))


ALWAYS_OPEN = Calendars(
    "always",
    {"always": Calendar("UTC", tuple(Weekly(weekday, (time(), time())) for weekday in range(7)))},
)
"""What a folder that names no calendar means."""


def read_calendars(folder: Path) -> Calendars:
    """The calendars of a configuration folder."""
    weekly = _rows(folder / "calendar_weekly_hours.csv")
    dated = _rows(folder / "calendar_exceptions.csv")
    assigned = {
        row["channel"]: row["calendar_id"] for row in _rows(folder / "calendar_assignments.csv")
    }
    by_id = {
        calendar_id: Calendar(
            zone=next(row["time_zone"] for row in weekly if row["calendar_id"] == calendar_id),
            weekly=tuple(
                Weekly(WEEKDAYS.index(row["weekday"]), _hours(row), _date(row.get("valid_from")))
                for row in weekly
                if row["calendar_id"] == calendar_id
            ),
            exceptions=tuple(
                Dated(date.fromisoformat(row["date"]), _hours(row))
                for row in dated
                if row["calendar_id"] == calendar_id
            ),
        )
        for calendar_id in {row["calendar_id"] for row in weekly}
    }
    channels = {channel: calendar_id for channel, calendar_id in assigned.items() if channel}
    return Calendars(assigned[""], by_id, channels)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def _hours(row: Mapping[str, str]) -> Hours | None:
    if not row["opens_at"]:
        return None
    return time.fromisoformat(row["opens_at"]), time.fromisoformat(row["closes_at"])


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def written(calendars: Calendars) -> dict[str, str]:
    """The three files of a configuration folder, by name."""
    weekly = ["calendar_id,time_zone,weekday,opens_at,closes_at,valid_from"]
    dated = ["calendar_id,date,opens_at,closes_at"]
    for calendar_id, calendar in calendars.by_id.items():
        for row in calendar.weekly:
            cells = (calendar_id, calendar.zone, WEEKDAYS[row.weekday], *_cells(row.hours))
            weekly.append(",".join((*cells, str(row.valid_from or ""))))
        dated += [
            ",".join((calendar_id, str(exception.day), *_cells(exception.hours)))
            for exception in calendar.exceptions
        ]
    assigned: Iterable[tuple[str, str]] = [("", calendars.default), *calendars.channels.items()]
    return {
        "calendar_weekly_hours.csv": "\n".join(weekly) + "\n",
        "calendar_exceptions.csv": "\n".join(dated) + "\n",
        "calendar_assignments.csv": "\n".join(
            ("channel,calendar_id", *(",".join(row) for row in assigned))
        )
        + "\n",
    }


def _cells(hours: Hours | None) -> tuple[str, str]:
    return (f"{hours[0]:%H:%M}", f"{hours[1]:%H:%M}") if hours else ("", "")
