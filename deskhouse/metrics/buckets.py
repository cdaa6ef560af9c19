"""Days and hours of the reporting zone, as instants.

An hour is a stretch of one local clock hour under one offset, a day begins at its first instant:
as in the marts (`ops.hour_start`, `ops.day_start`).
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day."""
    # Of a midnight that occurs twice the first; one that is skipped is the instant of the change.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def start_of_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the local day that an instant is in."""
    return day_start(instant.astimezone(zone).date(), zone)


def start_of_hour(instant: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the local hour that an instant is in."""
    local = instant.astimezone(zone)
    since = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    # Where the clock moved within the hour, it begins where that did.
    for later in (0, 15, 30, 45):
        start = instant.astimezone(UTC) - since + timedelta(minutes=later)
        found = start.astimezone(zone)
        if (found.hour, found.utcoffset()) == (local.hour, local.utcoffset()):
            return start
    return instant.astimezone(UTC)
