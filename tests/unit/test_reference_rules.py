"""Rules of the ticket that the worked examples do not reach, each with its answer worked out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.reference.configuration import AgentRow, Configuration
from tests.reference.events import read
from tests.reference.facts import facts_of
from tests.reference.hand_made import (
    PLAIN,
    Event,
    assigned,
    at,
    created,
    dated,
    event,
    known,
    message,
    only,
    reply,
    row,
    status,
)
from tests.reference.tickets import ticket


def streaks(*log: Event) -> list[tuple[datetime, datetime | None, str | None]]:
    return [(s.waiting_since, s.ended_at, s.ended_by) for s in known(*log).streaks]


# Order


def test_ties_of_instant_and_seq_go_by_the_bytes_of_the_event_id() -> None:
    ids = ("9", "10", "a", "B", "é", "ﬀ", "𝄞")
    in_order = ("10", "9", "B", "a", "é", "ﬀ", "𝄞")
    for last in ids:
        seen = [
            assigned(5, name, event_id=name)
            for name in ids
            if in_order.index(name) <= in_order.index(last)
        ]
        assert row(created(), *seen).assignee_id == last


def test_the_first_received_of_a_key_stands_and_each_ticket_has_keys_of_its_own() -> None:
    first, second = status(1, "open", event_id="x"), status(2, "solved", event_id="x")
    elsewhere = {**second, "source": "t"}, {**second, "ticket_id": "2"}
    by_key = {
        f.ticket_key: ticket(f).status
        for f in facts_of(read([created(), first, second, *elsewhere]), PLAIN)
    }
    assert by_key == {"s:1": "open", "s:2": "solved", "t:1": "solved"}


def test_of_several_creations_the_first_in_order_stands_and_the_others_say_nothing() -> None:
    early = created(0, "customer:c", channel="chat", requester_id="c")
    late = created(9, "agent:a", seq=-1, channel="email", status="solved", assignee_id="a")
    found = row(late, early)
    assert (found.created_at, found.channel, found.status) == (at(0), "chat", "new")
    assert (found.requester_id, found.assignee_id, found.customer_message_count) == ("c", None, 1)


def test_what_is_dated_before_the_creation_is_taken_at_it_in_order_of_seq() -> None:
    found = row(created(10), status(3, "solved", seq=2), status(7, "open", seq=1), message(1))
    assert (found.first_resolved_at, found.first_resolution_calendar_seconds) == (at(10), 0)
    assert found.customer_message_count == 2


def test_without_a_creation_a_ticket_begins_at_its_first_event_whatever_that_is() -> None:
    found = row(status(4, "solved", "agent:a"), message(9))
    assert (found.created_at, found.channel, found.requester_id) == (at(4), "unknown", None)
    assert (found.first_resolved_at, found.resolver_id) == (at(4), "a")


def test_what_an_event_leaves_out_has_the_contracts_defaults() -> None:
    bare = {"ticket_id": "1", "event_id": "x", "type": "public_reply"}
    (log,) = read([{**bare, "occurred_at": "2026-03-02T13:00:00+01:00"}])
    (event,) = log.events
    assert (event.source, event.seq, event.actor_kind) == ("unknown", 0, "system")
    assert (event.occurred_at, event.via_automation, event.attributes) == (at(0), False, {})
    (named,) = read([{**bare, "occurred_at": "2026-03-02T13:00:00Z"}], source="mine")
    assert named.source == "mine"


# Lines


def test_the_last_value_of_an_instant_holds_and_equal_neighbours_melt() -> None:
    log = created(status="open"), status(5, "pending", seq=1), status(5, "open", seq=2)
    assert [i.status for i in known(*log).intervals] == ["open"]
    found = row(created(), assigned(5, "a", seq=1), assigned(5, None, seq=2), assigned(6, "a"))
    assert (found.first_assignment_calendar_seconds, found.reassignment_count) == (360, 0)


def test_a_channel_changed_to_nothing_is_unknown() -> None:
    found = row(created(channel="chat"), event("channel_changed", 5, to_value=None))
    assert found.channel == "unknown"


def test_times_are_null_only_while_the_ticket_is_in_the_status() -> None:
    found = row(created(), status(1, "pending"))
    assert found.requester_wait_calendar_seconds == found.agent_work_calendar_seconds == 60
    assert (found.agent_wait_calendar_seconds, found.on_hold_calendar_seconds) == (None, 0)


def test_a_sum_is_truncated_once() -> None:
    log = created(), status(0.01, "pending"), status(1, "open"), status(1.015, "pending")
    assert row(*log, status(2, "open")).agent_wait_calendar_seconds == 59 + 59


def test_an_interval_is_measured_to_the_microsecond() -> None:
    stretches = known(created(), status(1.00000005, "open")).intervals
    durations = [stretch.duration_calendar_seconds for stretch in stretches]
    assert durations == [Decimal("60.000003"), None]


# Messages


@pytest.mark.parametrize(
    ("actor", "counts"),
    [
        ("agent:a", (0, 1, 0)),
        ("agent", (0, 1, 0)),
        ("bot:b", (0, 0, 1)),
        ("system", (0, 0, 1)),
        ("customer:c", (1, 0, 0)),
    ],
)
def test_a_public_reply_counts_by_who_wrote_it(actor: str, counts: tuple[int, int, int]) -> None:
    found = row(created(0, "system"), event("public_reply", 1, actor))
    assert (
        found.customer_message_count,
        found.agent_reply_count,
        found.automated_reply_count,
    ) == counts


def test_automated_messages_of_customers_count_nowhere_not_even_a_creation() -> None:
    automated = {**created(), "via_automation": True}
    found = row(automated, message(1, via_automation=True), reply(2))
    assert (found.customer_message_count, found.automated_reply_count) == (0, 0)
    assert (found.first_reply_at, found.touch_count) == (None, 0)


def test_an_account_marked_as_a_bot_is_one_from_its_local_date_on_whatever_its_events_say() -> None:
    agents = (AgentRow("s", "a", "ann"), AgentRow("s", "a", "ann", True, date(2026, 3, 3)))
    zone = Configuration("Australia/Lord_Howe", agents)
    # 2026-03-02T12:59Z is 23:59 of 2 March there.
    found = row(created(), reply(59), reply(60), message(70), reply(80), configuration=zone)
    assert (found.agent_reply_count, found.automated_reply_count) == (1, 2)
    customer = Configuration(agents=(AgentRow("s", "c", "robot", True),))
    found = row(created(), message(1), configuration=customer)
    assert (found.customer_message_count, found.automated_reply_count) == (0, 1)


def test_touches_are_runs_of_replies_after_the_first_message() -> None:
    log = created(0, "agent:a"), reply(1), message(2), reply(3), reply(4), message(5), reply(6)
    found = row(*log, status(7, "solved"))
    assert (found.touch_count, found.is_two_touch, found.is_one_touch) == (2, True, False)
    assert found.first_reply_at == at(3)


def test_a_ticket_without_a_customer_message_has_no_touch_class() -> None:
    found = row(created(0, "agent:a"), reply(1), status(2, "solved"))
    assert (found.touch_count, found.is_zero_touch, found.is_multi_touch) == (0, None, None)


# Streaks


def test_a_ticket_that_a_customer_creates_solved_has_a_streak_of_no_length() -> None:
    assert streaks(created(status="solved")) == [(at(0), at(0), "resolution")]


def test_an_answered_thank_you_is_owed_nothing_at_the_reopening() -> None:
    solved = created(), status(1, "solved")
    assert streaks(*solved, message(2), reply(3), status(4, "open"))[1:] == []
    assert streaks(*solved, message(2), status(4, "open"))[1:] == [(at(4), None, None)]


def test_a_reply_at_the_instant_of_the_reopening_comes_before_it() -> None:
    log = created(), status(1, "solved"), message(2), status(4, "open", seq=1), reply(4, seq=2)
    assert streaks(*log)[1:] == []


def test_a_message_at_the_instant_of_the_reopening_starts_a_streak_of_its_own() -> None:
    log = created(), status(1, "solved"), status(4, "open", seq=1), message(4, seq=2)
    assert streaks(*log, reply(4, seq=3))[1:] == [(at(4), at(4), "reply")]


def test_what_is_owed_is_owed_at_the_first_reopening_only() -> None:
    log = created(), status(1, "solved"), message(2), status(3, "open"), status(4, "closed")
    assert streaks(*log, status(5, "open"))[1:] == [(at(3), at(4), "resolution")]


def test_a_resolution_leaves_nothing_owed_of_the_streak_that_it_ends() -> None:
    log = created(), status(1, "solved"), status(2, "open")
    assert streaks(*log) == [(at(0), at(1), "resolution")]


def test_only_the_streak_that_the_first_message_starts_is_the_first_wait() -> None:
    made = created(0, "agent:a", status="solved")
    thanked = known(made, message(1), status(2, "open"), reply(3))
    assert [s.is_first for s in thanked.streaks] == [False]
    assert ticket(thanked).first_reply_calendar_seconds == 120
    tied = known(created(), reply(0, seq=1), message(0, seq=2), reply(5))
    assert [(s.is_first, s.wait_calendar_seconds) for s in tied.streaks] == [
        (True, 0),
        (False, 300),
    ]


# Merges and deletions


def test_a_status_of_the_merges_instant_is_dropped_and_a_reply_before_it_is_kept() -> None:
    merge = event("merged", 5, to_value="2", seq=3)
    log = created(), status(5, "solved", seq=1), reply(5, seq=2), merge, reply(5, seq=4)
    found = row(*log, message(6))
    assert (found.status, found.resolution_count, found.is_merged) == ("new", 0, True)
    assert (found.agent_reply_count, found.customer_message_count) == (1, 1)
    assert found.requester_wait_calendar_seconds == 300
    assert streaks(*log) == [(at(0), at(5), "reply")]


def test_a_creations_own_status_stays_at_a_merge_of_that_instant() -> None:
    found = row(created(status="hold"), status(0, "solved"), event("merged", 0, seq=9))
    assert (found.status, found.resolution_count) == ("hold", 0)


def test_a_merged_ticket_keeps_its_reopens_and_has_no_resolution() -> None:
    log = created(), status(1, "solved"), status(2, "open"), status(3, "solved")
    found = row(*log, event("merged", 4))
    assert (found.reopen_count, found.resolution_count, found.status) == (1, 0, "solved")
    assert (found.first_resolved_at, found.resolved_at, found.resolver_id) == (None, None, None)
    assert found.first_resolution_calendar_seconds is None
    assert found.full_resolution_calendar_seconds is None
    assert (found.touch_count, found.is_zero_touch) == (0, None)


def test_the_first_restore_ends_a_deletion_however_often_it_was_deleted() -> None:
    gone = event("deleted", 1), event("deleted", 2), event("restored", 3)
    found = row(created(), *gone, reply(4), event("restored", 5), status(6, "solved"))
    assert (found.is_deleted, found.first_reply_calendar_seconds) == (False, 120)
    assert found.full_resolution_calendar_seconds == 240


def test_a_restored_deletion_cuts_the_interval_and_ends_no_streak() -> None:
    log = created(), event("deleted", 1), event("restored", 3), reply(4)
    bounds = [(i.valid_from, i.valid_to) for i in known(*log).intervals]
    assert bounds == [(at(0), at(1)), (at(3), None)]
    (streak,) = known(*log).streaks
    assert (streak.waiting_since, streak.ended_at) == (at(0), at(4))
    assert streak.wait_calendar_seconds == 120


def test_a_deletion_of_no_length_cuts_nothing_but_its_events_are_ignored() -> None:
    log = created(), event("deleted", 2, seq=1), reply(2, seq=2), event("restored", 2, seq=3)
    assert [(i.valid_from, i.valid_to) for i in known(*log).intervals] == [(at(0), None)]
    assert row(*log).agent_reply_count == 0


def test_a_ticket_deleted_in_the_end_keeps_what_it_had_at_that_instant() -> None:
    gone = event("deleted", 5, seq=2)
    found = row(created(), status(5, "solved", seq=1), gone, status(5, "open", seq=3))
    assert (found.resolved_at, found.status, found.is_deleted) == (at(5), "solved", True)
    assert streaks(created(), gone) == [(at(0), at(5), "deletion")]


def test_a_deletion_after_a_merge_and_a_merge_while_deleted_are_ignored() -> None:
    merged = row(created(), event("merged", 1), event("deleted", 2))
    assert (merged.is_merged, merged.is_deleted) == (True, False)
    deleted = row(created(), event("deleted", 1), event("merged", 2))
    assert (deleted.is_merged, deleted.is_deleted) == (False, True)
    restored = row(created(), event("deleted", 1), event("merged", 2), event("restored", 3))
    assert restored.is_countable


def test_a_merged_or_deleted_ticket_leaves_every_aggregate_but_its_own() -> None:
    log = created(), message(1), reply(2), status(3, "solved"), status(4, "open")
    found = dated(*log, event("merged", 6))
    assert {one.metric for one in found} == {"merged", "backlog_entered", "backlog_left"}
    assert only("merged", found).at == at(6)
    (gone,) = dated(*log, event("deleted", 6), event("deleted", 7))
    assert (gone.metric, gone.at) == ("deleted", at(6))
    back = dated(*log, event("deleted", 6), event("restored", 7))
    assert {"created", "agent_reply"} <= {one.metric for one in back}
    assert "deleted" not in {one.metric for one in back}
