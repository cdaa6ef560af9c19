"""What a ticket contributes to every aggregate: dated numbers with credit (METRICS.md § 2.7, 2.8).

A countable ticket contributes all of them, a merged one its merge and its time in the backlog, a
deleted one its deletion alone. All but the SLA's depend on events and configuration alone: a breach
that no event tells of is known from some as_of on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from tests.reference.buckets import start_of
from tests.reference.configuration import Configuration
from tests.reference.credit import Credit, of_author
from tests.reference.facts import Facts
from tests.reference.history import Deed
from tests.reference.intervals import Interval
from tests.reference.sla import sla_instances

TOUCH_CLASSES = ("zero_touch", "one_touch", "two_touch", "multi_touch")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One dated number of one ticket; a count has the value 1, a duration is in whole seconds.

    `business_value` are the seconds of a reply or a resolution in opening hours, else None.
    `account` is the credited account of the source, `agent_id` the person behind it, `team_id` the
    house's team; team, channel, priority and status are the ticket's at the instant. The agent of
    backlog measurements is the assignee. `sla_metric` is the clock that was met or breached.
    """

    metric: str
    at: datetime
    value: int | Fraction
    ticket_key: str
    created_at: datetime
    requester: tuple[str, str] | None
    account: str | None
    agent_id: str | None
    team_id: str | None
    channel: str
    priority: str | None
    status: str
    business_value: int | None = None
    sla_metric: str | None = None


@dataclass(frozen=True, slots=True)
class _Ticket:
    """Makes the measurements of one ticket."""

    facts: Facts
    configuration: Configuration

    def measure(
        self,
        metric: str,
        at: datetime,
        value: int | Fraction = 1,
        credit: Credit | None = None,
        business_value: int | None = None,
        sla_metric: str | None = None,
    ) -> Measurement:
        """A number at an instant, with the ticket's values of that instant."""
        told = self.facts.history
        source = told.log.source
        requester = told.requester_id
        return Measurement(
            metric=metric,
            at=at,
            value=value,
            ticket_key=self.facts.ticket_key,
            created_at=told.created_at,
            requester=(source, requester) if requester else None,
            account=credit.account if credit else None,
            agent_id=self.configuration.person(source, credit.account, credit.at)
            if credit
            else None,
            team_id=self.configuration.team(source, told.team.at(at), at),
            channel=told.channel.at(at),
            priority=told.priority.at(at),
            status=told.status.at(at),
            business_value=business_value,
            sla_metric=sla_metric,
        )

    def lasted(
        self, metric: str, since: datetime, until: datetime, credit: Credit | None
    ) -> Measurement:
        """A duration in all hours and in opening hours, dated at its end."""
        seconds = self.facts.seconds_between(since, until)
        in_opening_hours = self.facts.business_seconds_between(since, until)
        return self.measure(metric, until, seconds, credit, in_opening_hours)


def measurements(
    known: Iterable[Facts], configuration: Configuration, as_of: datetime | None = None
) -> tuple[Measurement, ...]:
    """The measurements of all tickets, dated by what happened, with the SLA judged at an as_of.

    What happened after the as_of is there too; without one each ticket is judged at its last event.
    """
    return tuple(one for facts in known for one in measurements_of(facts, configuration, as_of))


def measurements_of(
    facts: Facts, configuration: Configuration, as_of: datetime | None = None
) -> Iterator[Measurement]:
    """The measurements of one ticket."""
    ticket = _Ticket(facts, configuration)
    told = facts.history
    if told.deleted_at is not None:
        yield ticket.measure("deleted", told.deleted_at)
        return
    yield from _backlog(facts, configuration)
    if told.merged_at is not None:
        yield ticket.measure("merged", told.merged_at)
        return
    yield ticket.measure("created", told.created_at)
    yield from _messages(ticket)
    yield from _replies(ticket)
    yield from _resolutions(ticket)
    yield from _satisfaction(ticket)
    yield from _promises(ticket, as_of)


def _messages(ticket: _Ticket) -> Iterator[Measurement]:
    """Messages in and out; only human replies are credited."""
    for deed in ticket.facts.history.deeds:
        metric = _kind_of_message(deed)
        if metric is not None:
            yield ticket.measure(
                metric, deed.at, credit=of_author(deed) if deed.is_human_reply else None
            )


def _kind_of_message(deed: Deed) -> str | None:
    if deed.is_customer_message:
        return "customer_message"
    if deed.is_response:
        return "agent_reply" if deed.is_human_reply else "automated_reply"
    return "internal_note" if deed.event.type == "internal_note" else None


