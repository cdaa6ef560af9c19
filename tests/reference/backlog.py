"""The backlog, a stock: how many tickets stand unresolved at an instant (METRICS.md § 4).

At an instant means after all events strictly before it. `backlog_at` sums what was entered and
left; `standing_at` asks the tickets themselves: two roads to one number. `stays` are where a ticket
stood and for how long, with nothing cut but what differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tests.reference.aggregates import NONE, Group
from tests.reference.buckets import Grain, bucket_end, bucket_of, buckets, start_of
from tests.reference.configuration import Configuration
from tests.reference.facts import Facts
from tests.reference.intervals import Interval
from tests.reference.measurements import Measurement
from tests.reference.spans import Span, measure, whole_seconds

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AGE_BANDS = (
    ("< 4 h", 4 * HOUR),
    ("< 1 d", DAY),
    ("< 3 d", 3 * DAY),
    ("< 7 d", 7 * DAY),
    ("< 30 d", 30 * DAY),
)
OLDEST = "more"


def backlog_at(
    dated: Iterable[Measurement], instant: datetime, group: Group
) -> dict[Hashable, int]:
    """Tickets in the backlog at an instant by cell: entered less left, strictly before it."""
    sign = {"backlog_entered": 1, "backlog_left": -1}
    standing: Counter[Hashable] = Counter()
    for one in dated:
        if one.metric in sign and one.at < instant:
            standing[group(one)] += sign[one.metric]
    return {cell: count for cell, count in standing.items() if count}


def backlog_by_bucket(
    dated: Iterable[Measurement], grain: Grain, zone: str, until: datetime, group: Group
) -> dict[tuple[datetime, Hashable], int]:
    """The backlog at the end of each bucket, from the first movement to the bucket before `until`.

    Named by the bucket's start and the cell; only ends up to, and at, `until` are given.
    """
    moves = [one for one in dated if one.metric in ("backlog_entered", "backlog_left")]
    if not moves:
        return {}
    found: dict[tuple[datetime, Hashable], int] = {}
    for start in buckets(min(one.at for one in moves), until, grain, zone):
        end = bucket_end(start, grain, zone)
        if end <= until:
            at_end = backlog_at(moves, end, group)
            found.update({(start, cell): count for cell, count in at_end.items()})
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket in the backlog at an instant, with its values as of that instant."""

    ticket_key: str
    agent_id: str
    team_id: str
    channel: str
    priority: str
    status: str
    age_band: str


def standing_at(
    known: Iterable[Facts], instant: datetime, configuration: Configuration
) -> tuple[Standing, ...]:
    """The tickets in the backlog at an instant, asked one by one; deleted ones are in none."""
    found: list[Standing] = []
    for facts in known:
        stretch = _stretch_before(facts, instant)
        if stretch is not None and stretch.is_unresolved and facts.history.deleted_at is None:
            found.append(_standing(facts, stretch, instant, configuration))
    return tuple(found)


def age_band(facts: Facts, instant: datetime) -> str:
    """How long the ticket has lived by an instant (deletions that were restored left out)."""
    age = facts.history.elapsed(facts.history.created_at, instant)
    return next((name for name, bound in AGE_BANDS if age < bound), OLDEST)


def _stretch_before(facts: Facts, instant: datetime) -> Interval | None:
    """The stretch that the ticket is in after all events strictly before the instant."""
    for stretch in facts.intervals:
        if stretch.valid_from < instant and (
            stretch.valid_to is None or instant <= stretch.valid_to
        ):
            return stretch
    return None


