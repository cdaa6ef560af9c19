"""Openings are what METRICS.md § 2.5 makes of a calendar's rows: as the plain reference has it."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from deskhouse.configuration.calendars import ALWAYS, read_calendars
from deskhouse.configuration.openings import Opening, calendars_of, openings
from tests.reference.calendars import Calendar, Calendars, written
from tests.reference.random_calendars import (
    CHANGES,
    Change,
    random_calendar,
    random_instant,
)
from tests.reference.spans import Span, measure

HEAD = "calendar_id,time_zone,weekday,opens_at,closes_at,valid_from\n"


@pytest.fixture(autouse=True)
def _zones_of_the_package() -> Iterator[None]:
    """The reference asks the standard library, which asks the machine first."""
    paths = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(to=paths)
    zoneinfo.ZoneInfo.clear_cache()


def expanded(folder: Path, calendars: dict[str, Calendar]) -> dict[str, tuple[Opening, ...]]:
    """The openings of calendars that stand in a folder's files, up to 2027."""
    for name, text in written(Calendars(next(iter(calendars)), calendars)).items():
        (folder / name).write_text(text, encoding="utf-8")
    return {
        calendar.calendar_id: openings(calendar, date(2027, 12, 31))
        for calendar in calendars_of(read_calendars(folder))
    }


def of_rows(folder: Path, hours: str, exceptions: str = "") -> tuple[Opening, ...]:
    """The openings of one calendar `c` around 2026."""
    (folder / "calendar_weekly_hours.csv").write_text(HEAD + hours, encoding="utf-8")
    (folder / "calendar_exceptions.csv").write_text(
        "calendar_id,date,opens_at,closes_at\n" + exceptions, encoding="utf-8"
    )
    (folder / "calendar_assignments.csv").write_text("channel,calendar_id\n,c\n", encoding="utf-8")
    (calendar,) = calendars_of(read_calendars(folder))
    return openings(calendar, date(2027, 12, 31))


def within(found: tuple[Opening, ...], day: str, days: int = 1) -> list[str]:
    """The openings that begin on a date of UTC, as `HH:MM-HH:MM`."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return [
        f"{one.opens_at:%H:%M}-{one.closes_at:%H:%M}"
        for one in found
        if start <= one.opens_at < start + timedelta(days=days)
    ]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.zone} {change.at:%Y-%m}")
def test_openings_are_those_of_the_reference_around_every_change_of_clocks(
    tmp_path: Path, change: Change
) -> None:
    random = Random(f"calendars {change}")
    calendars = {f"c{number}": random_calendar(random, change) for number in range(16)}
    found = expanded(tmp_path, calendars)
    for calendar_id, calendar in calendars.items():
        first, last = change.at - timedelta(days=14), change.at + timedelta(days=14)
        expected = melted(calendar.open_within(first, last))
        cut = [
            Span(max(one.opens_at, first), min(one.closes_at, last))
            for one in found[calendar_id]
            if one.opens_at < last and one.closes_at > first
        ]
        assert (calendar_id, cut) == (calendar_id, expected)


def melted(spans: tuple[Span, ...]) -> list[Span]:
    """Spans that touch as one."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].end == span.start:
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def test_a_calendar_that_is_always_open_is_open_once_in_every_zone(tmp_path: Path) -> None:
    for change in CHANGES:
        days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        rows = "".join(f"c,{change.zone},{day},00:00,00:00,\n" for day in days)
        (one,) = of_rows(tmp_path, rows)
        assert one.opens_at < datetime(2000, 1, 1, tzinfo=UTC)
        assert one.closes_at > datetime(2027, 12, 31, tzinfo=UTC)
    (calendar,) = calendars_of(ALWAYS)
    assert len(openings(calendar, date(2027, 12, 31))) == 1


