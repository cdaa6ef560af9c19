"""What a ticket contributes to every aggregate: dated numbers with credit (METRICS.md § 2.7, 2.8).

A countable ticket contributes all of them, a merged one its merge and its time in the backlog, a
deleted one its deletion alone.
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


@dataclass(frozen=True, slots=True)
class Measurement:
    """One dated number of one ticket; a count has the value 1, a duration is in whole seconds.

    `account` is the credited account of the source, `agent_id` the person behind it, `team_id` the
    house's team; team, channel and priority are the ticket's at the instant. `status` is given in
    backlog measurements, whose agent is the assignee, and `is_first_wait` for the wait of a streak
    that the ticket's first customer message started.
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
    status: str | None = None
    is_first_wait: bool | None = None


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
        is_first_wait: bool | None = None,
    ) -> Measurement:
        """A number at an instant, with the ticket's team, channel and priority of that instant."""
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
            is_first_wait=is_first_wait,
        )


def measurements(known: Iterable[Facts], configuration: Configuration) -> tuple[Measurement, ...]:
    """The measurements of all tickets, dated by what happened."""
    return tuple(one for facts in known for one in measurements_of(facts, configuration))


def measurements_of(facts: Facts, configuration: Configuration) -> Iterator[Measurement]:
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
    """How long the customer waited, dated at the answer; and for an assignee, at the assignment."""
    facts = ticket.facts
    message, reply, response = facts.first_message, facts.first_reply, facts.first_response
    if message and reply:
        seconds = facts.seconds_between(message.at, reply.at)
        metric = "first_reply_calendar_seconds"
        yield ticket.measure(metric, reply.at, seconds, of_author(reply))
    if message and response:
        seconds = facts.seconds_between(message.at, response.at)
        yield ticket.measure("first_response_any_calendar_seconds", response.at, seconds)
    for streak in facts.streaks:
        if streak.reply and streak.wait_calendar_seconds is not None:
            yield ticket.measure(
                "reply_wait_calendar_seconds",
                streak.reply.at,
                streak.wait_calendar_seconds,
                of_author(streak.reply),
                streak.is_first,
            )
    if facts.first_assigned_at:
        seconds = facts.seconds_between(facts.history.created_at, facts.first_assigned_at)
        metric = "first_assignment_calendar_seconds"
        yield ticket.measure(metric, facts.first_assigned_at, seconds)


def _resolutions(ticket: _Ticket) -> Iterator[Measurement]:
    """Resolutions and reopens; the first resolution, and the last one while it stands."""
    facts = ticket.facts
    created_at = facts.history.created_at
    for turn in facts.turns:
        yield ticket.measure(turn.kind, turn.at, credit=turn.credit)
    if facts.resolutions:
        first = facts.resolutions[0]
        seconds = facts.seconds_between(created_at, first.at)
        metric = "first_resolution_calendar_seconds"
        yield ticket.measure(metric, first.at, seconds, first.credit)
    if facts.standing_resolution:
        last = facts.standing_resolution
        seconds = facts.seconds_between(created_at, last.at)
        metric = "full_resolution_calendar_seconds"
        yield ticket.measure(metric, last.at, seconds, last.credit)


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
    }
    for metric, is_so in happened.items():
        if is_so:
            yield ticket.measure(metric, csat.offered_at, credit=csat.credit)
    metric, score = "csat_normalised_score", csat.normalised_score
    yield ticket.measure(metric, csat.offered_at, score, csat.credit)


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
