"""SLA instances: clocks, and what became of them under the targets in force (METRICS.md § 5).

A clock says what it counts, since when, and when it was over. Its life is cut where another target
takes effect; then each stretch is asked, in order, whether the clock exceeded its target. Every
question is answered from the parts of time that count, laid out one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from tests.reference.configuration import Configuration
from tests.reference.credit import Credit, of_author
from tests.reference.facts import Facts
from tests.reference.history import UNRESOLVED, History, line_of
from tests.reference.spans import MICROSECOND, Span, measure, whole_seconds
from tests.reference.streaks import Streak
from tests.reference.targets import Target, targets

State = Literal["met", "breached", "cancelled", "active"]

STATES_COUNTED = {
    "requester_wait": frozenset({"new", "open", "hold"}),
    "agent_work": frozenset({"new", "open"}),
    "resolution": UNRESOLVED,
}
RISK_SHARE = 10
RISK_FLOOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Instance:
    """A row of `fct_sla_instances`, judged at an instant; ids are those of the source.

    `policy_id`, `hours` and `target_seconds` are of the target that it was judged by: of a breached
    one the one that it breached, for good; of a met one the one in force when it was over; of an
    active one the one in force; of a cancelled one the last that was in force.

    `over_at` is when a reply or resolution ended the clock, whatever its state. `account_id`,
    `team_id`, `channel` and `priority` are of the outcome: when it was met or breached; of a
    cancelled or active one nobody, and the ticket's values as of its last event.

    `running_seconds` is given while the clock is not over and its ticket lives, unless its target
    was cleared: of a breached one too. `remaining_seconds` and `is_at_risk` of an active one alone.
    """

    source: str
    ticket_id: str
    ticket_key: str
    metric: str
    activation: int
    streak_number: int | None
    policy_id: str | None
    hours: str
    target_seconds: int
    started_at: datetime
    state: State
    due_at: datetime | None
    breached_at: datetime | None
    over_at: datetime | None
    elapsed_seconds: int | None
    account_id: str | None
    team_id: str | None
    channel: str
    priority: str | None
    running_seconds: int | None
    remaining_seconds: int | None
    is_at_risk: bool | None


def sla_instances(
    facts: Facts, configuration: Configuration, as_of: datetime | None = None
) -> tuple[Instance, ...]:
    """The instances of a ticket, judged at its last event, or at an as_of that is later."""
    judged_at = facts.history.last_at
    if as_of is not None:
        judged_at = max(judged_at, as_of)
    found = []
    for clock in (*_reply_clocks(facts), *_state_clocks(facts)):
        verdict = _judge(clock, _stretches(clock, configuration, judged_at))
        if verdict is not None:
            found.append(_instance(facts, clock, verdict, judged_at))
    return tuple(sorted(found, key=lambda one: (one.metric, one.activation)))


# Clocks


@dataclass(frozen=True, slots=True)
class Clock:
    """What a metric counts in a ticket: all time, or that in some statuses, since `started_at`.

    `over_at` is the reply or resolution that ended it and `stopped_by` its credit.
    """

    history: History
    metric: str
    activation: int
    streak_number: int | None
    statuses: frozenset[str] | None
    started_at: datetime
    over_at: datetime | None
    stopped_by: Credit | None

    def counted(self, until: datetime, hours: str) -> tuple[Span, ...]:
        """The parts of time that count up to an instant, in order.

        Deletions that were restored count for nothing, in either hours.
        """
        cut = self.history.open_within if hours == "business" else self.history.alive
        return tuple(
            part
            for since, to in self._stretches_up_to(until)
            if self.runs_at(since)
            for part in cut(since, to)
        )

    def elapsed(self, until: datetime, hours: str) -> timedelta:
        """How much has been counted up to an instant, exact."""
        return measure(self.counted(until, hours))

    def reached(self, target: Target, until: datetime) -> datetime | None:
        """The earliest instant, up to `until`, by which as much as the target had been counted.

        A target of 0 is reached at the start, though nothing may be counted there.
        """
        left = target.amount
        if not left:
            return self.started_at
        for part in self.counted(until, target.hours):
            if part.end - part.start >= left:
                return part.start + left
            left -= part.end - part.start
        return None

    def runs_at(self, at: datetime) -> bool:
        """Whether the status of an instant is one that counts; closed hours are no pause."""
        return self.statuses is None or self.history.status.at(at) in self.statuses

    def _stretches_up_to(self, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The clock's life up to an instant, cut where the status changes."""
        if until <= self.started_at:
            return
        changes = (at for at, _ in self.history.status.steps if self.started_at < at < until)
        yield from pairwise((self.started_at, *changes, until))


