"""Events of every type that the contract takes, and records that it refuses, with the reason."""

from typing import Any

BASE: dict[str, Any] = {
    "event_id": "e1",
    "source": "desk",
    "ticket_id": "7",
    "type": "public_reply",
    "occurred_at": "2026-06-09T20:00:00Z",
}
ABSENT = object()


def record(**changes: Any) -> dict[str, Any]:
    """A public reply with some fields changed, added, or (as `ABSENT`) taken away."""
    return {name: value for name, value in (BASE | changes).items() if value is not ABSENT}


GOOD: list[dict[str, Any]] = [
    record(),
    record(type="internal_note", seq=-3, actor_id="a1", actor_kind="agent", via_automation=True),
    record(source=ABSENT),
    record(source=None, seq=None, actor_kind=None, via_automation=None, attributes=None),
    record(type="ticket_created"),
    record(
        type="ticket_created",
        attributes={
            "channel": "email",
            "priority": "urgent",
            "status": "pending",
            "team_id": "t",
            "assignee_id": "a",
            "requester_id": "r",
            "calendar_id": "c",
            "subject": "Where is it?",
            "tags": ["vip", "refund"],
            "custom": {"plan": "gold", "seats": 4, "trial": False, "left": None},
        },
    ),
    record(type="ticket_created", attributes={"priority": "P1", "channel": "carrier pigeon"}),
    record(type="status_changed", from_value="new", to_value="open"),
    record(type="priority_changed", to_value="high"),
    record(type="channel_changed", to_value="chat"),
    record(type="assignee_changed", from_value="a", to_value=None),
    record(type="team_changed"),
    record(type="calendar_changed", to_value="berlin"),
    record(type="tag_added", to_value="vip"),
    record(type="tag_removed", to_value="vip"),
    record(type="csat_offered"),
    record(type="csat_rated", attributes={"score": 5, "scale": 5, "comment": "!", "reason": "x"}),
    record(type="csat_rated", attributes={"score": 1.5, "scale": 1.5}),
    record(type="nps_rated", attributes={"score": 0}),
    record(type="nps_rated", attributes={"score": 10}),
    record(type="ces_rated", attributes={"score": 7}),
    record(type="qa_reviewed", attributes={"score": 100, "agent_id": "a1"}),
    record(
        type="sla_target_set",
        attributes={
            "metric": "first_reply",
            "target_seconds": 3600,
            "hours": "business",
            "policy_id": "p",
        },
    ),
    record(type="sla_target_cleared", attributes={"metric": "first_reply"}),
    record(type="merged", to_value="8"),
    record(type="deleted", attributes={"reason": "spam"}),
    record(type="restored"),
    record(type="redacted"),
    record(type="agent_state_changed", ticket_id=ABSENT, actor_id="a1", to_value="online"),
    record(
        type="agent_state_changed",
        ticket_id=None,
        actor_id="a1",
        to_value="break",
        attributes={"tags": 5},
    ),
    record(occurred_at="2000-01-01T00:00:00Z"),
    record(occurred_at="2026-06-09t20:00:00.5+05:30"),
    record(occurred_at="2026-06-09 20:00:00z"),
    record(payload={"any": [{"thing": 1.5}]}),
    record(unknown={"kept": True}, to_value=5, attributes={"scale": 0, "channel": 7}),
    record(event_id="e" * 255, ticket_id="t" * 200, source="s" * 50),
]

