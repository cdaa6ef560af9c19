"""Durations as measures of half-open intervals (METRICS.md § 2.3).

A duration is made of pieces of time; business time is the same pieces cut by a calendar.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `start` on, up to but without `end`."""

    start: datetime
    end: datetime


def pieces(start: datetime, end: datetime, gaps: Iterable[Span]) -> tuple[Span, ...]:
    """[start, end) without the gaps, which are in order and do not overlap."""
    left: list[Span] = []
    for gap in gaps:
        if gap.start > start:
            left.append(Span(start, min(gap.start, end)))
        start = max(start, gap.end)
        if start >= end:
            break
    left.append(Span(start, end))
    return tuple(span for span in left if span.start < span.end)


def measure(spans: Iterable[Span]) -> timedelta:
    """The sum of the spans' lengths, exact."""
    return sum((span.end - span.start for span in spans), timedelta())


def whole_seconds(duration: timedelta) -> int:
    """A duration truncated to whole seconds: once, at the end."""
    return duration // SECOND


def exact_seconds(duration: timedelta) -> Decimal:
    """A duration in seconds, to the microsecond."""
    return Decimal(duration // MICROSECOND).scaleb(-6)