def _standing(
    facts: Facts, stretch: Interval, instant: datetime, configuration: Configuration
) -> Standing:
    # Strictly before the instant holds for the configuration too: a mapping that begins at a
    # midnight is not yet in force at the end of the day before.
    source, at = facts.history.log.source, instant - timedelta(microseconds=1)
    return Standing(
        ticket_key=facts.ticket_key,
        agent_id=configuration.person(source, stretch.assignee_id, at) or NONE,
        team_id=configuration.team(source, stretch.team_id, at) or NONE,
        channel=stretch.channel,
        priority=stretch.priority or NONE,
        status=stretch.status,
        age_band=age_band(facts, instant),
    )


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch in which a ticket stood unresolved with the same values, of the same age band.

    `place` is channel, team, person, priority, status and age band, NONE where there is none; `end`
    is None where it stands there for ever.
    """

    place: tuple[str, ...]
    start: datetime
    end: datetime | None


def stays(facts: Facts, configuration: Configuration) -> tuple[Stay, ...]:
    """Where a ticket stood unresolved, in order; a deleted one nowhere."""
    found: list[Stay] = []
    if facts.history.deleted_at is not None:
        return ()
    changes = {start_of(day, configuration.zone) for day in configuration.dates_of_change()}
    for stretch in facts.intervals:
        if not stretch.is_unresolved:
            continue
        since, until = stretch.valid_from, stretch.valid_to
        age = facts.history.elapsed(facts.history.created_at, since)
        older = {since + bound - age for _, bound in AGE_BANDS}
        cuts = sorted(
            cut for cut in changes | older if cut > since and (until is None or cut < until)
        )
        for start, end in pairwise([since, *cuts, until]):
            assert start is not None
            place = _place(facts, stretch, start, age + (start - since), configuration)
            last = found[-1] if found else None
            if last is not None and (last.place, last.end) == (place, start):
                found[-1] = Stay(place, last.start, end)
            else:
                found.append(Stay(place, start, end))
    return tuple(found)


def _place(
    facts: Facts, stretch: Interval, at: datetime, age: timedelta, configuration: Configuration
) -> tuple[str, ...]:
    source = facts.history.log.source
    return (
        stretch.channel,
        configuration.team(source, stretch.team_id, at) or NONE,
        configuration.person(source, stretch.assignee_id, at) or NONE,
        stretch.priority or NONE,
        stretch.status,
        next((name for name, bound in AGE_BANDS if age < bound), OLDEST),
    )


def time_by_bucket(
    known: Iterable[Facts], grain: Grain, as_of: datetime, configuration: Configuration
) -> dict[tuple[datetime, tuple[str, ...]], timedelta]:
    """How long countable tickets stood in each place, by bucket: stays cut at bounds and as_of."""
    inside: dict[tuple[datetime, tuple[str, ...]], list[Span]] = {}
    zone = configuration.zone
    for facts in known:
        for stay in stays(facts, configuration) if facts.history.is_countable else ():
            for piece in _cut(Span(stay.start, min(stay.end or as_of, as_of)), grain, zone):
                cell = (bucket_of(piece.start, grain, zone), stay.place)
                inside.setdefault(cell, []).append(piece)
    return {cell: measure(spans) for cell, spans in inside.items()}


def seconds_by_bucket(
    known: Iterable[Facts], grain: Grain, zone: str, as_of: datetime, by: str
) -> dict[tuple[datetime, str], int]:
    """Time in each status, with each team or assignee, of countable tickets: whole seconds.

    Named by the bucket's start and the value of `by`, a column of the interval (ids are the
    source's). Intervals are cut at the buckets' bounds and at the as_of; a sum is exact, then
    truncated.
    """
    inside: dict[tuple[datetime, str], list[Span]] = {}
    for facts in known:
        for stretch in facts.intervals if facts.history.is_countable else ():
            end = min(stretch.valid_to or as_of, as_of)
            for piece in _cut(Span(stretch.valid_from, end), grain, zone):
                cell = (bucket_of(piece.start, grain, zone), getattr(stretch, by) or NONE)
                inside.setdefault(cell, []).append(piece)
    return {cell: whole_seconds(measure(spans)) for cell, spans in inside.items()}


def _cut(span: Span, grain: Grain, zone: str) -> Iterable[Span]:
    """A span cut at the bounds of the buckets."""
    start = span.start
    while start < span.end:
        end = min(bucket_end(bucket_of(start, grain, zone), grain, zone), span.end)
        yield Span(start, end)
        start = end
