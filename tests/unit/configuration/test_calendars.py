"""What the three files of calendars may say, and how what is wrong in them is named."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from deskhouse.configuration.calendars import (
    ALWAYS,
    Assignment,
    Calendars,
    DatedHours,
    WeeklyHours,
    read_calendars,
)
from deskhouse.errors import WrongConfiguration

HOURS = "calendar_id,time_zone,weekday,opens_at,closes_at,valid_from\n"
EXCEPTIONS = "calendar_id,date,opens_at,closes_at\n"
ASSIGNMENTS = "channel,calendar_id\n"
OFFICE = "office,Europe/Berlin,mon,09:00,17:00,\n"
DEFAULT = ",office\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(hours: str = OFFICE, exceptions: str = "", assignments: str = DEFAULT) -> Path:
        texts = {
            "calendar_weekly_hours.csv": HOURS + hours,
            "calendar_exceptions.csv": EXCEPTIONS + exceptions,
            "calendar_assignments.csv": ASSIGNMENTS + assignments,
        }
        for name, text in texts.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return to


def problem(folder: Path) -> str:
    with pytest.raises(WrongConfiguration) as error:
        read_calendars(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_folder_without_calendars_has_one_that_is_always_open(tmp_path: Path) -> None:
    assert read_calendars(tmp_path) == ALWAYS


def test_calendars_are_read_as_they_stand(write: Write) -> None:
    folder = write(
        OFFICE + "night,Asia/Kolkata,SUN,22:00,06:00,2026-01-31\noffice,Europe/Berlin,tue,,,\n",
        "office,2026-12-25,,\nnight,2026-12-24,00:00,00:00\nnight,2026-12-24,08:00,09:30\n",
        DEFAULT + "chat,night\n",
    )
    assert read_calendars(folder) == Calendars(
        hours=(
            WeeklyHours("office", "Europe/Berlin", 1, time(9), time(17), None),
            WeeklyHours("night", "Asia/Kolkata", 7, time(22), time(6), date(2026, 1, 31)),
            WeeklyHours("office", "Europe/Berlin", 2, None, None, None),
        ),
        exceptions=(
            DatedHours("office", date(2026, 12, 25), None, None),
            DatedHours("night", date(2026, 12, 24), time(), time()),
            DatedHours("night", date(2026, 12, 24), time(8), time(9, 30)),
        ),
        assignments=(Assignment(None, "office"), Assignment("chat", "night")),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("office,Europe/Berln,mon,09:00,17:00,", "row 2, column time_zone: 'Europe/Berln' is no"),
        ("office,europe/berlin,mon,09:00,17:00,", "row 2, column time_zone: 'europe/berlin' is no"),
        ("office,../UTC,mon,09:00,17:00,", "row 2, column time_zone: '../UTC' is no"),
        (",UTC,mon,09:00,17:00,", "row 2, column calendar_id: must not be empty"),
        ("office,UTC,monday,09:00,17:00,", "row 2, column weekday: must be one of mon, tue, wed"),
        ("office,UTC,,09:00,17:00,", "row 2, column weekday: must not be empty"),
        ("office,UTC,mon,9:00,17:00,", "row 2, column opens_at: must be a time such as 09:00"),
        ("office,UTC,mon,09:00,24:00,", "row 2, column closes_at: must be a time such as 09:00"),
        ("office,UTC,mon,09:60,17:00,", "row 2, column opens_at: must be a time such as 09:00"),
        ("office,UTC,mon,٠٩:00,17:00,", "row 2, column opens_at: must be a time such as 09:00"),
        ("office,UTC,mon,09:00,,", "row 2, column closes_at: must not be empty beside the other"),
        ("office,UTC,mon,,17:00,", "row 2, column opens_at: must not be empty beside the other"),
        ("office,UTC,mon,09:00,17:00,soon", "row 2, column valid_from: must be a date such as"),
        (
            OFFICE + OFFICE,
            "row 3, column opens_at: the same opening stands in row 2 already",
        ),
        (
            OFFICE + "office,Europe/Paris,tue,09:00,17:00,",
            "row 3, column time_zone: 'Europe/Paris' contradicts 'Europe/Berlin' in row 2",
        ),
        (
            OFFICE + "office,Europe/Berlin,mon,,,",
            "row 3, column opens_at: contradicts row 2: one is closed, the other open",
        ),
    ],
)
def test_a_wrong_row_of_hours_is_named(write: Write, rows: str, expected: str) -> None:
    found = problem(write(hours=rows + "\n"))
    assert found.startswith(f"calendar_weekly_hours.csv, {expected}")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("home,2026-12-25,,", "row 2, column calendar_id: 'home' has no row in calendar_weekly"),
        ("office,,,", "row 2, column date: must not be empty"),
        ("office,25.12.2026,,", "row 2, column date: must be a date such as 2026-01-31"),
        ("office,2026-12-25,08:00,", "row 2, column closes_at: must not be empty beside"),
        ("office,2026-12-25,noon,13:00", "row 2, column opens_at: must be a time such as"),
        ("office,2026-12-25,,\noffice,2026-12-25,,", "row 3, column date: the same exception"),
        ("office,2026-12-25,,\noffice,2026-12-25,08:00,09:00", "row 3, column opens_at: contradic"),
    ],
)
def test_a_wrong_exception_is_named(write: Write, rows: str, expected: str) -> None:
    found = problem(write(exceptions=rows + "\n"))
    assert found.startswith(f"calendar_exceptions.csv, {expected}")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("chat,office", ", column channel: no row is the default: one must have an empty channel"),
        ("", ", column channel: no row is the default"),
        (",home", ", row 2, column calendar_id: 'home' has no row in calendar_weekly_hours.csv"),
        ("chat,", ", row 2, column calendar_id: must not be empty"),
        (",office\n,office", ", row 3, column channel: the calendar of this channel stands in row"),
        (",office\nchat,office\nchat,office", ", row 4, column channel: the calendar of this chan"),
    ],
)
def test_a_wrong_assignment_is_named(write: Write, rows: str, expected: str) -> None:
    found = problem(write(assignments=rows + "\n"))
    assert found.startswith(f"calendar_assignments.csv{expected}")


def test_an_assignment_without_any_calendar_is_named(write: Write) -> None:
    assert problem(write(hours="")).startswith(
        "calendar_assignments.csv, row 2, column calendar_id: 'office' has no row"
    )


def test_the_shipped_calendars_are_the_channels_of_the_sample() -> None:
    shipped = read_calendars(Path(__file__).parents[3] / "config")
    assert {row.channel for row in shipped.assignments} == {None, "chat", "whatsapp", "phone"}
    assert {row.calendar_id for row in shipped.hours} == {"office", "every_day", "round_the_clock"}
