"""Days and hours where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deskhouse.metrics.buckets import start_of_day, start_of_hour
from tests.reference.buckets import bucket_of

# An hour forward and back; half an hour; a midnight that is skipped, and one that comes twice.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 6, 1, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_they_begin_where_the_reference_has_them_begin(zone: str, change: datetime) -> None:
    for minutes in range(-1600, 1600, 7):
        at = change + timedelta(minutes=minutes)
        assert start_of_day(at, ZoneInfo(zone)) == bucket_of(at, "day", zone), at
        assert start_of_hour(at, ZoneInfo(zone)) == bucket_of(at, "hour", zone), at