def test_the_reference_measures_what_lies_within_openings(tmp_path: Path) -> None:
    """Two roads in the reference: intervals laid over it, and minute by minute."""
    for change in CHANGES:
        random = Random(f"minutes {change}")
        calendar = random_calendar(random, change)
        start = random_instant(random, change).replace(second=0, microsecond=0)
        end = start + timedelta(hours=30)
        minutes = [start + number * timedelta(minutes=1) for number in range(30 * 60)]
        around = calendar.open_within(start - timedelta(days=3), end + timedelta(days=3))
        opened = sum(any(span.start <= at < span.end for span in around) for at in minutes)
        assert calendar.business(start, end) == timedelta(minutes=opened)
        assert measure(calendar.open_within(start, end)) == timedelta(minutes=opened)


def test_a_closing_time_not_after_its_opening_time_is_on_the_next_day(tmp_path: Path) -> None:
    found = of_rows(tmp_path, "c,UTC,mon,22:00,06:00,\nc,UTC,wed,09:00,09:00,\n")
    assert within(found, "2026-03-02", 7) == ["22:00-06:00", "09:00-09:00"]


def test_overlapping_openings_are_one(tmp_path: Path) -> None:
    found = of_rows(
        tmp_path, "c,UTC,mon,09:00,12:00,\nc,UTC,mon,11:00,13:00,\nc,UTC,mon,10:00,11:00,\n"
    )
    assert within(found, "2026-03-02", 7) == ["09:00-13:00"]


def test_an_exception_replaces_the_openings_that_start_on_its_date(tmp_path: Path) -> None:
    found = of_rows(
        tmp_path,
        "c,UTC,mon,22:00,06:00,\nc,UTC,tue,22:00,06:00,\nc,UTC,wed,22:00,06:00,\n",
        "c,2026-03-03,12:00,13:00\nc,2026-03-03,15:00,16:00\nc,2026-03-04,,\n",
    )
    assert within(found, "2026-03-02", 7) == ["22:00-06:00", "12:00-13:00", "15:00-16:00"]


def test_a_weekdays_rows_of_a_date_hold_from_it_on_together(tmp_path: Path) -> None:
    found = of_rows(
        tmp_path,
        "c,UTC,mon,09:00,10:00,\nc,UTC,tue,09:00,10:00,\n"
        "c,UTC,mon,12:00,13:00,2026-03-09\nc,UTC,mon,14:00,15:00,2026-03-09\n"
        "c,UTC,mon,,,2026-03-16\n",
    )
    assert within(found, "2026-03-02", 7) == ["09:00-10:00", "09:00-10:00"]
    assert within(found, "2026-03-09", 7) == ["12:00-13:00", "14:00-15:00", "09:00-10:00"]
    assert within(found, "2026-03-16", 7) == ["09:00-10:00"]


def test_a_time_that_occurs_twice_opens_at_the_first_and_closes_at_the_last(tmp_path: Path) -> None:
    """New York, 1 November 2026: 01:30 is at 05:30 and 06:30 UTC."""
    found = of_rows(
        tmp_path, "c,America/New_York,sun,01:30,04:00,\nc,America/New_York,sun,00:00,01:30,\n"
    )
    assert within(found, "2026-11-01") == ["04:00-09:00"]
    assert within(of_rows(tmp_path, "c,America/New_York,sun,01:30,03:00,\n"), "2026-11-01") == [
        "05:30-08:00"
    ]
    assert within(of_rows(tmp_path, "c,America/New_York,sun,00:30,01:30,\n"), "2026-11-01") == [
        "04:30-06:30"
    ]


def test_a_time_that_is_skipped_takes_the_offset_before_the_change(tmp_path: Path) -> None:
    """New York, 8 March 2026: after 01:59 (06:59 UTC) comes 03:00."""
    assert within(of_rows(tmp_path, "c,America/New_York,sun,02:30,05:00,\n"), "2026-03-08") == [
        "07:30-09:00"
    ]
    assert within(of_rows(tmp_path, "c,America/New_York,sun,01:00,02:30,\n"), "2026-03-08") == [
        "06:00-07:30"
    ]
    assert within(of_rows(tmp_path, "c,America/New_York,sun,02:45,03:15,\n"), "2026-03-08") == []
