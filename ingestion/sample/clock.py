"""Time inside the simulation: whole milliseconds since 1970, in UTC.

Integers add and compare cheaply and exactly; only what leaves the simulation is a `datetime`.
"""

from datetime import UTC, datetime, timedelta

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(instant: datetime) -> int:
    """The whole milliseconds from 1970 to an instant that carries an offset."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def instant(at: int) -> datetime:
    """The instant, in UTC, of a millisecond since 1970."""
    return datetime.fromtimestamp(at / SECOND, UTC)
