"""Deliveries of a steady help desk, and each way in which one can be unfit to transform."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Record = dict[str, Any]

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
SOMEBODY = "jane.roe@customers.example"
"""Customers' own text: stands in every event, and is to stand in no verdict."""

TICKETS = 60
_STATUSES = ("open", "pending", "solved")


def day(number: int, tickets: int = TICKETS, source: str = "desk", **created: Any) -> list[Record]:
    """A day's delivery: each ticket is created, answered twice and given a status, in order."""
    return [
        event
        for ticket in range(tickets)
        for event in _ticket(source, number, ticket, START + timedelta(days=number), created)
    ]


def _ticket(
    source: str, number: int, ticket: int, at: datetime, created: dict[str, Any]
) -> Iterator[Record]:
    name = f"{number}-{ticket}"
    attributes = {
        "channel": ("email", "chat", "phone")[ticket % 3],
        "team_id": ("first", "second")[ticket % 2],
        "subject": f"from {SOMEBODY}",
    }
    steps: tuple[tuple[str, str, Record], ...] = (
        ("ticket_created", "customer", {"attributes": attributes | created}),
        ("public_reply", "agent", {"payload": {"text": f"Dear {SOMEBODY}"}}),
        ("public_reply", "customer", {"payload": {"text": f"Yours, {SOMEBODY}"}}),
        ("status_changed", "agent", {"to_value": _STATUSES[ticket % 3], "from_value": SOMEBODY}),
    )
    for place, (kind, by, more) in enumerate(steps):
        yield {
            "event_id": f"{name}-{place}",
            "source": source,
            "ticket_id": name,
            "type": kind,
            "occurred_at": (at + timedelta(minutes=7 * ticket + place)).isoformat(),
            "actor_kind": by,
            "actor_id": SOMEBODY if by == "customer" else "ann",
            **more,
        }


def with_bad_lines(records: list[Record]) -> list[Record | str]:
    """A third of the lines are none."""
    return [f"<{SOMEBODY}>" if n % 3 == 0 else one for n, one in enumerate(records)]


def with_lines_cut_off(records: list[Record]) -> list[Record | str]:
    """Some lines break off."""
    cut = '{"event_id": "x", "comment": "' + SOMEBODY
    return [cut if n % 40 == 7 else one for n, one in enumerate(records)]


def with_the_end_cut_off(records: list[Record]) -> list[Record | str]:
    """What was sent breaks off in the middle of a line."""
    return [*records, '{"event_id": "x", "comment": "' + SOMEBODY]


def with_statuses_of_another_system(records: list[Record]) -> list[Record]:
    """Tickets are closed and held, which this desk never does."""
    return [
        one | {"to_value": "closed"} if one["type"] == "status_changed" else one for one in records
    ]


def without_creations(records: list[Record]) -> list[Record]:
    """Of tickets that nobody has heard of."""
    return [one for one in records if one["type"] != "ticket_created"]


def backwards(records: list[Record]) -> list[Record]:
    """The last line first."""
    return records[::-1]


def with_ids_anew(records: list[Record]) -> list[Record]:
    """A ticket's events have all the same id."""
    return [one | {"event_id": f"{one['ticket_id']}-0"} for one in records]


def at_one_instant(records: list[Record]) -> list[Record]:
    """Dated by the export, not by what happened."""
    return [one | {"occurred_at": START.isoformat()} for one in records]


def of_another_system(records: list[Record]) -> list[Record]:
    """Notes by robots on tickets whose ids are addresses."""
    return [
        {
            "event_id": one["event_id"],
            "source": one["source"],
            "ticket_id": f"{SOMEBODY}/{one['ticket_id']}",
            "type": "ticket_created" if n % 4 == 0 else "internal_note",
            "actor_kind": "bot",
            "occurred_at": one["occurred_at"],
        }
        for n, one in enumerate(records)
    ]
