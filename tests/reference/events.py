"""The event log: contract events in, one log per ticket out (METRICS.md § 1 and § 2.1).

`read` keeps what was received first of each event and groups by ticket; `in_order` puts the events
of one ticket into the order in which every rule reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

UNKNOWN_CHANNEL = "unknown"
UNKNOWN_SOURCE = "unknown"


@dataclass(frozen=True, slots=True)
class Event:
    """One accepted ticket event; `occurred_at` is in UTC, to the microsecond."""

    source: str
    ticket_id: str
    event_id: str
    type: str
    occurred_at: datetime
    seq: int
    actor_id: str | None
    actor_kind: str
    via_automation: bool
    to_value: str | None
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketLog:
    """The events of one ticket, each once, in the order of their first receipt."""

    source: str
    ticket_id: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """An event at the instant it is taken at: its own, or the creation's when dated before it."""

    event: Event
    at: datetime


def read(
    deliveries: Iterable[Mapping[str, Any]], source: str = UNKNOWN_SOURCE
) -> tuple[TicketLog, ...]:
    """Group contract events by ticket, in any order of arrival; the first received of a key stands.

    The key is (source, ticket_id, event_id). `source` is for events that carry none. Events are
    taken to be valid (refusals are ingestion's work); those without a ticket are passed over.
    """
    tickets: dict[tuple[str, str], dict[str, Event]] = {}
    for delivery in deliveries:
        if delivery["type"] == "agent_state_changed":
            continue
        event = _event(delivery, source)
        ticket = tickets.setdefault((event.source, event.ticket_id), {})
        ticket.setdefault(event.event_id, event)
    return tuple(
        TicketLog(source=key[0], ticket_id=key[1], events=tuple(events.values()))
        for key, events in sorted(tickets.items())
    )


def _event(delivery: Mapping[str, Any], source: str) -> Event:
    """One delivery, with the contract's defaults."""
    return Event(
        source=delivery.get("source") or source,
        ticket_id=delivery["ticket_id"],
        event_id=delivery["event_id"],
        type=delivery["type"],
        occurred_at=datetime.fromisoformat(delivery["occurred_at"]).astimezone(UTC),
        seq=delivery.get("seq") or 0,
        actor_id=delivery.get("actor_id"),
        actor_kind=delivery.get("actor_kind") or "system",
        via_automation=bool(delivery.get("via_automation")),
        to_value=delivery.get("to_value"),
        attributes=delivery.get("attributes") or {},
    )


def order(at: datetime, event: Event) -> tuple[datetime, int, bytes]:
    """The order of events; bytes of UTF-8 compare as `collate "C"` does."""
    return at, event.seq, event.event_id.encode()


def creation_of(log: TicketLog) -> Event | None:
    """The creation that stands: of several the first in order; None when none was received."""
    creations = [event for event in log.events if event.type == "ticket_created"]
    return min(creations, key=lambda event: order(event.occurred_at, event), default=None)


def in_order(log: TicketLog) -> tuple[Step, ...]:
    """The ticket's events in order: the creation first, further creations left out.

    What is dated before the creation is taken at the creation's instant. Without a creation the
    ticket begins at its first event.
    """
    creation = creation_of(log)
    others = [event for event in log.events if event.type != "ticket_created"]
    if creation is None:
        steps = [Step(event, event.occurred_at) for event in others]
    else:
        steps = [Step(event, max(event.occurred_at, creation.occurred_at)) for event in others]
    steps.sort(key=lambda step: order(step.at, step.event))
    if creation is not None:
        steps.insert(0, Step(creation, creation.occurred_at))
    return tuple(steps)
