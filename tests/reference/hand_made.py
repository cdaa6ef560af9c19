"""Events written by hand, for tests that work out one rule on one small ticket.

A ticket's clock counts minutes from `START`; `message(5)` is a customer's at 12:05 UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.reference.configuration import Configuration
from tests.reference.events import read
from tests.reference.facts import Facts, facts_of
from tests.reference.measurements import Measurement, measurements
from tests.reference.tickets import Ticket, ticket

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLAIN = Configuration()
Event = dict[str, Any]


def at(minute: float) -> datetime:
    """The instant of a minute."""
    return START + timedelta(minutes=minute)


def event(kind: str, minute: float, actor: str = "system", **fields: Any) -> Event:
    """An event at a minute of the ticket; `actor` is a kind, with an id after a colon."""
    actor_kind, _, actor_id = actor.partition(":")
    return {
        "source": "s",
        "ticket_id": "1",
        "event_id": f"{kind} {minute} {actor} {sorted(fields.items())}",
        "type": kind,
        "occurred_at": at(minute).isoformat(),
        "actor_kind": actor_kind,
        "actor_id": actor_id or None,
        **fields,
    }


def created(minute: float = 0, actor: str = "customer:c", seq: int = 0, **given: Any) -> Event:
    """The creation; `given` are its attributes."""
    return event("ticket_created", minute, actor, attributes=given, seq=seq)


def message(minute: float, **fields: Any) -> Event:
    """A customer's message."""
    return event("public_reply", minute, "customer:c", **fields)


def reply(minute: float, agent: str = "a", **fields: Any) -> Event:
    """An agent's public reply."""
    return event("public_reply", minute, f"agent:{agent}", **fields)


def status(minute: float, value: str, actor: str = "system", **fields: Any) -> Event:
    """A change of status."""
    return event("status_changed", minute, actor, to_value=value, **fields)


def assigned(minute: float, agent: str | None, **fields: Any) -> Event:
    """A change of assignee."""
    return event("assignee_changed", minute, to_value=agent, **fields)


def known(*log: Event, configuration: Configuration = PLAIN) -> Facts:
    """The facts of the one ticket of a log."""
    (facts,) = facts_of(read(log), configuration)
    return facts


def row(*log: Event, configuration: Configuration = PLAIN) -> Ticket:
    """The row of the one ticket of a log."""
    return ticket(known(*log, configuration=configuration))


def dated(
    *log: Event, configuration: Configuration = PLAIN, as_of: datetime | None = None
) -> tuple[Measurement, ...]:
    """The measurements of a log, with the SLA judged at an as_of."""
    return measurements(facts_of(read(log), configuration), configuration, as_of)


def only(metric: str, found: tuple[Measurement, ...]) -> Measurement:
    """The one measurement of a metric."""
    (one,) = [one for one in found if one.metric == metric]
    return one


def offer(minute: float, **fields: Any) -> Event:
    """An offer to rate."""
    return event("csat_offered", minute, **fields)


def rating(minute: float, score: float, scale: float = 5, **fields: Any) -> Event:
    """A rating of so much on a scale."""
    return event(
        "csat_rated", minute, "customer:c", attributes={"score": score, "scale": scale}, **fields
    )


def target(
    minute: float,
    metric: str,
    seconds: int,
    hours: str = "calendar",
    policy: str = "p",
    **fields: Any,
) -> Event:
    """An SLA target set by the source."""
    told = {"metric": metric, "target_seconds": seconds, "hours": hours, "policy_id": policy}
    return event("sla_target_set", minute, attributes=told, **fields)


def cleared(minute: float, metric: str, **fields: Any) -> Event:
    """An SLA target cleared by the source."""
    return event("sla_target_cleared", minute, attributes={"metric": metric}, **fields)
