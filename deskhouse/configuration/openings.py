"""A calendar's rules expanded, date by date, into the stretches of time in which it is open.

METRICS.md § 2.5: an opening time that occurs twice is the first, a closing time the last, and one
that the clocks skip takes the offset before the change. What overlaps or touches is one opening, so
a calendar that is always open has one.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from deskhouse.configuration.calendars import Calendars, DatedHours, WeeklyHours
from deskhouse.configuration.zones import VERSION, zone

FIRST_DAY = date(1999, 12, 30)
"""Events before 2000 are refused; in every zone all that is open from then on starts after this."""

_DAY = timedelta(days=1)
_Hours = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Opening:
    """Open from an instant on, up to but without another."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar's rows."""

    calendar_id: str
    time_zone: str
    hours: tuple[WeeklyHours, ...]
    exceptions: tuple[DatedHours, ...]

    @property
    def rules(self) -> str:
        """A hash of all that its openings follow from."""
        rows = [*sorted(map(repr, self.hours)), *sorted(map(repr, self.exceptions))]
        return hashlib.sha256("\n".join((VERSION, *rows)).encode()).hexdigest()


def calendars_of(calendars: Calendars) -> tuple[Calendar, ...]:
    """Each calendar by itself, by id."""
    hours, exceptions = defaultdict(list), defaultdict(list)
    for weekly in calendars.hours:
        hours[weekly.calendar_id].append(weekly)
    for dated in calendars.exceptions:
        exceptions[dated.calendar_id].append(dated)
    return tuple(
        Calendar(calendar_id, rows[0].time_zone, tuple(rows), tuple(exceptions[calendar_id]))
        for calendar_id, rows in sorted(hours.items())
    )


def openings(calendar: Calendar, last_day: date) -> tuple[Opening, ...]:
    """When it is open, by openings that start up to and on a local date, in order."""
    return tuple(_melted(sorted(_expanded(calendar, last_day), key=lambda one: one.opens_at)))


def _expanded(calendar: Calendar, last_day: date) -> Iterator[Opening]:
    """Each opening in instants; one that the change of clocks leaves nothing of is none."""
    clock = zone(calendar.time_zone)
    for day, (opens_at, closes_at) in _by_day(calendar, last_day):
        opening = datetime.combine(day, opens_at, clock)
        next_day = day if closes_at > opens_at else day + _DAY
        closing = datetime.combine(next_day, closes_at, clock)
        # Of a time that occurs twice, fold 1 is the later; of one that is skipped, fold 0 is (the
        # offset before the change is the lesser).
        last = max(closing.astimezone(UTC), closing.replace(fold=1).astimezone(UTC))
        first = opening.astimezone(UTC)
        if first < last:
            yield Opening(first, last)


def _by_day(calendar: Calendar, last_day: date) -> Iterator[tuple[date, _Hours]]:
    """The openings that start on each date, in local time."""
    weekly: defaultdict[int, defaultdict[date, list[_Hours]]]
    weekly = defaultdict(lambda: defaultdict(list))
    for row in calendar.hours:
        since = weekly[row.weekday][row.valid_from or date.min]
        since.extend(_given(row))
    dated: defaultdict[date, list[_Hours]] = defaultdict(list)
    for exception in calendar.exceptions:
        dated[exception.day].extend(_given(exception))
    steps = {weekday: sorted(lines.items()) for weekday, lines in weekly.items()}
    for number in range((last_day - FIRST_DAY).days + 1):
        day = FIRST_DAY + number * _DAY
        if day in dated:
            in_force = dated[day]
        else:
            begun = [hours for since, hours in steps.get(day.isoweekday(), ()) if since <= day]
            in_force = begun[-1] if begun else []
        for hours in in_force:
            yield day, hours


def _given(row: WeeklyHours | DatedHours) -> Iterator[_Hours]:
    if row.opens_at is not None and row.closes_at is not None:
        yield row.opens_at, row.closes_at


def _melted(in_order: Iterable[Opening]) -> Iterator[Opening]:
    """One opening for all that overlap or touch."""
    last: Opening | None = None
    for one in in_order:
        if last is None:
            last = one
        elif one.opens_at <= last.closes_at:
            last = Opening(last.opens_at, max(last.closes_at, one.closes_at))
        else:
            yield last
            last = one
    if last is not None:
        yield last
