"""Odd calendars and the instants to ask them at, the same ones for the same seed.

Openings crowd around the hours at which the clocks of a zone change; there are nights, overlaps,
days that are closed or have several rows, weekdays with dated rows, days without any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from tests.reference.calendars import ALWAYS_OPEN, Calendar, Dated, Hours, Weekly, shown_at

DAY = timedelta(days=1)
ALWAYS = ALWAYS_OPEN.by_id["always"].weekly


@dataclass(frozen=True, slots=True)
class Change:
    """A change of clocks (an instant) in a zone."""

    zone: str
    at: datetime


CHANGES = (
    Change("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    Change("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    Change("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    Change("Australia/Lord_Howe", datetime(2025, 10, 4, 15, 30, tzinfo=UTC)),
    Change("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),
    Change("America/Havana", datetime(2025, 11, 2, 5, tzinfo=UTC)),
    Change("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    Change("Africa/Cairo", datetime(2025, 10, 30, 21, tzinfo=UTC)),
    Change("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    Change("Asia/Amman", datetime(2022, 2, 24, 22, tzinfo=UTC)),
    Change("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    Change("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),
    Change("Asia/Kathmandu", datetime(2026, 1, 1, tzinfo=UTC)),
)


def random_calendar(random: Random, change: Change) -> Calendar:
    """A calendar of the change's zone."""
    day = shown_at(change.zone, change.at).date()
    if random.random() < 0.1:
        weekly = ALWAYS
    else:
        weekly = tuple(
            row
            for weekday in range(7)
            for valid_from in _starts(random, day)
            for row in _weekly(random, weekday, valid_from, change)
        )
    near = {day + number * DAY for number in random.sample(range(-9, 10), random.randrange(4))}
    near |= {day for day in (day - DAY, day, day + DAY) if random.random() < 0.3}
    exceptions = tuple(
        Dated(dated, hours)
        for dated in sorted(near)
        for hours in _of_a_day(random, change) or (None,)
    )
    return Calendar(change.zone, weekly or (Weekly(0, None),), exceptions)


def _starts(random: Random, day: date) -> list[date | None]:
    """From when rows of a weekday hold."""
    dated = [day + number * DAY for number in random.sample(range(-12, 13), 2)]
    choices: list[list[date | None]]
    choices = [[None], [None], [None, dated[0]], [dated[0]], [None, *dated]]
    return random.choice(choices)


def _weekly(random: Random, weekday: int, valid_from: date | None, change: Change) -> list[Weekly]:
    hours = _of_a_day(random, change)
    if not hours and random.random() < 0.5:
        return []
    return [Weekly(weekday, one, valid_from) for one in hours or (None,)]


def _of_a_day(random: Random, change: Change) -> tuple[Hours, ...]:
    """The openings of a day, none twice."""
    count = random.choice((0, 1, 1, 1, 2, 3))
    return tuple({_hours(random, change) for _ in range(count)})


def _hours(random: Random, change: Change) -> Hours:
    """Half are long; half are short, so that little else covers where they begin and end."""
    opens = _time(random, change)
    if random.random() < 0.5:
        return opens, _time(random, change)
    minutes = random.choice((1, 15, 30, 45, 60, 90))
    return opens, (datetime.combine(date.min, opens) + timedelta(minutes=minutes)).time()


def _time(random: Random, change: Change) -> time:
    """Often near what clocks show around the change, or a midnight."""
    near = shown_at(change.zone, change.at + timedelta(minutes=random.choice((-1, 0, 1))))
    minutes = random.choice((-61, -60, -45, -30, -15, -1, 0, 0, 1, 15, 30, 45, 59, 60, 61, 90))
    return random.choice(
        (
            (near + timedelta(minutes=minutes)).time().replace(second=0, microsecond=0),
            time(),
            time(random.randrange(24), random.choice((0, 30, random.randrange(60)))),
        )
    )


def random_instant(random: Random, change: Change) -> datetime:
    """Within the days around the change, often close to it, to the microsecond."""
    near = random.choice((timedelta(hours=2), timedelta(hours=30), 11 * DAY))
    whole = random.choice((1, 1_000_000, 60_000_000))
    spread = int(near.total_seconds() * 1_000_000)
    offset = random.randrange(-spread, spread) // whole * whole
    return change.at + timedelta(microseconds=offset)
