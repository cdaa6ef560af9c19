"""Plain figures of a sample, reckoned from its events ticket by ticket: what the tests look at.

Not the project's metrics: a rough and separate reckoning, good enough to say whether a help desk
looks like one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter

from ingestion.delivery import EventRow
from ingestion.sample.people import ASSISTANT_ID

RESOLVED = ("solved", "closed")


@dataclass
class Ticket:
    """A ticket and its events, in order."""

    ticket_id: str
    events: list[EventRow] = field(default_factory=list)

    @cached_property
    def creation(self) -> EventRow:
        return next(event for event in self.events if event.type == "ticket_created")

    @property
    def created_at(self) -> datetime:
        return self.creation.occurred_at

    @property
    def channel(self) -> str:
        return str(self.creation.attributes["channel"])

    @property
    def topic(self) -> str:
        return str(self.creation.attributes["tags"][0])

    @property
    def is_out(self) -> bool:
        """Merged, or deleted and not restored."""
        last = [e.type for e in self.events if e.type in ("merged", "deleted", "restored")]
        return bool(last) and last[-1] != "restored"

    def of_type(self, kind: str) -> list[EventRow]:
        return [event for event in self.events if event.type == kind]

    @cached_property
    def first_customer_message(self) -> datetime | None:
        for event in self.events:
            if event.type in ("ticket_created", "public_reply") and event.actor_kind == "customer":
                return event.occurred_at
        return None

    @cached_property
    def first_human_reply(self) -> EventRow | None:
        asked = self.first_customer_message
        if asked is None:
            return None
        return next((e for e in self.events if is_human_reply(e) and e.occurred_at >= asked), None)

    @property
    def first_reply_seconds(self) -> float | None:
        if self.first_human_reply is None or self.first_customer_message is None:
            return None
        return (self.first_human_reply.occurred_at - self.first_customer_message).total_seconds()

    @cached_property
    def transitions(self) -> list[tuple[datetime, str, str]]:
        """Changes of status: when, from, to."""
        status = str(self.creation.attributes.get("status", "new"))
        found = []
        for event in self.of_type("status_changed"):
            assert event.to_value is not None
            found.append((event.occurred_at, status, event.to_value))
            status = event.to_value
        return found

    @cached_property
    def resolutions(self) -> list[datetime]:
        at_once = self.creation.attributes.get("status") in RESOLVED
        found = [self.created_at] if at_once else []
        return found + [
            at
            for at, before, after in self.transitions
            if before not in RESOLVED and after in RESOLVED
        ]

    @cached_property
    def reopenings(self) -> list[datetime]:
        return [
            at
            for at, before, after in self.transitions
            if before in RESOLVED and after not in RESOLVED
        ]

    @property
    def resolution_seconds(self) -> float | None:
        """From the creation to the last resolution; None while unresolved."""
        if len(self.resolutions) <= len(self.reopenings):
            return None
        return (self.resolutions[-1] - self.created_at).total_seconds()

    @cached_property
    def left_at(self) -> datetime | None:
        """When it left the backlog, if it did."""
        out = [e.occurred_at for e in self.events if e.type in ("merged", "deleted")]
        if self.is_out:
            return out[-1]
        return self.resolutions[-1] if self.resolution_seconds is not None else None


def is_human_reply(event: EventRow) -> bool:
    """A message of an agent who is a person."""
    return (
        event.type == "public_reply"
        and event.actor_kind == "agent"
        and not event.via_automation
        and event.actor_id != ASSISTANT_ID
    )


def tickets_of(events: Iterable[EventRow]) -> list[Ticket]:
    """The tickets of a sample, in the order in which they were created; redeliveries count once."""
    found: dict[str, dict[str, EventRow]] = defaultdict(dict)
    for event in events:
        if event.ticket_id is not None:
            found[event.ticket_id].setdefault(event.event_id, event)
    order = attrgetter("occurred_at", "seq", "event_id")
    tickets = [Ticket(key, sorted(rows.values(), key=order)) for key, rows in found.items()]
    return sorted(tickets, key=attrgetter("created_at"))
