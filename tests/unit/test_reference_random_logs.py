"""On random logs the reference agrees with itself wherever a number can be had by two roads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise, product
from random import Random

import pytest

from tests.reference.aggregates import by_agent, by_channel, everything, speed, volume, work
from tests.reference.backlog import backlog_at, backlog_by_bucket, seconds_by_bucket, standing_at
from tests.reference.buckets import Grain, bucket_end, bucket_of
from tests.reference.configuration import Configuration
from tests.reference.events import read
from tests.reference.facts import Facts, facts_of
from tests.reference.measurements import Measurement, measurements
from tests.reference.random_logs import (
    HOURS,
    METRICS,
    Record,
    configuration_files,
    random_configuration,
    random_log,
    window_of,
)
from tests.reference.sla import Instance, sla_instances
from tests.reference.spans import MICROSECOND, Span, exact_seconds, measure, whole_seconds
from tests.reference.tickets import Ticket, ticket

SEEDS = range(16)
TYPES = {
    *("ticket_created", "public_reply", "internal_note", "status_changed", "priority_changed"),
    *("channel_changed", "assignee_changed", "team_changed", "calendar_changed", "tag_added"),
    *("tag_removed", "csat_offered", "csat_rated", "nps_rated", "ces_rated", "qa_reviewed"),
    *("sla_target_set", "sla_target_cleared", "merged", "deleted", "restored", "redacted"),
    "agent_state_changed",
}


def known_of(seed: int) -> tuple[tuple[Facts, ...], Configuration]:
    configuration = random_configuration(seed)
    return facts_of(read(random_log(seed)), configuration), configuration


def rows_of(log: list[Record], seed: int) -> list[Ticket]:
    return [ticket(facts) for facts in facts_of(read(log), random_configuration(seed))]


def key_of(event: Record) -> tuple[object, ...]:
    return event["source"], event.get("ticket_id"), event["event_id"]


def test_a_seed_gives_the_same_log_and_configuration_again_and_another_seed_another() -> None:
    assert random_log(3) == random_log(3) != random_log(11)
    assert random_configuration(3) == random_configuration(3) != random_configuration(11)
    assert len(read(random_log(3, tickets=5))) == 5


def test_the_logs_hold_every_type_of_event_within_their_window() -> None:
    log = [(window_of(seed), event) for seed in SEEDS for event in random_log(seed)]
    assert {event["type"] for _, event in log} == TYPES
    for window, event in log:
        assert window.start < datetime.fromisoformat(event["occurred_at"]) < window.end


def test_the_logs_deliver_again_with_equal_and_with_other_content() -> None:
    redelivered = Counter[str]()
    for seed in SEEDS:
        firsts: dict[tuple[object, ...], Record] = {}
        for event in random_log(seed):
            first = firsts.setdefault(key_of(event), event)
            if first is not event:
                redelivered["equal" if first == event else "conflict"] += 1
    assert min(redelivered["equal"], redelivered["conflict"]) > len(SEEDS)


def test_the_files_of_a_configuration_have_a_line_for_each_row() -> None:
    configuration = random_configuration(5)
    files = configuration_files(configuration)
    assert len(files["agents.csv"].splitlines()) == 1 + len(configuration.agents) > 5
    assert len(files["teams.csv"].splitlines()) == 1 + len(configuration.teams) > 2


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_depends_on_the_order_of_arrival_but_which_of_a_key_was_first(seed: int) -> None:
    log = random_log(seed)
    firsts = list({key_of(event): event for event in reversed(log)}.values())
    again = list(log)
    Random(seed).shuffle(firsts)
    Random(-seed).shuffle(again)
    assert rows_of(firsts, seed) == rows_of(firsts + again, seed) == rows_of(log, seed)


def joined(spans: list[Span]) -> tuple[Span, ...]:
    """The spans, each joined with the one that begins where it ends."""
    whole: list[Span] = []
    for span in spans:
        if whole and whole[-1].end == span.start:
            whole[-1] = Span(whole[-1].start, span.end)
        else:
            whole.append(span)
    return tuple(whole)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_intervals_tile_the_life_of_a_ticket(seed: int) -> None:
    for facts in known_of(seed)[0]:
        told, stretches = facts.history, facts.intervals
        closed = [Span(i.valid_from, i.valid_to) for i in stretches if i.valid_to]
        end = told.ended_at or stretches[-1].valid_from
        assert all(span.start < span.end for span in closed)
        assert joined(closed) == told.alive(told.created_at, end)
        assert len(stretches) - len(closed) == (told.ended_at is None)
        total = sum(i.duration_calendar_seconds or 0 for i in stretches)
        assert total == exact_seconds(told.elapsed(told.created_at, end))


@pytest.mark.parametrize("seed", SEEDS)
def test_neighbouring_intervals_differ_and_none_is_missing_a_change(seed: int) -> None:
    for facts in known_of(seed)[0]:
        for left, right in pairwise(facts.intervals):
            values = [
                (i.status, i.assignee_id, i.team_id, i.priority, i.channel) for i in (left, right)
            ]
            assert values[0] != values[1] or left.valid_to != right.valid_from


@pytest.mark.parametrize("seed", SEEDS)
def test_streaks_follow_each_other_and_only_the_last_may_be_open(seed: int) -> None:
    for facts in known_of(seed)[0]:
        assert [s.streak_number for s in facts.streaks] == list(range(1, len(facts.streaks) + 1))
        for left, right in pairwise(facts.streaks):
            assert left.ended_at is not None
            assert left.waiting_since <= left.ended_at <= right.waiting_since
        first_waits = [s for s in facts.streaks if s.is_first]
        assert len(first_waits) <= 1
        if first_waits and first_waits[0].reply and facts.first_reply:
            assert first_waits[0].reply == facts.first_reply


@pytest.mark.parametrize("seed", SEEDS)
def test_the_backlog_is_one_number_by_both_roads_at_every_instant(seed: int) -> None:
    known, configuration = known_of(seed)
    dated = measurements(known, configuration)

    def cell(one: Measurement) -> Hashable:
        person, team, priority = one.agent_id, one.team_id, one.priority
        return person or "none", team or "none", one.channel, priority or "none", one.status

    events = {one.at for one in dated}
    after = {at + MICROSECOND for at in events}
    days = {
        bucket_end(bucket_of(at, "day", configuration.zone), "day", configuration.zone)
        for at in events
    }
    for instant in events | after | days:
        stood = Counter[Hashable](
            (one.agent_id, one.team_id, one.channel, one.priority, one.status)
            for one in standing_at(known, instant, configuration)
        )
        assert backlog_at(dated, instant, cell) == stood


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("grain", ["hour", "day"])
def test_both_date_bases_sum_to_the_tickets_own_counts(seed: int, grain: Grain) -> None:
    known, configuration = known_of(seed)
    dated = measurements(known, configuration)
    rows = [ticket(facts) for facts in known]
    counted = [row for row in rows if row.is_countable]
    own = {
        "volume": len(counted),
        "resolution_events": sum(row.resolution_count for row in counted),
        "reopens": sum(row.reopen_count for row in counted),
        "customer_messages": sum(row.customer_message_count for row in counted),
        "agent_replies": sum(row.agent_reply_count for row in counted),
        "automated_replies": sum(row.automated_reply_count for row in counted),
        "internal_notes": sum(row.internal_note_count for row in counted),
        "first_resolved": sum(row.first_resolved_at is not None for row in counted),
        "reopened": sum(row.reopen_count > 0 for row in counted),
        "merged": sum(row.is_merged for row in rows),
        "deleted": sum(row.is_deleted for row in rows),
    }
    for group in (
        by_channel(grain, configuration.zone),
        by_channel(grain, configuration.zone, "creation"),
        by_agent(grain, configuration.zone),
        everything,
    ):
        cells = volume(dated, group).values()
        assert {name: sum(getattr(cell, name) for cell in cells) for name in own} == own


@pytest.mark.parametrize("seed", SEEDS)
def test_the_work_of_agents_sums_to_the_tickets_own_counts(seed: int) -> None:
    known, configuration = known_of(seed)
    dated = measurements(known, configuration)
    counted = [facts for facts in known if facts.history.is_countable]
    cells = work(dated, by_agent("day", configuration.zone)).values()
    waits = [s.wait_calendar_seconds for facts in counted for s in facts.streaks if s.reply]
    assert sum(cell.replies for cell in cells) == sum(ticket(f).agent_reply_count for f in counted)
    assert sum(cell.responses for cell in cells) == len(waits)
    totals = speed(dated, "reply_wait", by_agent("day", configuration.zone)).values()
    assert sum(cell.total for cell in totals) == sum(wait or 0 for wait in waits)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_backlog_by_bucket_ends_with_the_backlog_of_the_end(seed: int) -> None:
    known, configuration = known_of(seed)
    dated = measurements(known, configuration)
    until = bucket_of(window_of(seed).end, "day", configuration.zone)
    by_day = backlog_by_bucket(dated, "day", configuration.zone, until, everything)
    last = bucket_of(until - MICROSECOND, "day", configuration.zone)
    assert by_day.get((last, None), 0) == len(standing_at(known, until, configuration))


@pytest.mark.parametrize("seed", SEEDS)
def test_time_in_each_status_is_that_of_the_tickets_lives(seed: int) -> None:
    known, configuration = known_of(seed)
    as_of = window_of(seed).end
    lives = [
        piece
        for facts in known
        if facts.history.is_countable
        for piece in facts.history.alive(facts.history.created_at, as_of)
    ]
    statuses = len({i.status for facts in known for i in facts.intervals})
    by_day = seconds_by_bucket(known, "day", configuration.zone, as_of, "status")
    lost = whole_seconds(measure(lives)) - sum(by_day.values())
    assert 0 <= lost <= len(by_day)
    assert len({status for _, status in by_day}) <= statuses


# SLA


SOON = timedelta(days=60)
WEEK_AND_MORE = timedelta(days=9)


def instances_of(seed: int, tickets: int = 8) -> list[tuple[Facts, Instance]]:
    configuration = random_configuration(seed)
    known = facts_of(read(random_log(seed, tickets)), configuration)
    return [(facts, one) for facts in known for one in sla_instances(facts, configuration)]


def test_every_metric_is_in_every_state_and_every_state_in_both_hours() -> None:
    states = ("met", "breached", "cancelled", "active")
    found = [one for seed in range(8) for _, one in instances_of(seed, tickets=60)]
    assert {(one.metric, one.state) for one in found} == set(product(METRICS, states))
    assert {(one.state, one.hours) for one in found} == set(product(states, HOURS))


def without_dates(configuration: Configuration) -> Configuration:
    """The same, but that nothing changes after a ticket's last event."""
    policies = (row for row in configuration.policies if row.valid_from is None)
    teams = (row for row in configuration.teams if row.valid_from is None)
    return replace(configuration, policies=tuple(policies), teams=tuple(teams))