def _reply_clocks(facts: Facts) -> Iterator[Clock]:
    """A clock for each streak, numbered by metric; those ended by a merge or deletion have no end.

    The streak that starts at c₀ is `first_reply`, every other `next_reply`.
    """
    activations = Counter[str]()
    for streak in facts.streaks:
        metric = "first_reply" if streak.is_first else "next_reply"
        activations[metric] += 1
        is_over = streak.ended_by in ("reply", "resolution")
        yield Clock(
            history=facts.history,
            metric=metric,
            activation=activations[metric],
            streak_number=streak.streak_number,
            statuses=None,
            started_at=streak.waiting_since,
            over_at=streak.ended_at if is_over else None,
            stopped_by=_stopper(facts, streak),
        )


def _stopper(facts: Facts, streak: Streak) -> Credit | None:
    """The author of the reply that ended a streak, or whoever the resolution is credited to."""
    if streak.reply is not None:
        return of_author(streak.reply)
    turns = [t for t in facts.turns if t.kind == "resolution" and t.at == streak.ended_at]
    return turns[0].credit if streak.ended_by == "resolution" else None


def _state_clocks(facts: Facts) -> Iterator[Clock]:
    """A clock for each metric of states, over at the last resolution while it stands.

    One that never ran by then was over at its start, the creation: a target that came later was
    none of its. It too is credited to the resolution that stands.
    """
    told = facts.history
    last = facts.turns[-1] if facts.turns else None
    standing = last if last is not None and last.kind == "resolution" else None
    for metric, statuses in STATES_COUNTED.items():
        running = Clock(told, metric, 1, None, statuses, told.created_at, None, None)
        if standing is None:
            yield running
            continue
        never_ran = not running.counted(standing.at, "calendar")
        over_at = told.created_at if never_ran else standing.at
        yield Clock(told, metric, 1, None, statuses, told.created_at, over_at, standing.credit)


# Targets that take effect


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a clock's life, [since, until), under one target or none."""

    since: datetime
    until: datetime
    target: Target | None


def _stretches(clock: Clock, configuration: Configuration, judged_at: datetime) -> list[Stretch]:
    """A clock's life cut where another target takes effect.

    A target counts from the clock's start on when it is the one of that instant, else when it takes
    effect strictly before the clock is over; so one of the instant of the reply, resolution, merge
    or deletion comes too late. Of a clock that goes on, what takes effect at the instant at which
    it is judged counts.
    """
    end = clock.over_at or clock.history.ended_at
    until = end or judged_at
    line = targets(clock.history, configuration, clock.metric)
    changes = {at for at, _ in line.steps} | {at for at, _ in clock.history.status.steps}
    inside = [
        at
        for at in sorted(changes)
        if clock.started_at < at and (at < until or (end is None and at == until))
    ]
    took_effect = [at for at in (clock.started_at, *inside) if _takes_effect(clock, at)]
    in_force = line_of([(at, line.at(at)) for at in took_effect]).steps
    ends = [*(since for since, _ in in_force[1:]), until]
    return [Stretch(since, to, held) for (since, held), to in zip(in_force, ends, strict=True)]


def _takes_effect(clock: Clock, at: datetime) -> bool:
    """Whether a change of target takes effect when it is made.

    Of a clock of states, not while the ticket is resolved, the resolution's instant included: it
    waits for the reopening. At the clock's start the target of the instant holds, resolved or not.
    While the clock is only paused, or the ticket deleted, a change takes effect at once.
    """
    is_resolved = clock.history.status.at(at) not in UNRESOLVED
    return clock.statuses is None or at == clock.started_at or not is_resolved


