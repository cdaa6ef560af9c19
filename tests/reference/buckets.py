"""Days and hours of the reporting zone (METRICS.md § 2.9).

A bucket is named by its first instant, in UTC. Days have 23 to 25 hours. An hour is a stretch of
one local clock hour under one offset: a local hour that occurs twice is two buckets, and where the
clock moves by half an hour, what is left of a local hour is a bucket of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tests.reference.spans import SECOND

Grain = Literal["hour", "day"]

_LONGEST = {"hour": timedelta(hours=2), "day": timedelta(hours=48)}


def bucket_of(at: datetime, grain: Grain, zone: str) -> datetime:
    """The first instant of the hour or day that an instant is in."""
    name = _name_of(grain, zone)
    whole = at.replace(microsecond=0)
    return _first_second(whole - _LONGEST[grain], whole, lambda second: name(second) == name(at))


def bucket_end(start: datetime, grain: Grain, zone: str) -> datetime:
    """The first instant of the bucket after the one that begins at `start`."""
    name = _name_of(grain, zone)
    return _first_second(start, start + _LONGEST[grain], lambda second: name(second) != name(start))


def buckets(first: datetime, last: datetime, grain: Grain, zone: str) -> Iterator[datetime]:
    """The starts of all buckets from the one of `first` to the one of `last`."""
    start = bucket_of(first, grain, zone)
    while start <= last:
        yield start
        start = bucket_end(start, grain, zone)


def start_of(day: date, zone: str) -> datetime:
    """The first instant of a local day."""
    noon = datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC)
    return bucket_of(noon, "day", zone)


def _name_of(grain: Grain, zone: str) -> Callable[[datetime], object]:
    """What all instants of a bucket, and no neighbouring ones, have in common."""

    def day(at: datetime) -> object:
        return at.astimezone(ZoneInfo(zone)).date()

    def hour(at: datetime) -> object:
        local = at.astimezone(ZoneInfo(zone))
        return local.date(), local.hour, local.utcoffset()

    return hour if grain == "hour" else day


def _first_second(low: datetime, high: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """The first second in (low, high] from which on it holds; it does at `high`, not at `low`."""
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