def _replies(ticket: _Ticket) -> Iterator[Measurement]:
    """How long the customer waited, dated at the answer; and for an assignee, at the assignment.

    The wait that the ticket's first customer message started is the opening one.
    """
    facts = ticket.facts
    message, reply, response = facts.first_message, facts.first_reply, facts.first_response
    if message and reply:
        yield ticket.lasted("first_reply", message.at, reply.at, of_author(reply))
    if message and response:
        seconds = facts.seconds_between(message.at, response.at)
        yield ticket.measure("first_response_any", response.at, seconds)
    for streak in facts.streaks:
        if streak.reply:
            metric = "opening_reply_wait" if streak.is_first else "next_reply_wait"
            credit = of_author(streak.reply)
            yield ticket.lasted(metric, streak.waiting_since, streak.reply.at, credit)
    if facts.first_assigned_at:
        seconds = facts.seconds_between(facts.history.created_at, facts.first_assigned_at)
        yield ticket.measure("first_assignment", facts.first_assigned_at, seconds)


def _resolutions(ticket: _Ticket) -> Iterator[Measurement]:
    """Resolutions and reopens; the first resolution, and the last one while it stands.

    The last one says too how many touches the ticket took, where a customer had written.
    """
    facts = ticket.facts
    created_at = facts.history.created_at
    for turn in facts.turns:
        yield ticket.measure(turn.kind, turn.at, credit=turn.credit)
    if facts.resolutions:
        first = facts.resolutions[0]
        yield ticket.lasted("first_resolution", created_at, first.at, first.credit)
    if facts.standing_resolution:
        last = facts.standing_resolution
        yield ticket.lasted("full_resolution", created_at, last.at, last.credit)
        if facts.first_message:
            touches = TOUCH_CLASSES[min(facts.touches, 3)]
            yield ticket.measure(touches, last.at, credit=last.credit)


def _satisfaction(ticket: _Ticket) -> Iterator[Measurement]:
    """One offer a ticket, and what became of it, all dated at the offer (the cohort)."""
    csat = ticket.facts.satisfaction
    if csat is None:
        return
    yield ticket.measure("csat_offered", csat.offered_at, credit=csat.credit)
    if csat.normalised_score is None:
        return
    happened = {
        "csat_rated": True,
        "csat_positive": csat.is_positive,
        "csat_bad_to_good": csat.is_positive and not csat.is_first_positive,
        "csat_good_to_bad": csat.is_first_positive and not csat.is_positive,
        "csat_uncredited": csat.credit is None,
    }
    for metric, is_so in happened.items():
        if is_so:
            yield ticket.measure(metric, csat.offered_at, credit=csat.credit)
    yield ticket.measure("csat_score", csat.offered_at, csat.normalised_score, csat.credit)


def _promises(ticket: _Ticket, as_of: datetime | None) -> Iterator[Measurement]:
    """SLA instances that were met, dated when they were over, or breached, dated at the breach.

    The credited account is taken for the person who was behind it when the clock was over; of one
    that goes on, when it was breached.
    """
    for one in sla_instances(ticket.facts, ticket.configuration, as_of):
        at = one.breached_at or one.over_at
        if one.state not in ("met", "breached") or at is None:
            continue
        credit = Credit(one.account_id, one.over_at or at) if one.account_id else None
        yield ticket.measure(f"sla_{one.state}", at, credit=credit, sla_metric=one.metric)


def _backlog(facts: Facts, configuration: Configuration) -> Iterator[Measurement]:
    """Unresolved stretches as *entered* and *left*, each pair with the same values.

    The backlog is counted by the person and the house's team of the instant, so a stretch is left
    and entered anew at the start of each day on which a mapping changes.
    """
    changes = [start_of(day, configuration.zone) for day in configuration.dates_of_change()]
    for stretch in facts.intervals:
        if not stretch.is_unresolved:
            continue
        since, until = stretch.valid_from, stretch.valid_to
        cuts = [at for at in changes if since < at and (until is None or at < until)]
        for start, end in pairwise([since, *cuts, until]):
            if start is None:
                continue
            entered = _entered(facts, configuration, stretch, start)
            yield entered
            if end is not None:
                yield replace(entered, metric="backlog_left", at=end)


def _entered(
    facts: Facts, configuration: Configuration, stretch: Interval, at: datetime
) -> Measurement:
    """The backlog entered at an instant, with the values of a stretch."""
    source = facts.history.log.source
    requester = facts.history.requester_id
    return Measurement(
        metric="backlog_entered",
        at=at,
        value=1,
        ticket_key=facts.ticket_key,
        created_at=facts.history.created_at,
        requester=(source, requester) if requester else None,
        account=stretch.assignee_id,
        agent_id=configuration.person(source, stretch.assignee_id, at),
        team_id=configuration.team(source, stretch.team_id, at),
        channel=stretch.channel,
        priority=stretch.priority,
        status=stretch.status,
    )
