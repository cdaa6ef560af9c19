"""The rollups as plain functions over measurements (METRICS.md § 4).

Each takes measurements and says how they are grouped: a `Group` names the cell of a measurement
(`by_channel`, `by_agent`, or any function). A missing team or agent is `none` in a cell.
`up_to` leaves out what is dated after an as_of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tests.reference.buckets import Grain, bucket_of
from tests.reference.distribution import Distribution, Number, distribution, mean, share, wilson
from tests.reference.measurements import TOUCH_CLASSES, Measurement

NONE = "none"
Basis = Literal["happened", "creation"]
Hours = Literal["calendar", "business"]
Group = Callable[[Measurement], Hashable]


def up_to(dated: Iterable[Measurement], as_of: datetime) -> tuple[Measurement, ...]:
    """What is dated up to, and at, the as_of."""
    return tuple(one for one in dated if one.at <= as_of)


def by_channel(grain: Grain, zone: str, basis: Basis = "happened") -> Group:
    """Cells of (bucket, channel, team)."""

    def cell(one: Measurement) -> Hashable:
        return _bucket(one, grain, zone, basis), one.channel, one.team_id or NONE

    return cell


def by_agent(grain: Grain, zone: str, basis: Basis = "happened") -> Group:
    """Cells of (bucket, agent, team); the agent is the credited person."""

    def cell(one: Measurement) -> Hashable:
        return _bucket(one, grain, zone, basis), one.agent_id or NONE, one.team_id or NONE

    return cell


def everything(one: Measurement) -> Hashable:
    """One cell for all."""
    return None


def _bucket(one: Measurement, grain: Grain, zone: str, basis: Basis) -> datetime:
    return bucket_of(one.at if basis == "happened" else one.created_at, grain, zone)


@dataclass(frozen=True, slots=True)
class Volume:
    """What happened in a cell; events, distinct tickets and distinct requesters side by side.

    `reopened` counts those of the tickets first resolved in the cell that were reopened since, in
    whatever cell.
    """

    volume: int
    requesters: int
    tickets_resolved: int
    resolution_events: int
    reopens: int
    customer_messages: int
    agent_replies: int
    automated_replies: int
    internal_notes: int
    merged: int
    deleted: int
    first_resolved: int
    reopened: int

    @property
    def net_flow(self) -> int:
        """Created less tickets resolved; not the backlog."""
        return self.volume - self.tickets_resolved

    @property
    def reopen_rate(self) -> Decimal | None:
        """Of the tickets first resolved in the cell the share reopened."""
        return share(self.reopened, self.first_resolved)


def volume(dated: Iterable[Measurement], group: Group) -> dict[Hashable, Volume]:
    """Volume by cell; cells in which nothing of it happened are absent."""
    dated = tuple(dated)
    reopened = {one.ticket_key for one in dated if one.metric == "reopen"}
    return {cell: _volume(inside, reopened) for cell, inside in _cells(dated, group, _VOLUME)}


_VOLUME = (
    "created",
    "resolution",
    "reopen",
    "customer_message",
    "agent_reply",
    "automated_reply",
    "internal_note",
    "merged",
    "deleted",
)


def _volume(inside: list[Measurement], reopened: set[str]) -> Volume:
    def count(metric: str) -> int:
        return sum(one.metric == metric for one in inside)

    created = [one for one in inside if one.metric == "created"]
    first_resolved = _tickets(inside, "first_resolution")
    return Volume(
        volume=len(created),
        requesters=len({one.requester for one in created if one.requester is not None}),
        tickets_resolved=len(_tickets(inside, "resolution")),
        resolution_events=count("resolution"),
        reopens=count("reopen"),
        customer_messages=count("customer_message"),
        agent_replies=count("agent_reply"),
        automated_replies=count("automated_reply"),
        internal_notes=count("internal_note"),
        merged=count("merged"),
        deleted=count("deleted"),
        first_resolved=len(first_resolved),
        reopened=len(first_resolved & reopened),
    )


# Of which measurements each is; any response and the assignment have no opening hours.
SPEEDS: dict[str, tuple[str, ...]] = {
    "first_reply": ("first_reply",),
    "next_reply": ("next_reply_wait",),
    "reply_wait": ("opening_reply_wait", "next_reply_wait"),
    "first_response_any": ("first_response_any",),
    "first_assignment": ("first_assignment",),
    "first_resolution": ("first_resolution",),
    "full_resolution": ("full_resolution",),
}


def speed(
    dated: Iterable[Measurement], what: str, group: Group, hours: Hours = "calendar"
) -> dict[Hashable, Distribution]:
    """The distribution, in seconds of all or of opening hours, of one of `SPEEDS` by cell."""
    cells: dict[Hashable, list[Number]] = defaultdict(list)
    for one in dated:
        value = one.value if hours == "calendar" else one.business_value
        if one.metric in SPEEDS[what] and value is not None:
            cells[group(one)].append(value)
    return {cell: distribution(values) for cell, values in cells.items()}


@dataclass(frozen=True, slots=True)
class Work:
    """What was done in a cell of `by_agent`; averages in calendar seconds, NULL of nothing."""

    tickets_handled: int
    tickets_resolved: int
    replies: int
    resolutions: int
    reopens: int
    responses: int
    avg_response_time: Decimal | None
    resolved_tickets: int
    avg_resolution_time: Decimal | None


def work(dated: Iterable[Measurement], group: Group) -> dict[Hashable, Work]:
    """The work of agents by cell: human replies, resolutions and what is credited with them.

    Tickets handled are those with a human reply by, or a resolution credited to, the agent.
    `avg_response_time` is the mean wait of the streaks that the replies ended,
    `avg_resolution_time` the mean full resolution of tickets whose last resolution is in the cell.
    """
    credited = ("agent_reply", "resolution", "reopen")
    return {cell: _work(inside) for cell, inside in _cells(tuple(dated), group, credited)}


def _work(inside: list[Measurement]) -> Work:
    waits = [one.value for one in inside if one.metric in SPEEDS["reply_wait"]]
    full = [one.value for one in inside if one.metric in SPEEDS["full_resolution"]]
    return Work(
        tickets_handled=len(_tickets(inside, "agent_reply") | _tickets(inside, "resolution")),
        tickets_resolved=len(_tickets(inside, "resolution")),
        replies=sum(one.metric == "agent_reply" for one in inside),
        resolutions=sum(one.metric == "resolution" for one in inside),
        reopens=sum(one.metric == "reopen" for one in inside),
        responses=len(waits),
        avg_response_time=mean(waits),
        resolved_tickets=len(full),
        avg_resolution_time=mean(full),
    )


@dataclass(frozen=True, slots=True)
class Touches:
    """Tickets whose last resolution is in a cell, by how many touches they took."""

    zero: int
    one: int
    two: int
    multi: int


def touches(dated: Iterable[Measurement], group: Group) -> dict[Hashable, Touches]:
    """The touch classes by cell; a ticket to which no customer wrote is in none."""
    return {
        cell: Touches(*(sum(one.metric == name for one in inside) for name in TOUCH_CLASSES))
        for cell, inside in _cells(tuple(dated), group, TOUCH_CLASSES)
    }


@dataclass(frozen=True, slots=True)
class Promises:
    """SLA instances met and breached in a cell; `achievement` is met ÷ (met + breached)."""

    met: int
    breached: int

    @property
    def achievement(self) -> Decimal | None:
        """Of those decided the share that was met."""
        return share(self.met, self.met + self.breached)


def promises(dated: Iterable[Measurement], group: Group) -> dict[Hashable, Promises]:
    """What became of SLA promises, of all metrics, by cell: of when they were met or breached."""
    return {
        cell: Promises(
            met=sum(one.metric == "sla_met" for one in inside),
            breached=sum(one.metric == "sla_breached" for one in inside),
        )
        for cell, inside in _cells(tuple(dated), group, ("sla_met", "sla_breached"))
    }


@dataclass(frozen=True, slots=True)
class Csat:
    """The satisfaction of a cohort of offers; shares between 0 and 1, NULL of nothing."""

    offered: int
    rated: int
    positive: int
    bad_to_good: int
    good_to_bad: int
    offered_without_credit: int
    rated_without_credit: int
    response_rate: Decimal | None
    positive_rate: Decimal | None
    positive_interval: tuple[Decimal, Decimal] | None
    mean_normalised_score: Decimal | None

    @property
    def positive_rate_low(self) -> Decimal | None:
        """The lower bound of the positive rate's interval."""
        return self.positive_interval[0] if self.positive_interval else None

    @property
    def positive_rate_high(self) -> Decimal | None:
        """The upper bound of it."""
        return self.positive_interval[1] if self.positive_interval else None


