"""Each rule and state of METRICS.md § 5 on one small ticket, with its answer worked out.

Minutes count from noon UTC of Monday, 2 March 2026; targets are in seconds.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest

from tests.reference.calendars import Calendar, Calendars, Weekly
from tests.reference.configuration import Configuration, PolicyRow, TeamRow
from tests.reference.hand_made import (
    PLAIN,
    Event,
    assigned,
    at,
    cleared,
    created,
    event,
    known,
    message,
    reply,
    status,
    target,
)
from tests.reference.sla import Instance, sla_instances

MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
MIDNIGHT = 12 * 60


def judged(
    *log: Event, until: float | None = None, configuration: Configuration = PLAIN
) -> tuple[Instance, ...]:
    as_of = None if until is None else at(until)
    return sla_instances(known(*log, configuration=configuration), configuration, as_of)


def only(*log: Event, until: float | None = None, configuration: Configuration = PLAIN) -> Instance:
    (instance,) = judged(*log, until=until, configuration=configuration)
    return instance


def verdict(instance: Instance) -> tuple[str, datetime | None, int | None]:
    return instance.state, instance.breached_at, instance.elapsed_seconds


def policies(*rows: PolicyRow, zone: str = "UTC") -> Configuration:
    return Configuration(zone, policies=rows)


def policy(position: int, seconds: int, metric: str = "resolution", **given: Any) -> PolicyRow:
    return PolicyRow(position, f"p{position}", metric, "calendar", seconds, **given)


def changed(minute: float, what: str, value: str | None, **fields: Any) -> Event:
    return event(f"{what}_changed", minute, to_value=value, **fields)


def hours(*opens: tuple[int, int], zone: str = "UTC") -> Calendar:
    """Open on Mondays and Tuesdays from hour to hour."""
    return Calendar(
        zone,
        tuple(Weekly(day, (time(start), time(end))) for day in (0, 1) for start, end in opens),
    )


OFFICE = Configuration(
    calendars=Calendars("early", {"early": hours((8, 13)), "late": hours((12, 20))})
)
"""By default open on Monday until minute 60, and on Tuesday from minute 1200."""


# Rows and clocks


def test_a_metric_that_never_had_a_target_has_no_row() -> None:
    assert judged(created(), reply(5), status(6, "solved"), cleared(0, "resolution")) == ()


def test_the_streak_that_starts_at_the_first_message_is_first_reply_and_each_other_next_reply() -> (
    None
):
    targets = target(0, "first_reply", 600), target(0, "next_reply", 600)
    found = judged(created(), reply(1), message(2), reply(3), message(4), *targets)
    assert [(one.metric, one.activation, one.streak_number) for one in found] == [
        ("first_reply", 1, 1),
        ("next_reply", 1, 2),
        ("next_reply", 2, 3),
    ]


def test_a_first_message_that_starts_no_streak_leaves_first_reply_without_a_row() -> None:
    log = created(actor="agent:a", status="solved"), message(10), status(20, "open")
    targets = target(0, "first_reply", 600), target(0, "next_reply", 600)
    assert [(one.metric, one.started_at) for one in judged(*log, *targets)] == [
        ("next_reply", at(20))
    ]


def test_activations_number_the_streaks_with_or_without_a_target() -> None:
    log = created(), reply(1), message(2), reply(3), message(5), reply(6)
    assert only(*log, target(4, "next_reply", 600)).activation == 2


@pytest.mark.parametrize(
    ("metric", "seconds"), [("resolution", 3000), ("requester_wait", 2400), ("agent_work", 1800)]
)
def test_a_clock_of_states_counts_its_statuses_from_the_creation_to_the_last_resolution(
    metric: str, seconds: int
) -> None:
    path = ((10, "open"), (20, "pending"), (30, "hold"), (40, "open"), (50, "solved"))
    log = [created(), *(status(minute, value) for minute, value in path)]
    found = only(*log, target(0, metric, 9000))
    assert (found.state, found.over_at, found.elapsed_seconds) == ("met", at(50), seconds)
    assert (found.activation, found.streak_number, found.started_at) == (1, None, at(0))


def test_a_reopening_resumes_a_clock_of_states() -> None:
    log = created(), target(0, "resolution", 1500), status(10, "solved"), status(30, "open")
    found = only(*log, until=40)
    assert (found.state, found.over_at, found.elapsed_seconds) == ("active", None, None)
    assert (found.running_seconds, found.due_at) == (1200, at(45))
    assert verdict(only(*log, status(46, "solved"))) == ("breached", at(45), 1560)


def test_a_ticket_created_resolved_met_its_target_at_once() -> None:
    log = created(status="solved", actor="agent:a"), target(0, "resolution", 0)
    found = only(*log)
    assert (found.state, found.over_at, found.elapsed_seconds) == ("met", at(0), 0)
    assert (found.due_at, found.account_id) == (None, "a")


def test_a_clock_that_never_ran_was_over_at_its_start() -> None:
    log = created(status="pending"), status(20, "solved", "agent:a")
    found = only(*log, target(0, "requester_wait", 600))
    assert (found.state, found.over_at, found.elapsed_seconds) == ("met", at(0), 0)
    assert found.account_id == "a"
    assert judged(*log, target(10, "requester_wait", 600)) == ()
    assert len(judged(*log, target(10, "resolution", 600))) == 1


# Met and breached


def test_equal_is_met() -> None:
    found = only(created(), target(0, "first_reply", 300), reply(5))
    assert verdict(found) == ("met", None, 300)
    assert found.due_at == found.over_at == at(5)


def test_a_microsecond_more_is_breached_though_the_seconds_are_equal() -> None:
    found = only(created(), target(0, "first_reply", 300), reply(5 + 1 / 60_000_000))
    assert found.over_at is not None
    assert (found.over_at - at(5)).microseconds == 1
    assert verdict(found) == ("breached", at(5), 300)
    assert found.due_at == at(5)


def test_a_resolution_ends_a_streak_and_meets_its_target() -> None:
    log = created(), target(0, "first_reply", 600), status(5, "solved", "agent:b")
    found = only(*log)
    assert (found.state, found.over_at, found.account_id) == ("met", at(5), "b")


def test_a_target_of_nothing_is_breached_at_the_start_of_the_clock() -> None:
    log = created(), target(0, "first_reply", 0)
    assert only(*log).state == "active"
    assert verdict(only(*log, reply(1))) == ("breached", at(0), 60)
    closed = created(90), target(90, "first_reply", 0, "business"), reply(1201)
    assert verdict(only(*closed, configuration=OFFICE)) == ("breached", at(90), 60)


def test_the_due_instant_of_a_met_clock_is_as_it_stood() -> None:
    assert only(created(), target(0, "first_reply", 600), reply(4)).due_at == at(10)
    log = created(), target(0, "agent_work", 600), status(4, "pending"), status(9, "solved")
    assert only(*log).due_at is None
    log = created(), target(0, "resolution", 600), status(4, "pending"), status(9, "solved")
    assert only(*log).due_at == at(10)


def test_a_breach_is_for_good() -> None:
    log = created(), target(0, "first_reply", 60)
    for later in (
        (target(5, "first_reply", 6000), reply(6)),
        (cleared(5, "first_reply"), reply(6)),
        (cleared(5, "first_reply"), target(5, "first_reply", 6000, seq=1), reply(6)),
    ):
        found = only(*log, *later)
        assert verdict(found) == ("breached", at(1), 360)
        assert (found.due_at, found.target_seconds) == (at(1), 60)


# Paused


def test_a_paused_clock_has_no_due_instant_and_keeps_what_has_elapsed() -> None:
    log = created(), target(0, "requester_wait", 1200), status(10, "pending")
    found = only(*log, until=500)
    assert (found.state, found.due_at, found.running_seconds) == ("active", None, 600)
    assert only(*log, status(500, "open"), until=501).due_at == at(510)


def test_a_clock_that_reached_its_target_just_as_it_paused_breaches_when_it_runs_on() -> None:
    log = created(), target(0, "requester_wait", 600), status(10, "pending")
    found = only(*log, until=50)
    assert (found.state, found.due_at, found.remaining_seconds) == ("active", None, 0)
    assert verdict(only(*log, status(50, "solved"))) == ("met", None, 600)
    assert only(*log, status(50, "open")).state == "active"
    assert verdict(only(*log, status(50, "open"), until=51)) == ("breached", at(10), None)


# Targets that change


def test_a_new_target_keeps_what_has_elapsed() -> None:
    log = created(), target(0, "first_reply", 600), target(5, "first_reply", 1200, policy="q")
    assert only(*log, until=6).due_at == at(20)
    found = only(*log, reply(15))
    assert verdict(found) == ("met", None, 900)
    assert (found.policy_id, found.target_seconds) == ("q", 1200)


def test_a_new_target_counts_in_its_own_hours_from_the_start() -> None:
    log = created(), target(0, "first_reply", 9000), target(90, "first_reply", 3600, "business")
    assert only(*log, until=100, configuration=OFFICE).running_seconds == 3600
    found = only(*log, reply(1230), configuration=OFFICE)
    assert verdict(found) == ("breached", at(90), 5400)
    assert found.hours == "business"


@pytest.mark.parametrize("state", ["open", "pending"])
def test_a_new_target_that_is_already_exceeded_is_breached_when_it_takes_effect(state: str) -> None:
    log = created(), target(0, "requester_wait", 6000), status(12, state)
    found = only(*log, target(20, "requester_wait", 600))
    assert (found.state, found.breached_at, found.due_at) == ("breached", at(20), at(20))


def test_a_new_target_that_equals_what_has_elapsed_breaches_when_the_clock_runs_on() -> None:
    log = (
        created(),
        target(0, "requester_wait", 6000),
        status(10, "pending"),
        target(15, "requester_wait", 600),
    )
    assert only(*log, until=50).state == "active"
    found = only(*log, status(50, "open"), until=51)
    assert (found.state, found.breached_at) == ("breached", at(15))


def test_what_the_old_target_was_exceeded_by_is_breached_though_another_took_its_place() -> None:
    log = created(), target(0, "first_reply", 600)
    assert only(*log, target(10, "first_reply", 6000)).state == "active"
    found = only(*log, target(11, "first_reply", 6000))
    assert (found.state, found.breached_at, found.target_seconds) == ("breached", at(10), 600)


def test_a_target_never_touches_a_clock_that_is_over_be_it_by_the_same_instant() -> None:
    log = created(), target(0, "first_reply", 600), reply(5)
    for minute in (5, 6):
        for change in (target(minute, "first_reply", 60), cleared(minute, "first_reply")):
            found = only(*log, change)
            assert (found.state, found.target_seconds) == ("met", 600)


def test_a_first_target_of_the_instant_of_the_reply_comes_too_late() -> None:
    assert judged(created(), reply(5), target(5, "first_reply", 60)) == ()
    assert judged(created(), status(5, "solved"), target(5, "resolution", 60)) == ()
    log = created(), event("merged", 5, to_value="2", seq=1)
    assert judged(*log, target(5, "first_reply", 60)) == ()
    assert only(created(), target(5, "first_reply", 60)).state == "breached"


def test_the_clock_counts_from_its_start_whenever_the_target_came() -> None:
    assert only(created(), target(5, "first_reply", 600)).running_seconds == 300


def test_a_change_while_the_ticket_is_resolved_takes_effect_at_the_reopening() -> None:
    log = created(), target(0, "resolution", 6000), status(10, "solved")
    for minute in (10, 15):
        changed_log = *log, target(minute, "resolution", 60)
        found = only(*changed_log)
        assert (found.state, found.target_seconds) == ("met", 6000)
        assert only(*changed_log, status(20, "open")).breached_at == at(20)
    back = target(10, "resolution", 60), target(15, "resolution", 6000)
    assert only(*log, *back, status(20, "open")).state == "active"
    same = target(20, "resolution", 6000, seq=1)
    assert only(*log, target(10, "resolution", 60), status(20, "open"), same).state == "active"


def test_a_first_target_while_resolved_makes_a_row_only_when_the_ticket_reopens() -> None:
    log = created(), status(10, "solved"), target(15, "resolution", 6000)
    assert judged(*log) == ()
    assert only(*log, status(20, "open")).state == "active"


# Cancelled


def test_a_cleared_target_cancels_the_clock_though_it_is_over_later() -> None:
    found = only(created(), target(0, "first_reply", 600), cleared(5, "first_reply"), reply(6))
    assert verdict(found) == ("cancelled", None, None)
    assert (found.over_at, found.due_at, found.account_id) == (at(6), None, None)
    assert (found.target_seconds, found.policy_id) == (600, "p")
    found = only(created(), target(0, "first_reply", 600), cleared(5, "first_reply"))
    assert (found.state, found.over_at) == ("cancelled", None)
    assert (found.running_seconds, found.remaining_seconds, found.is_at_risk) == (None, None, None)


def test_a_target_cleared_while_resolved_is_cleared_from_the_reopening_on() -> None:
    log = created(), target(0, "resolution", 600), status(5, "solved"), cleared(7, "resolution")
    assert only(*log).state == "met"
    assert only(*log, status(9, "open")).state == "cancelled"


def test_a_target_set_again_goes_on_with_all_that_has_elapsed() -> None:
    log = created(), target(0, "first_reply", 600), cleared(5, "first_reply")
    again = *log, target(8, "first_reply", 600)
    assert (only(*again).state, only(*again).running_seconds) == ("active", 480)
    assert verdict(only(*again, reply(12))) == ("breached", at(10), 720)
    late = *log, target(15, "first_reply", 600)
    assert verdict(only(*late, reply(16))) == ("breached", at(15), 960)


def test_a_target_cleared_and_set_in_one_instant_is_the_one_set_last() -> None:
    log = created(), target(0, "first_reply", 600)
    both = cleared(5, "first_reply", seq=1), target(5, "first_reply", 900, seq=2)
    assert only(*log, *both).target_seconds == 900
    both = cleared(5, "first_reply", seq=2), target(5, "first_reply", 900, seq=1)
    assert only(*log, *both).state == "cancelled"


@pytest.mark.parametrize("end", [event("merged", 5, to_value="2"), event("deleted", 5)])
def test_a_merge_or_deletion_cancels_what_is_neither_met_nor_breached(end: Event) -> None:
    targets = [target(0, metric, 300) for metric in ("first_reply", "resolution")]
    for found in judged(created(), *targets, end, reply(6)):
        assert verdict(found) == ("cancelled", None, None)
        assert (found.over_at, found.running_seconds) == (None, None)


@pytest.mark.parametrize("end", [event("merged", 50, to_value="2"), event("deleted", 50)])
def test_a_merge_or_deletion_leaves_what_was_met_or_breached(end: Event) -> None:
    aims = (("first_reply", 300), ("next_reply", 60), ("resolution", 600))
    targets = [target(0, metric, seconds) for metric, seconds in aims]
    log = created(), reply(5), message(6), status(9, "solved"), *targets, end
    found = {one.metric: verdict(one) for one in judged(*log)}
    assert found == {
        "first_reply": ("met", None, 300),
        "next_reply": ("breached", at(7), 180),
        "resolution": ("met", None, 540),
    }
    open_ended = created(), target(0, "first_reply", 300), end
    assert verdict(only(*open_ended)) == ("breached", at(5), None)
    assert only(*open_ended).running_seconds is None


def test_a_restored_deletion_cancels_nothing_and_counts_for_nothing() -> None:
    gap = event("deleted", 10), event("restored", 30)
    log = created(), target(0, "first_reply", 1200), *gap
    found = only(*log)
    assert (found.state, found.running_seconds, found.due_at) == ("active", 600, at(40))
    assert verdict(only(*log, reply(40))) == ("met", None, 1200)
    assert only(*log, target(20, "first_reply", 60)).target_seconds == 1200


# Policies


def test_the_first_policy_by_position_that_matches_holds() -> None:
    rows = policy(2, 200), policy(1, 100), policy(0, 50, priority="high")
    log = created(priority="low"), status(1, "solved")
    assert only(*log, configuration=policies(*rows)).policy_id == "p1"


def test_an_empty_condition_matches_any_value_and_a_condition_no_missing_one() -> None:
    rows = (
        policy(1, 100, priority="high"),
        policy(2, 200, channel="chat"),
        policy(3, 300, team_id="s:t"),
        policy(4, 400),
    )
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"priority": "high", "channel": "chat", "team_id": "t"}, "p1"),
        ({"channel": "chat", "team_id": "t"}, "p2"),
        ({"team_id": "t"}, "p3"),
        ({}, "p4"),
    )
    for given, found in cases:
        assert only(created(**given), configuration=policies(*rows)).policy_id == found


def test_every_condition_of_a_policy_must_match() -> None:
    rows = policies(policy(1, 100, priority="high", channel="chat"))
    assert judged(created(priority="high"), configuration=rows) == ()
    assert len(judged(created(priority="high", channel="chat"), configuration=rows)) == 1


@pytest.mark.parametrize(
    ("what", "value"), [("priority", "high"), ("channel", "chat"), ("team", "t")]
)
def test_a_change_of_the_tickets_values_retargets_a_running_clock(what: str, value: str) -> None:
    condition = {"team": {"team_id": "s:t"}}.get(what, {what: value})
    rows = policies(policy(1, 600, **condition), policy(2, 6000))
    log = created(), changed(5, what, value)
    found = only(*log, configuration=rows)
    assert (found.policy_id, found.running_seconds, found.due_at) == ("p1", 300, at(10))
    late = only(created(), changed(15, what, value), configuration=rows)
    assert (late.state, late.breached_at) == ("breached", at(15))


def test_a_change_of_priority_while_resolved_takes_effect_at_the_reopening() -> None:
    rows = policies(policy(1, 60, priority="high"), policy(2, 6000))
    log = created(), status(10, "solved"), changed(12, "priority", "high")
    assert only(*log, configuration=rows).policy_id == "p2"
    assert only(*log, status(20, "open"), configuration=rows).breached_at == at(20)


def test_a_clock_that_no_policy_matches_any_more_is_cancelled() -> None:
    rows = policies(policy(1, 600, priority="high"))
    log = created(priority="high"), changed(5, "priority", "low")
    assert only(*log, configuration=rows).state == "cancelled"
    again = changed(7, "priority", "high")
    assert only(*log, again, configuration=rows).state == "active"


def test_the_team_of_a_policy_is_the_team_of_the_house_as_of_the_moment() -> None:
    rows = Configuration(
        teams=(TeamRow("s", "t", "billing"), TeamRow("s", "t", "support", TUESDAY)),
        policies=(policy(1, 600_000, team_id="support"), policy(2, 500_000, team_id="billing")),
    )
    assert only(created(team_id="t"), configuration=rows).policy_id == "p2"
    assert only(created(team_id="t"), until=MIDNIGHT, configuration=rows).policy_id == "p1"


@pytest.mark.parametrize(("zone", "minute"), [("UTC", MIDNIGHT), ("America/New_York", 17 * 60)])
def test_a_policy_holds_from_the_local_midnight_of_its_date_on(zone: str, minute: int) -> None:
    rows = policies(policy(1, 60, valid_from=TUESDAY), policy(2, 600_000), zone=zone)
    log = created(), event("internal_note", minute - 1)
    assert only(*log, configuration=rows).policy_id == "p2"
    found = only(*log, until=minute + 1, configuration=rows)
    assert (found.policy_id, found.breached_at) == ("p1", at(minute))


def test_a_policy_that_begins_does_not_replace_one_before_it() -> None:
    rows = policies(policy(1, 600_000), policy(2, 60, valid_from=MONDAY))
    assert only(created(), until=5, configuration=rows).policy_id == "p1"


def test_a_policy_that_begins_after_the_last_event_makes_a_row_only_at_a_later_as_of() -> None:
    rows = policies(policy(1, 600_000, valid_from=TUESDAY))
    assert judged(created(), configuration=rows) == ()
    assert len(judged(created(), until=MIDNIGHT, configuration=rows)) == 1


def test_where_the_ticket_ever_got_a_target_for_a_metric_its_events_alone_hold() -> None:
    rows = policies(policy(1, 60), policy(1, 60, metric="first_reply"))
    log = created(), target(10, "resolution", 6000), reply(5)
    found = {one.metric: one for one in judged(*log, configuration=rows)}
    assert found["resolution"].state == "active"
    assert found["first_reply"].state == "breached"
    early = created(), status(5, "solved"), target(10, "resolution", 6000)
    assert [one.metric for one in judged(*early, configuration=rows)] == ["first_reply"]


def test_a_target_that_was_only_cleared_leaves_the_policies() -> None:
    rows = policies(policy(1, 6000))
    log = created(), cleared(5, "resolution")
    assert only(*log, configuration=rows).state == "active"


def test_a_target_set_while_deleted_counts_for_nothing() -> None:
    gap = event("deleted", 5), target(6, "resolution", 60), event("restored", 7)
    rows = policies(policy(1, 6000))
    assert only(created(), *gap, configuration=rows).target_seconds == 6000


# Calendars


def test_business_hours_are_counted_and_closed_ones_are_no_pause() -> None:
    log = created(), target(0, "first_reply", 5400, "business")
    found = only(*log, until=300, configuration=OFFICE)
    assert (found.running_seconds, found.due_at) == (3600, at(1230))
    assert verdict(only(*log, reply(1231), configuration=OFFICE)) == ("breached", at(1230), 5460)


def test_a_target_reached_at_the_closing_is_met_until_the_next_opening() -> None:
    log = created(), target(0, "first_reply", 3600, "business")
    found = only(*log, reply(1200), configuration=OFFICE)
    assert (verdict(found), found.due_at) == (("met", None, 3600), at(60))
    assert verdict(only(*log, reply(1201), configuration=OFFICE)) == ("breached", at(60), 3660)
    as_late = created(), target(90, "first_reply", 3600, "business")
    assert only(*as_late, until=100, configuration=OFFICE).due_at == at(90)


def test_where_the_calendar_changes_each_part_is_measured_with_the_one_in_force() -> None:
    log = created(), target(0, "resolution", 7200, "business"), changed(30, "calendar", "late")
    assert only(*log, until=40, configuration=OFFICE).due_at == at(120)
    back = changed(90, "calendar", None)
    found = only(*log, back, configuration=OFFICE)
    assert (found.running_seconds, found.due_at) == (5400, at(1230))
    unknown = changed(30, "calendar", "nowhere", seq=1)
    assert only(*log, unknown, until=90, configuration=OFFICE).running_seconds == 3600


def test_what_is_never_open_again_is_never_due() -> None:
    never = Configuration(
        calendars=Calendars("never", {"never": Calendar("UTC", (Weekly(0, None),))})
    )
    log = created(), target(0, "first_reply", 60, "business")
    found = only(*log, until=9000, configuration=never)
    assert (found.state, found.due_at, found.running_seconds) == ("active", None, 0)


# Judged at an instant


def test_a_clock_that_nobody_touches_breaches_once_its_due_instant_has_passed() -> None:
    log = created(), target(0, "first_reply", 60)
    assert only(*log).state == "active"
    due = only(*log, until=1)
    assert (due.state, due.due_at, due.remaining_seconds) == ("active", at(1), 0)
    passed = only(*log, until=2)
    assert verdict(passed) == ("breached", at(1), None)
    assert (passed.running_seconds, passed.remaining_seconds, passed.is_at_risk) == (
        120,
        None,
        None,
    )


def test_an_as_of_before_the_last_event_judges_at_that_event() -> None:
    log = created(), target(0, "first_reply", 6000), event("internal_note", 9)
    assert only(*log, until=3) == only(*log) == only(*log, until=9)
    assert only(*log).running_seconds == 540


def test_running_and_remaining_seconds_are_each_truncated_once() -> None:
    found = only(created(), target(0, "first_reply", 6000), until=10.5 / 60)
    assert (found.running_seconds, found.remaining_seconds) == (10, 5989)


@pytest.mark.parametrize(
    ("seconds", "minute", "is_at_risk"),
    [
        (36_000, 540, False),
        (36_000, 540 + 1 / 60_000_000, True),
        (6000, 85, False),
        (6000, 85 + 1 / 60_000_000, True),
        (600, 0, True),
    ],
)
def test_at_risk_is_less_left_than_a_tenth_of_the_target_or_a_quarter_of_an_hour(
    seconds: int, minute: float, is_at_risk: bool
) -> None:
    found = only(created(), target(0, "first_reply", seconds), until=minute)
    assert (found.state, found.is_at_risk) == ("active", is_at_risk)


# Credit


def test_an_instance_is_credited_to_who_stopped_it() -> None:
    log = created(assignee_id="b"), target(0, "first_reply", 60)
    assert only(*log, reply(1, "a")).account_id == "a"
    assert only(*log, reply(2, "a")).account_id == "a"
    assert only(*log, status(2, "solved", "agent:c")).account_id == "c"
    assert only(*log, status(2, "solved", "bot:r")).account_id == "b"


def test_a_breach_that_nobody_stopped_is_credited_to_the_assignee_when_it_happened() -> None:
    log = created(assignee_id="b"), target(0, "first_reply", 600), assigned(5, "c")
    later = assigned(15, "d")
    assert only(*log, later).account_id == "c"
    nameless = event("public_reply", 16, "agent")
    assert only(*log, later, nameless).account_id == "c"
    assert only(created(), target(0, "first_reply", 6000), nameless).account_id is None
    assert only(*log).account_id is None


def test_team_channel_and_priority_are_those_of_the_outcome() -> None:
    changes = [
        changed(7, "team", "u"),
        changed(7, "channel", "chat"),
        changed(7, "priority", "low"),
    ]
    log = created(team_id="t", channel="email", priority="high"), *changes

    def values(*more: Event) -> tuple[str | None, str, str | None]:
        found = only(*log, *more)
        return found.team_id, found.channel, found.priority

    before, after = ("t", "email", "high"), ("u", "chat", "low")
    assert values(target(0, "first_reply", 60), reply(9)) == before
    assert values(target(0, "first_reply", 6000), reply(5)) == before
    assert values(target(0, "first_reply", 480), reply(9)) == after
    assert values(target(0, "first_reply", 6000), cleared(5, "first_reply")) == after
    assert values(target(0, "first_reply", 6000)) == after
