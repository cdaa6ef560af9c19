"""What the sample hands over is good events, arriving as events do."""

from collections import Counter
from datetime import timedelta
from typing import get_args

from ingestion.contract import check
from ingestion.delivery import Delivery, EventRow
from ingestion.model import Event
from ingestion.sample import SampleSpec
from tests.unit.sample.figures import RESOLVED, Ticket, is_human_reply

LATE = timedelta(minutes=15)


def test_every_event_holds_against_the_contract(
    events: dict[str, EventRow], spec: SampleSpec
) -> None:
    for row in events.values():
        assert check(row.record(), received_at=spec.until) == row


def test_every_type_of_the_contract_occurs(events: dict[str, EventRow]) -> None:
    types = {
        kind
        for model in get_args(Event)
        for kind in get_args(model.model_fields["type"].annotation)
    }
    assert {row.type for row in events.values()} == types


def test_there_are_exactly_as_many_tickets_as_were_asked_for(
    tickets: list[Ticket], spec: SampleSpec
) -> None:
    assert len(tickets) == spec.tickets
    assert all(len(ticket.of_type("ticket_created")) == 1 for ticket in tickets)


def test_nothing_happens_after_the_end_or_before_the_begin(
    events: dict[str, EventRow], spec: SampleSpec
) -> None:
    begin = spec.until - timedelta(days=spec.days)
    assert all(row.occurred_at <= spec.until for row in events.values())
    assert all(
        row.occurred_at >= begin
        for row in events.values()
        if row.type in ("ticket_created", "agent_state_changed")
    )
    assert max(row.occurred_at for row in events.values()) > spec.until - timedelta(minutes=30)


def test_a_redelivery_is_the_same_event_again(rows: list[EventRow]) -> None:
    first: dict[str, EventRow] = {}
    for row in rows:
        assert first.setdefault(row.event_id, row) == row
    assert 0.005 < 1 - len(first) / len(rows) < 0.03


def test_some_events_arrive_late_and_out_of_order(deliveries: list[Delivery]) -> None:
    late = out_of_order = total = 0
    for delivery in deliveries:
        latest = None
        for row in delivery.events:
            total += 1
            if latest is not None and row.occurred_at < latest:
                out_of_order += 1
                late += latest - row.occurred_at > LATE
            else:
                latest = row.occurred_at
    assert 0.01 < late / total < 0.05
    assert out_of_order / total > 0.05


def test_about_one_creation_in_a_thousand_arrives_after_what_followed_it(
    rows: list[EventRow], spec: SampleSpec
) -> None:
    seen = set()
    late = 0
    for row in rows:
        if row.ticket_id is not None and row.ticket_id not in seen:
            seen.add(row.ticket_id)
            late += row.type != "ticket_created"
    assert 0.0003 < late / spec.tickets < 0.003


def test_a_very_few_events_are_dated_before_their_ticket(tickets: list[Ticket]) -> None:
    early = [ticket for ticket in tickets if ticket.events[0].type != "ticket_created"]
    assert 0 < len(early) < len(tickets) / 500
    for ticket in early:
        assert ticket.created_at - ticket.events[0].occurred_at < timedelta(minutes=5)


def test_each_delivery_is_a_day_and_none_is_empty(
    deliveries: list[Delivery], spec: SampleSpec
) -> None:
    first_day = (spec.until - timedelta(days=spec.days)).date()
    names = [f"sample {first_day + timedelta(days=day)}" for day in range(spec.days + 1)]
    assert [delivery.name for delivery in deliveries] == names
    assert all(tuple(delivery.events) for delivery in deliveries)


def test_every_change_starts_from_what_the_changes_before_it_made(tickets: list[Ticket]) -> None:
    fields = {
        "status_changed": "status",
        "priority_changed": "priority",
        "channel_changed": "channel",
        "team_changed": "team_id",
        "assignee_changed": "assignee_id",
        "calendar_changed": "calendar_id",
    }
    for ticket in tickets:
        state = {"status": "new", **ticket.creation.attributes}
        for event in sorted(ticket.events, key=lambda event: event.seq):
            if event.type in fields:
                name = fields[event.type]
                assert event.from_value == state.get(name), event
                assert event.from_value != event.to_value, event
                state[name] = event.to_value


def test_tags_come_off_only_where_they_were_put(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        tags = set(ticket.creation.attributes["tags"])
        for event in ticket.events:
            if event.type == "tag_added":
                assert event.to_value not in tags
                tags.add(event.to_value)
            elif event.type == "tag_removed":
                tags.remove(event.to_value)


def test_a_ticket_is_merged_into_an_earlier_one_of_the_same_requester(
    tickets: list[Ticket],
) -> None:
    by_id = {ticket.ticket_id: ticket for ticket in tickets}
    merged = [ticket for ticket in tickets if ticket.of_type("merged")]
    assert 0.01 < len(merged) / len(tickets) < 0.05
    for ticket in merged:
        into = by_id[str(ticket.of_type("merged")[0].to_value)]
        requesters = {t.creation.attributes["requester_id"] for t in (ticket, into)}
        assert len(requesters) == 1
        assert into.created_at <= ticket.created_at


def test_spam_is_deleted_and_some_of_it_restored(tickets: list[Ticket]) -> None:
    deleted = [ticket for ticket in tickets if ticket.of_type("deleted")]
    restored = [ticket for ticket in deleted if ticket.of_type("restored")]
    assert 0.005 < len(deleted) / len(tickets) < 0.03
    assert 0 < len(restored) < len(deleted) / 2
    assert all(e.attributes == {"reason": "spam"} for t in deleted for e in t.of_type("deleted"))


def test_events_of_every_kind_of_actor_and_of_automations_in_a_persons_name(
    events: dict[str, EventRow],
) -> None:
    messages = Counter(
        (row.actor_kind, row.via_automation)
        for row in events.values()
        if row.type == "public_reply"
    )
    assert set(messages) == {
        ("customer", False),
        ("agent", False),
        ("agent", True),
        ("bot", True),
        ("system", True),
    }
    created_by = {row.actor_kind for row in events.values() if row.type == "ticket_created"}
    assert created_by == {"customer", "agent", "system"}


def test_some_tickets_are_never_answered_by_a_person_and_some_thanked_for(
    tickets: list[Ticket],
) -> None:
    over = [ticket for ticket in tickets if ticket.resolutions and not ticket.is_out]
    unanswered = [t for t in over if not any(map(is_human_reply, t.events))]
    assert 0.02 < len(unanswered) / len(over) < 0.12
    thanked = [ticket for ticket in over if _has_message_while_resolved(ticket)]
    assert 0.01 < len(thanked) / len(over) < 0.10


def _has_message_while_resolved(ticket: Ticket) -> bool:
    """Whether a customer wrote on it after it was solved, and it stayed solved."""
    for event in ticket.events:
        if event.type == "public_reply" and event.actor_kind == "customer":
            before = [after for at, _, after in ticket.transitions if at < event.occurred_at]
            then = [after for at, _, after in ticket.transitions if at <= event.occurred_at]
            if before and before[-1] in RESOLVED and then[-1] in RESOLVED:
                return True
    return False