def csat(dated: Iterable[Measurement], group: Group) -> dict[Hashable, Csat]:
    """Satisfaction by cell of the offer."""
    return {cell: _csat(inside) for cell, inside in _cells(tuple(dated), group, ("csat_offered",))}


def _csat(inside: list[Measurement]) -> Csat:
    def of(metric: str) -> list[Measurement]:
        return [one for one in inside if one.metric == metric]

    offered, rated, positive = of("csat_offered"), of("csat_rated"), of("csat_positive")
    return Csat(
        offered=len(offered),
        rated=len(rated),
        positive=len(positive),
        bad_to_good=len(of("csat_bad_to_good")),
        good_to_bad=len(of("csat_good_to_bad")),
        offered_without_credit=sum(one.agent_id is None for one in offered),
        rated_without_credit=sum(one.agent_id is None for one in rated),
        response_rate=share(len(rated), len(offered)),
        positive_rate=share(len(positive), len(rated)),
        positive_interval=wilson(len(positive), len(rated)),
        mean_normalised_score=mean([one.value for one in of("csat_score")]),
    )


def _cells(
    dated: tuple[Measurement, ...], group: Group, deciding: tuple[str, ...]
) -> list[tuple[Hashable, list[Measurement]]]:
    """The measurements by cell, for the cells in which one of the deciding metrics happened."""
    cells: dict[Hashable, list[Measurement]] = defaultdict(list)
    for one in dated:
        cells[group(one)].append(one)
    return [
        (cell, inside)
        for cell, inside in cells.items()
        if any(one.metric in deciding for one in inside)
    ]


def _tickets(inside: Iterable[Measurement], metric: str) -> set[str]:
    return {one.ticket_key for one in inside if one.metric == metric}