# What is wrong, and what the reason says. The schema refuses these too.
BAD: list[tuple[dict[str, Any], str]] = [
    (record(type="phoned"), "type: unknown, 'phoned'"),
    (record(type=ABSENT), "type: missing"),
    (record(type=None), "type: missing"),
    (record(event_id=ABSENT), "event_id: missing"),
    (record(event_id=None), "event_id: missing"),
    (record(event_id=""), "event_id: missing"),
    (record(event_id=17), "event_id: must be text"),
    (record(event_id="e" * 256), "event_id: must have at most 255 characters"),
    (record(ticket_id=ABSENT), "ticket_id: missing"),
    (record(ticket_id=""), "ticket_id: missing"),
    (record(ticket_id="t" * 201), "ticket_id: must have at most 200 characters"),
    (record(occurred_at=ABSENT), "occurred_at: missing"),
    (record(occurred_at=1_780_000_000), "occurred_at: must be text"),
    (record(occurred_at="1780000000"), "occurred_at: must be RFC 3339"),
    (record(occurred_at="2026-06-09"), "occurred_at: must be RFC 3339"),
    (record(occurred_at="2026-06-09T20:00Z"), "occurred_at: must be RFC 3339"),
    (record(occurred_at="2026-06-09T20:00:00"), "occurred_at: must be RFC 3339"),
    (record(occurred_at="1999-12-31T23:59:59Z"), "occurred_at: must be RFC 3339"),
    (record(source=""), "source: missing"),
    (record(source="a:b"), "source: may not contain ':'"),
    (record(source="s" * 51), "source: must have at most 50 characters"),
    (record(seq=2**63), "seq: must be less than 9223372036854775808"),
    (record(seq="1"), "seq: must be a whole number"),
    (record(seq=True), "seq: must be a whole number"),
    (record(actor_kind="robot"), "actor_kind: must be 'customer', 'agent', 'bot' or 'system'"),
    (record(via_automation="true"), "via_automation: must be true or false"),
    (record(actor_id=5), "actor_id: must be text"),
    (record(attributes=[]), "attributes: must be an object"),
    (record(attributes={"tags": "vip"}), "attributes.tags: must be a list"),
    (record(attributes={"tags": [""]}), "attributes.tags.0: missing"),
    (record(attributes={"custom": {"a": {"b": 1}}}), "attributes.custom.a: must be text, a number"),
    (record(payload="text"), "payload: must be an object"),
    (record(type="status_changed"), "to_value: missing"),
    (record(type="status_changed", to_value=None), "to_value: missing"),
    (record(type="status_changed", to_value="done"), "to_value: must be 'new', 'open'"),
    (record(type="ticket_created", attributes={"status": "x"}), "attributes.status: must be 'new'"),
    (record(type="channel_changed", to_value="c" * 51), "to_value: must have at most 50"),
    (record(type="assignee_changed", to_value=5), "to_value: must be text"),
    (record(type="tag_added"), "to_value: missing"),
    (record(type="merged", to_value=""), "to_value: missing"),
    (record(type="csat_rated"), "attributes: missing"),
    (record(type="csat_rated", attributes={"score": 1}), "attributes.scale: missing"),
    (record(type="csat_rated", attributes={"score": 0, "scale": 5}), "attributes.score: must be"),
    (record(type="csat_rated", attributes={"score": 1, "scale": 1}), "must be more than 1"),
    (record(type="csat_rated", attributes={"score": "5", "scale": 5}), "must be a number"),
    (record(type="csat_rated", attributes={"score": True, "scale": 5}), "must be a number"),
    (record(type="nps_rated", attributes={"score": 11}), "must be at least 0 and at most 10"),
    (record(type="nps_rated", attributes={"score": -1}), "must be at least 0 and at most 10"),
    (record(type="ces_rated", attributes={"score": 0}), "must be at least 1 and at most 7"),
    (record(type="ces_rated", attributes={"score": 7.5}), "must be at least 1 and at most 7"),
    (record(type="qa_reviewed", attributes={"score": 100.5}), "must be at least 0 and at most 100"),
    (record(type="sla_target_cleared", attributes={}), "attributes.metric: missing"),
    (
        record(
            type="sla_target_set",
            attributes={"metric": "m", "target_seconds": 1, "hours": "office"},
        ),
        "attributes.hours: must be 'calendar' or 'business', not 'office'",
    ),
    (
        record(
            type="sla_target_set",
            attributes={"metric": "m", "target_seconds": -1, "hours": "calendar"},
        ),
        "attributes.target_seconds: must be greater than or equal to 0",
    ),
    (record(type="agent_state_changed", to_value="online"), "actor_id: missing"),
    (record(type="agent_state_changed", actor_id="a", to_value="x"), "to_value: must be 'online'"),
]

# What no schema can say.
BAD_BEYOND_SCHEMA: list[tuple[dict[str, Any], str]] = [
    (record(occurred_at="2026-02-31T00:00:00Z"), "occurred_at: must be a valid datetime"),
    (record(occurred_at="2000-01-01T00:00:00+00:01"), "occurred_at: must be greater than"),
    (
        record(type="csat_rated", attributes={"score": 6, "scale": 5}),
        "attributes: score must be in 1 to its scale, 5",
    ),
    (record(seq=1.0), "seq: must be a whole number"),
]