# Verdicts


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a clock, by which target (in force since then), and when it was breached."""

    state: State
    target: Target
    since: datetime
    breached_at: datetime | None = None


def _judge(clock: Clock, stretches: list[Stretch]) -> Verdict | None:
    """What became of a clock; None when it never had a target.

    It breaches in the first stretch in which it exceeds the target: at the stretch's start when it
    had already, else where it reached the target, but not before the target was in force. So where
    the new target equals what had elapsed, it breaches when it runs on, dated when the target took
    effect. No policy that matches any more is as good as a target cleared.
    """
    under_target = [
        Verdict("active", one.target, one.since) for one in stretches if one.target is not None
    ]
    if not under_target:
        return None
    for one in stretches:
        if (
            one.target is not None
            and clock.elapsed(one.until, one.target.hours) > one.target.amount
        ):
            reached = clock.reached(one.target, one.until) or one.since
            return Verdict("breached", one.target, one.since, max(reached, one.since))
    last = under_target[-1]
    if stretches[-1].target is None:
        return Verdict("cancelled", last.target, last.since)
    if clock.over_at is not None:
        return Verdict("met", last.target, last.since)
    if clock.history.ended_at is not None:
        return Verdict("cancelled", last.target, last.since)
    return last


def _due_at(clock: Clock, verdict: Verdict, judged_at: datetime) -> datetime | None:
    """When elapsed reaches the target in force, if all stays as it is.

    Of a breached one: when it breached. Of a met one as it stood just before it was over. Reached
    already but not exceeded: then, not before the target was in force. NULL while paused, cancelled
    or never reached; what is closed by its calendar is not paused. The rest is counted in the
    calendar of the instant from which it is.
    """
    if verdict.state in ("breached", "cancelled"):
        return verdict.breached_at
    at = stood_at = judged_at
    if clock.over_at is not None:
        at = clock.over_at
        stood_at = max(clock.started_at, at - MICROSECOND)
    if not clock.runs_at(stood_at):
        return None
    reached = clock.reached(verdict.target, at)
    if reached is not None:
        return max(reached, verdict.since)
    left = verdict.target.amount - clock.elapsed(at, verdict.target.hours)
    if verdict.target.hours == "calendar":
        return at + left
    calendars = clock.history.calendars
    return calendars.by_id[calendars.of(clock.history, stood_at)].reaching(at, left)


def _instance(facts: Facts, clock: Clock, verdict: Verdict, judged_at: datetime) -> Instance:
    told, target = facts.history, verdict.target
    is_decided = verdict.state in ("met", "breached")
    outcome_at = (verdict.breached_at or clock.over_at) if is_decided else None
    elapsed = None
    if is_decided and clock.over_at is not None:
        elapsed = whole_seconds(clock.elapsed(clock.over_at, target.hours))
    is_running = verdict.state != "cancelled" and clock.over_at is None and told.ended_at is None
    running = clock.elapsed(judged_at, target.hours) if is_running else None
    left = target.amount - running if running is not None and verdict.state == "active" else None
    at_risk = max(target.amount / RISK_SHARE, RISK_FLOOR)
    return Instance(
        source=told.log.source,
        ticket_id=told.log.ticket_id,
        ticket_key=facts.ticket_key,
        metric=clock.metric,
        activation=clock.activation,
        streak_number=clock.streak_number,
        policy_id=target.policy_id,
        hours=target.hours,
        target_seconds=target.target_seconds,
        started_at=clock.started_at,
        state=verdict.state,
        due_at=_due_at(clock, verdict, judged_at),
        breached_at=verdict.breached_at,
        over_at=clock.over_at,
        elapsed_seconds=elapsed,
        account_id=_account(clock, verdict),
        team_id=told.team.at(outcome_at) if outcome_at else told.team.last,
        channel=told.channel.at(outcome_at) if outcome_at else told.channel.last,
        priority=told.priority.at(outcome_at) if outcome_at else told.priority.last,
        running_seconds=whole_seconds(running) if running is not None else None,
        remaining_seconds=whole_seconds(left) if left is not None else None,
        is_at_risk=left < at_risk if left is not None else None,
    )


def _account(clock: Clock, verdict: Verdict) -> str | None:
    """Who stopped the clock, else (also where that is nobody) the assignee when it breached.

    An active or cancelled one is credited to nobody.
    """
    if verdict.state not in ("met", "breached"):
        return None
    if clock.stopped_by is not None:
        return clock.stopped_by.account
    return clock.history.assignee.at(verdict.breached_at) if verdict.breached_at else None
