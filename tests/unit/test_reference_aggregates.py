"""The rollups of hand-made tickets (METRICS.md § 4), days and hours, and the figures in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.reference.aggregates import (
    SPEEDS,
    Promises,
    Touches,
    by_agent,
    by_channel,
    everything,
    promises,
    speed,
    touches,
    up_to,
    volume,
    work,
)
from tests.reference.backlog import backlog_at, backlog_by_bucket, seconds_by_bucket, standing_at
from tests.reference.buckets import Grain, bucket_of, buckets
from tests.reference.calendars import Calendar, Calendars, Weekly
from tests.reference.configuration import AgentRow, Configuration, TeamRow
from tests.reference.distribution import distribution, percentile, rounded, wilson
from tests.reference.hand_made import (
    PLAIN,
    Event,
    assigned,
    at,
    cleared,
    created,
    dated,
    event,
    known,
    message,
    offer,
    only,
    rating,
    reply,
    status,
    target,
)
from tests.reference.measurements import TOUCH_CLASSES
from tests.reference.spans import MICROSECOND

# Aggregates


def test_a_ticket_resolved_twice_in_a_day_is_one_ticket_and_two_events() -> None:
    log = created(), status(1, "solved"), status(2, "open"), status(3, "solved")
    whole = volume(dated(*log), by_channel("day", "UTC"))
    assert list(whole) == [(datetime(2026, 3, 2, tzinfo=UTC), "unknown", "none")]
    (cell,) = whole.values()
    assert (cell.tickets_resolved, cell.resolution_events, cell.net_flow) == (1, 2, 0)
    assert cell.reopen_rate == 1
    before = volume(up_to(dated(*log), at(1)), everything)[None]
    assert (before.first_resolved, before.reopened) == (1, 0)


def test_requesters_are_distinct_within_their_source() -> None:
    log = [
        {**created(requester_id=who), "source": source, "ticket_id": number}
        for source, number, who in (
            ("s", "1", "c"),
            ("s", "2", "c"),
            ("t", "1", "c"),
            ("t", "2", None),
        )
    ]
    assert volume(dated(*log), everything)[None].requesters == 2


def test_handled_are_tickets_replied_to_or_resolved_and_each_once() -> None:
    log = created(), reply(1), status(2, "solved", "agent:a"), status(3, "open"), message(4)
    found = work(dated(*log, reply(6, "b")), lambda one: one.agent_id)
    assert (found["s:a"].tickets_handled, found["s:b"].tickets_handled) == (1, 1)
    assert found["s:a"].avg_response_time == Decimal(60)
    assert found["s:b"].avg_response_time == Decimal(120)
    assert (found["s:a"].resolutions, found["s:b"].resolutions) == (1, 0)
    assert (found["s:a"].reopens, found["s:a"].resolved_tickets) == (1, 0)


def test_who_resolves_a_ticket_twice_resolved_one_ticket() -> None:
    log = created(), status(1, "solved", "agent:a"), status(2, "open")
    found = work(dated(*log, status(3, "solved", "agent:a")), by_agent("day", "UTC"))
    assert [(cell.tickets_resolved, cell.resolutions) for cell in found.values()] == [(1, 2)]


def test_next_reply_leaves_out_the_wait_since_the_first_message() -> None:
    found = dated(created(), reply(1), message(2), reply(5))
    assert speed(found, "next_reply", everything)[None].mean == 180
    assert speed(found, "reply_wait", everything)[None].mean == 120
    assert speed(found, "first_reply", everything)[None].mean == 60


def test_an_event_at_the_instant_is_not_yet_in_the_backlog() -> None:
    found = dated(created(), status(5, "solved"))
    standing = [sum(backlog_at(found, at(m), everything).values()) for m in (0, 1, 5, 6)]
    assert standing == [0, 1, 1, 0]
    by_hour = backlog_by_bucket(dated(created()), "hour", "UTC", at(120), everything)
    assert by_hour == {(at(0), None): 1, (at(60), None): 1}


def test_the_backlog_moves_to_another_team_of_the_house_at_the_start_of_its_day() -> None:
    teams = (TeamRow("s", "t", "billing"), TeamRow("s", "t", "payments", date(2026, 3, 3)))
    house = Configuration("Australia/Lord_Howe", teams=teams)
    found = dated(created(team_id="t"), configuration=house)
    midnight = at(60)
    assert backlog_at(found, midnight, lambda one: one.team_id) == {"billing": 1}
    assert backlog_at(found, at(61), lambda one: one.team_id) == {"payments": 1}


@pytest.mark.parametrize(
    ("minute", "band"),
    [
        (239, "< 4 h"),
        (240, "< 1 d"),
        (1440, "< 3 d"),
        (4320, "< 7 d"),
        (10080, "< 30 d"),
        (43200, "more"),
    ],
)
def test_the_age_of_a_ticket_in_the_backlog(minute: int, band: str) -> None:
    (standing,) = standing_at([known(created())], at(minute), PLAIN)
    assert standing.age_band == band


def test_time_in_each_status_is_cut_at_the_bounds_of_the_day() -> None:
    found = seconds_by_bucket(
        [known(created(), status(721, "pending"))], "day", "UTC", at(722), "status"
    )
    first, second = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    assert found == {(first, "new"): 43200, (second, "new"): 60, (second, "pending"): 60}


def test_a_cell_names_bucket_channel_or_person_and_team_and_none_is_missing() -> None:
    log = created(channel="chat", team_id="t"), reply(1), event("public_reply", 61, "agent")
    replies = [one for one in dated(*log) if one.metric == "agent_reply"]
    teamless = [replace(one, team_id=None) for one in replies]
    by_person = [by_agent("hour", "UTC")(one) for one in (*replies, *teamless)]
    assert by_person == [
        (at(0), "s:a", "s:t"),
        (at(60), "none", "s:t"),
        (at(0), "s:a", "none"),
        (at(60), "none", "none"),
    ]
    by_creation = [by_channel("hour", "UTC", "creation")(one) for one in replies]
    assert by_creation == [(at(0), "chat", "s:t")] * 2
    assert by_channel("hour", "UTC")(teamless[1]) == (at(60), "chat", "none")


def test_each_speed_is_of_its_own_measurements() -> None:
    log = created(), event("public_reply", 1, "bot:b"), assigned(2, "a"), reply(3)
    later = status(4, "solved"), status(5, "open"), message(6), reply(7), status(8, "solved")
    found = dated(*log, *later)
    means = {what: speed(found, what, everything)[None].mean for what in SPEEDS}
    assert means == {
        "first_reply": Decimal(180),
        "next_reply": Decimal(60),
        "reply_wait": Decimal(120),
        "first_response_any": Decimal(60),
        "first_assignment": Decimal(120),
        "first_resolution": Decimal(240),
        "full_resolution": Decimal(480),
    }


def test_speeds_stand_in_opening_hours_too() -> None:
    office = Calendar("UTC", (Weekly(0, (time(12), time(12, 3))), Weekly(0, (time(13), time(14)))))
    log = created(), event("public_reply", 1, "bot:b"), assigned(2, "a"), reply(61), message(62)
    later = reply(64), status(65, "solved"), status(66, "open"), status(130, "solved")
    house = Configuration(calendars=Calendars("office", {"office": office}))
    found = dated(*log, *later, configuration=house)
    means = {
        what: cells[None].mean
        for what in SPEEDS
        if (cells := speed(found, what, everything, "business"))
    }
    assert means == {
        "first_reply": 4 * 60,
        "next_reply": 2 * 60,
        "reply_wait": 3 * 60,
        "first_resolution": 8 * 60,
        "full_resolution": 63 * 60,
    }
    assert speed(found, "full_resolution", everything)[None].mean == 130 * 60


# Quality


def test_a_touch_class_is_of_the_last_resolution_and_credited_like_it() -> None:
    log = created(), reply(1), status(2, "solved", "agent:a"), status(3, "open"), message(4)
    found = dated(*log, reply(61, "b"), status(62, "solved", "agent:b"))
    (cell,) = touches(found, by_agent("hour", "UTC"))
    assert cell == (at(60), "s:b", "none")
    assert touches(found, everything)[None] == Touches(zero=0, one=0, two=1, multi=0)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_the_touch_class_goes_by_how_many_touches_there_were(count: int) -> None:
    told = [(message(10 * n), reply(10 * n + 1)) for n in range(1, count + 1)]
    found = dated(created(), *(one for pair in told for one in pair), status(60, "solved"))
    (one,) = [one.metric for one in found if one.metric in TOUCH_CLASSES]
    assert one == TOUCH_CLASSES[min(count, 3)]


@pytest.mark.parametrize(
    "log",
    [
        (created(), reply(1)),
        (created(), reply(1), status(2, "solved"), status(3, "open")),
        (created(actor="agent:a"), reply(1), status(2, "solved")),
        (created(), reply(1), status(2, "solved"), event("merged", 3, to_value="2")),
        (created(), reply(1), status(2, "solved"), event("deleted", 3)),
    ],
    ids=["unresolved", "reopened", "without a customer", "merged", "deleted"],
)
def test_what_is_not_resolved_or_does_not_count_has_no_touch_class(log: tuple[Event, ...]) -> None:
    assert touches(dated(*log), everything) == {}


def test_a_rating_that_nobody_is_credited_with_is_told_at_the_offer() -> None:
    found = dated(created(), offer(1), rating(5, 1))
    assert only("csat_uncredited", found).at == at(1)
    credited = dated(created(), reply(1), offer(2), rating(5, 1))
    unrated = dated(created(), offer(1))
    assert "csat_uncredited" not in {one.metric for one in (*credited, *unrated)}


# Promises


def test_a_met_promise_is_dated_when_it_was_over_and_is_of_who_kept_it() -> None:
    log = created(team_id="t"), target(0, "first_reply", 300), assigned(1, "b")
    moved = (
        event("team_changed", 4, to_value="u"),
        reply(5, "a"),
        assigned(6, "c"),
        status(7, "open"),
    )
    one = only("sla_met", dated(*log, *moved))
    assert (one.at, one.sla_metric, one.agent_id) == (at(5), "first_reply", "s:a")
    assert (one.team_id, one.status, one.value) == ("s:u", "new", 1)


def test_a_broken_promise_is_dated_at_the_breach_and_is_of_who_ended_it() -> None:
    log = created(team_id="t"), target(0, "first_reply", 120), assigned(1, "b")
    moved = event("team_changed", 4, to_value="u"), reply(5, "a")
    one = only("sla_breached", dated(*log, *moved))
    assert (one.at, one.agent_id, one.team_id) == (at(2), "s:a", "s:t")
    unanswered = only("sla_breached", dated(*log, *moved[:1]))
    assert (unanswered.at, unanswered.agent_id) == (at(2), "s:b")


def test_whoever_is_credited_with_a_promise_is_the_person_of_when_it_was_over() -> None:
    rows = AgentRow("s", "a", "ann"), AgentRow("s", "a", "bob", valid_from=date(2026, 3, 3))
    house = Configuration(agents=rows)
    log = created(), target(0, "first_reply", 120), assigned(1, "a")
    late = only("sla_breached", dated(*log, reply(721), configuration=house))
    unanswered = only("sla_breached", dated(*log, reply(721, "a", via_automation=True)))
    assert (late.agent_id, late.at) == ("bob", at(2))
    assert unanswered.agent_id == "s:a"
    standing = dated(*log, configuration=house, as_of=at(2000))
    assert only("sla_breached", standing).agent_id == "ann"


def test_a_breach_that_no_event_tells_of_counts_from_the_instant_after_it_was_due() -> None:
    log = created(), target(0, "first_reply", 600)
    due = [dated(*log, as_of=as_of) for as_of in (None, at(10))]
    assert [promises(found, everything) for found in due] == [{}, {}]
    after = dated(*log, as_of=at(10) + MICROSECOND)
    assert only("sla_breached", after).at == at(10)
    (cell,) = promises(after, by_channel("hour", "UTC"))
    assert cell == (at(0), "unknown", "none")


def test_what_was_breached_before_an_as_of_counts_though_it_was_known_only_later() -> None:
    log = created(), target(0, "first_reply", 600), reply(60)
    early = up_to(dated(*log, as_of=at(5)), at(5))
    assert promises(early, everything) == {}
    between = up_to(dated(*log, as_of=at(30)), at(30))
    assert only("sla_breached", between).agent_id == "s:a"


def test_achievement_is_of_what_was_met_or_breached_alone() -> None:
    met = target(0, "first_reply", 300), target(0, "requester_wait", 3600)
    rest = target(0, "agent_work", 60), target(0, "next_reply", 600)
    log = created(), *met, *rest, reply(5), status(6, "solved"), status(7, "open"), message(7)
    whole = promises(dated(*log), everything)[None]
    # The wait goes on again, and the message is not answered yet.
    assert (whole.met, whole.breached, whole.achievement) == (1, 1, Decimal("0.500000"))
    assert Promises(met=1, breached=2).achievement == Decimal("0.333333")
    assert Promises(met=0, breached=0).achievement is None


def test_a_promise_that_was_taken_back_is_neither_met_nor_broken() -> None:
    log = created(), target(0, "first_reply", 300), cleared(4, "first_reply"), reply(5)
    assert [one for one in dated(*log) if one.sla_metric] == []


@pytest.mark.parametrize("end", [event("merged", 9, to_value="2"), event("deleted", 9)])
def test_a_merged_or_deleted_ticket_has_no_promises(end: Event) -> None:
    log = created(), target(0, "first_reply", 300), target(0, "agent_work", 60), reply(5)
    assert promises(dated(*log, end), everything) == {}


def test_time_without_an_assignee_is_with_none() -> None:
    found = seconds_by_bucket(
        [known(created(), assigned(1, "a"))], "day", "UTC", at(3), "assignee_id"
    )
    day = datetime(2026, 3, 2, tzinfo=UTC)
    assert found == {(day, "none"): 60, (day, "a"): 120}


def test_nothing_ever_entered_leaves_no_backlog() -> None:
    assert backlog_by_bucket([], "day", "UTC", at(0), everything) == {}


# Days, hours and figures


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("America/Havana", "2026-03-08", 23),
        ("America/Havana", "2025-11-02", 25),
        ("Africa/Cairo", "2026-04-24", 23),
        ("UTC", "2026-03-08", 24),
        ("Asia/Kolkata", "2026-03-08", 24),
    ],
)
def test_a_day_has_the_hours_of_its_zone(zone: str, day: str, hours: int) -> None:
    noon = datetime.fromisoformat(f"{day}T17:00:00+00:00")
    start = bucket_of(noon, "day", zone)
    end = min(b for b in buckets(start, start + timedelta(hours=26), "day", zone) if b > start)
    assert end - start == timedelta(hours=hours)
    assert len(list(buckets(start, end - timedelta(seconds=1), "hour", zone))) == hours


def test_half_an_hour_back_leaves_half_an_hour_of_its_own() -> None:
    change = datetime(2026, 4, 4, 15, tzinfo=UTC)
    hours = list(
        buckets(
            change - timedelta(hours=1), change + timedelta(hours=1), "hour", "Australia/Lord_Howe"
        )
    )
    assert [str(hour.time()) for hour in hours] == ["14:00:00", "15:00:00", "15:30:00"]


@pytest.mark.parametrize("grain", ["hour", "day"])
def test_the_last_microsecond_of_a_bucket_is_in_it(grain: Grain) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    before = midnight - timedelta(microseconds=1)
    assert bucket_of(before, grain, "UTC") < bucket_of(midnight, grain, "UTC") == midnight
    assert midnight in buckets(before, midnight, grain, "UTC")


def test_percentiles_lie_between_values_in_proportion_and_are_rounded_once() -> None:
    assert percentile([40, 10, 20, 30], Fraction(1, 2)) == 25
    assert percentile([10, 20, 40], Fraction(9, 10)) == 36
    assert percentile([], Fraction(1, 2)) is None
    spread = distribution(range(0, 1001, 10))
    assert (spread.median, spread.p75) == (Decimal(500), Decimal(750))
    assert (spread.p90, spread.p95) == (Decimal(900), Decimal(950))
    found = distribution([1, 1, 2])
    assert (found.mean, found.median) == (Decimal("1.333333"), Decimal(1))
    assert rounded(Fraction(1, 2_000_000)) == Decimal("0.000001")
    assert rounded(Fraction(-1, 2_000_000)) == Decimal("-0.000001")


def test_the_wilson_interval_of_a_share() -> None:
    # 1 of 2 with z = 1.96: centre 0.5, half width 1.96·√(1/8 + 3.8416/16) ÷ (1 + 3.8416/2).
    assert wilson(1, 2) == (Decimal("0.094529"), Decimal("0.905471"))
    assert wilson(0, 0) is None
