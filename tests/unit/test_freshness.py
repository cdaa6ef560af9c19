from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskhouse.freshness import late_after, next_refresh_at
from deskhouse.settings import Settings


def every(minutes: int) -> Settings:
    return Settings(home=Path("/nowhere"), config=Path("/nowhere"), refresh_minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "now", "following"),
    [
        (5, "10:02:30", "10:05:00"),
        (5, "10:05:00", "10:10:00"),
        (5, "10:58:00", "11:00:00"),
        (60, "10:00:01", "11:00:00"),
        (7, "10:50:00", "10:56:00"),
        (7, "10:57:00", "11:00:00"),
        (1, "23:59:30", "00:00:00"),
    ],
)
def test_the_next_refresh_is_counted_from_the_full_hour(
    minutes: int, now: str, following: str
) -> None:
    at = datetime.fromisoformat(f"2026-11-20T{now}+00:00")
    assert f"{next_refresh_at(every(minutes), at):%H:%M:%S}" == following
    elsewhere = at.astimezone(ZoneInfo("Asia/Kolkata"))
    assert next_refresh_at(every(minutes), elsewhere) == next_refresh_at(every(minutes), at)
    assert next_refresh_at(every(minutes), at).tzinfo is UTC


def test_data_is_late_after_three_intervals_and_never_before_a_quarter_of_an_hour() -> None:
    assert late_after(every(1)) == timedelta(minutes=15)
    assert late_after(every(20)) == timedelta(hours=1)
