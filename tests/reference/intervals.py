"""Stretches with one status, assignee, team, priority and channel (METRICS.md § 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from tests.reference.history import UNRESOLVED, History
from tests.reference.spans import Span, exact_seconds


@dataclass(frozen=True, slots=True)
class Interval:
    """A row of `fct_ticket_intervals`; the last of a living ticket has no end and no duration."""

    status: str
    assignee_id: str | None
    team_id: str | None
    priority: str | None
    channel: str
    valid_from: datetime
    valid_to: datetime | None
    duration_calendar_seconds: Decimal | None
    duration_business_seconds: Decimal | None

    @property
    def is_unresolved(self) -> bool:
        """Whether the ticket stands in the backlog."""
        return self.status in UNRESOLVED


def intervals(history: History) -> tuple[Interval, ...]:
    """The stretches of a ticket's life in order; those of zero length do not exist.

    They are cut at a deletion and resumed at the restore.
    """
    lines = (history.status, history.assignee, history.team, history.priority, history.channel)
    bounds = {since for line in lines for since, _ in line.steps} | {history.created_at}
    bounds |= {bound for gap in history.gaps for bound in (gap.start, gap.end)}
    if history.ended_at is not None:
        bounds.add(history.ended_at)
    in_order = sorted(bounds)
    found = [
        _interval(history, start, end)
        for start, end in pairwise(in_order)
        if Span(start, end) in history.alive(start, end)
    ]
    if history.ended_at is None:
        found.append(_interval(history, in_order[-1], None))
    return tuple(found)


def _interval(history: History, start: datetime, end: datetime | None) -> Interval:
    return Interval(
        status=history.status.at(start),
        assignee_id=history.assignee.at(start),
        team_id=history.team.at(start),
        priority=history.priority.at(start),
        channel=history.channel.at(start),
        valid_from=start,
        valid_to=end,
        duration_calendar_seconds=exact_seconds(end - start) if end else None,
        duration_business_seconds=exact_seconds(history.business(start, end)) if end else None,
    )


def seconds_in(stretches: Iterable[Interval], statuses: frozenset[str]) -> int | None:
    """Whole seconds spent in any of the statuses; NULL while the ticket is in one of them."""
    return _sum(one.duration_calendar_seconds for one in stretches if one.status in statuses)


def business_seconds_in(stretches: Iterable[Interval], statuses: frozenset[str]) -> int | None:
    """The same in business time."""
    return _sum(one.duration_business_seconds for one in stretches if one.status in statuses)


def _sum(durations: Iterable[Decimal | None]) -> int | None:
    """Summed exactly, truncated once; of what goes on: NULL."""
    total = Decimal()
    for duration in durations:
        if duration is None:
            return None
        total += duration
    return int(total)