@pytest.mark.parametrize("seed", SEEDS)
def test_only_clocks_that_go_on_depend_on_the_as_of_and_breach_once_past_their_due_instant(
    seed: int,
) -> None:
    configuration = without_dates(random_configuration(seed))
    for facts in facts_of(read(random_log(seed)), configuration):

        def judged(facts: Facts, as_of: datetime | None = None) -> dict[Hashable, Instance]:
            found = sla_instances(facts, configuration, as_of)
            return {(one.metric, one.activation): one for one in found}

        last_at = facts.history.last_at
        later = judged(facts, last_at + WEEK_AND_MORE)
        for key, one in judged(facts).items():
            if one.state in ("met", "cancelled"):
                assert later[key] == one
            elif one.state == "breached" or one.due_at is None:
                assert replace(later[key], running_seconds=None, is_at_risk=None) == replace(
                    one, running_seconds=None, is_at_risk=None
                )
            elif one.due_at < last_at + SOON:
                due = judged(facts, one.due_at)[key]
                assert (due.state, due.due_at) == ("active", one.due_at)
                passed = judged(facts, max(one.due_at, last_at) + WEEK_AND_MORE)[key]
                assert (passed.state, passed.breached_at) == ("breached", one.due_at)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_over_kept_to_its_target_or_exceeded_it(seed: int) -> None:
    for facts, one in instances_of(seed):
        assert (one.breached_at is not None) == (one.state == "breached")
        if one.breached_at is not None:
            assert one.due_at == one.breached_at >= one.started_at
            assert one.breached_at <= (one.over_at or facts.history.ended_at or one.breached_at)
        if one.elapsed_seconds is not None:
            assert one.state in ("met", "breached")
            met, left = one.state == "met", one.target_seconds - one.elapsed_seconds
            assert left >= 0 if met else left <= 0
        if one.state == "met" and one.due_at is not None and one.over_at is not None:
            assert one.due_at >= one.over_at or one.elapsed_seconds == one.target_seconds
        if one.state == "active":
            assert one.over_at is None
            assert facts.history.ended_at is None
            assert one.running_seconds is not None
            assert one.remaining_seconds is not None
            total = one.running_seconds + one.remaining_seconds
            assert one.target_seconds - 1 <= total <= one.target_seconds


@pytest.mark.parametrize("seed", SEEDS)
def test_clocks_count_what_tickets_and_streaks_say_in_both_hours(seed: int) -> None:
    """What is over has counted what the columns of tickets and streaks say of the same time."""
    for facts, one in instances_of(seed):
        if one.elapsed_seconds is None:
            continue
        if one.streak_number is not None:
            streak = facts.streaks[one.streak_number - 1]
            waited = getattr(streak, f"wait_{one.hours}_seconds")
            assert streak.reply is None or waited == one.elapsed_seconds
        elif one.metric in ("requester_wait", "agent_work"):
            row = ticket(facts)
            assert getattr(row, f"{one.metric}_{one.hours}_seconds") == one.elapsed_seconds
