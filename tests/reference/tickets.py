"""The row of a ticket: every column of METRICS.md § 3 `fct_tickets`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.reference.facts import Facts
from tests.reference.history import UNRESOLVED, Deed, Line
from tests.reference.intervals import business_seconds_in, seconds_in

TIMES_IN = {
    "requester_wait": frozenset({"new", "open", "hold"}),
    "agent_work": frozenset({"new", "open"}),
    "agent_wait": frozenset({"pending"}),
    "on_hold": frozenset({"hold"}),
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A row of `fct_tickets`; durations in whole seconds, ids are those of the source."""

    source: str
    ticket_id: str
    ticket_key: str
    created_at: datetime
    channel: str
    priority: str | None
    status: str
    team_id: str | None
    assignee_id: str | None
    requester_id: str | None
    first_reply_at: datetime | None
    first_replier_id: str | None
    first_reply_calendar_seconds: int | None
    first_reply_business_seconds: int | None
    first_response_any_calendar_seconds: int | None
    first_assignment_calendar_seconds: int | None
    first_resolved_at: datetime | None
    first_resolution_calendar_seconds: int | None
    first_resolution_business_seconds: int | None
    resolved_at: datetime | None
    resolver_id: str | None
    full_resolution_calendar_seconds: int | None
    full_resolution_business_seconds: int | None
    requester_wait_calendar_seconds: int | None
    requester_wait_business_seconds: int | None
    agent_work_calendar_seconds: int | None
    agent_work_business_seconds: int | None
    agent_wait_calendar_seconds: int | None
    agent_wait_business_seconds: int | None
    on_hold_calendar_seconds: int | None
    on_hold_business_seconds: int | None
    resolution_count: int
    reopen_count: int
    reassignment_count: int
    team_change_count: int
    customer_message_count: int
    agent_reply_count: int
    automated_reply_count: int
    internal_note_count: int
    touch_count: int
    csat_offered_at: datetime | None
    csat_rated_at: datetime | None
    csat_score: Decimal | None
    csat_scale: Decimal | None
    is_csat_positive: bool | None
    is_first_csat_positive: bool | None
    csat_agent_id: str | None
    is_merged: bool
    is_deleted: bool
    is_countable: bool
    is_zero_touch: bool | None
    is_one_touch: bool | None
    is_two_touch: bool | None
    is_multi_touch: bool | None


def ticket(facts: Facts) -> Ticket:
    """The row of a ticket."""
    return Ticket(
        **_identity(facts),
        **_replies(facts),
        **_resolutions(facts),
        **_times(facts),
        **_counts(facts),
        **_satisfaction(facts),
        **_ends(facts),
    )


def _identity(facts: Facts) -> dict[str, Any]:
    """Whose it is, and its values as of the last event."""
    told = facts.history
    return {
        "source": told.log.source,
        "ticket_id": told.log.ticket_id,
        "ticket_key": facts.ticket_key,
        "created_at": told.created_at,
        "channel": told.channel.last,
        "priority": told.priority.last,
        "status": told.status.last,
        "team_id": told.team.last,
        "assignee_id": told.assignee.last,
        "requester_id": told.requester_id,
    }


def _replies(facts: Facts) -> dict[str, Any]:
    """How long until the first reply, the first response of any kind, the first assignee."""
    message, reply, response = facts.first_message, facts.first_reply, facts.first_response
    assigned_at = facts.first_assigned_at

    def since_message(deed: Deed | None) -> int | None:
        return facts.seconds_between(message.at, deed.at) if message and deed else None

    return {
        "first_reply_at": reply.at if reply else None,
        "first_replier_id": reply.event.actor_id if reply else None,
        "first_reply_calendar_seconds": since_message(reply),
        "first_reply_business_seconds": (
            facts.business_seconds_between(message.at, reply.at) if message and reply else None
        ),
        "first_response_any_calendar_seconds": since_message(response),
        "first_assignment_calendar_seconds": (
            facts.seconds_between(facts.history.created_at, assigned_at) if assigned_at else None
        ),
    }


def _resolutions(facts: Facts) -> dict[str, Any]:
    """The first resolution, and the last one while it stands."""
    created_at = facts.history.created_at
    earliest = facts.resolutions[0] if facts.resolutions else None
    standing = facts.standing_resolution
    return {
        "first_resolved_at": earliest.at if earliest else None,
        "first_resolution_calendar_seconds": (
            facts.seconds_between(created_at, earliest.at) if earliest else None
        ),
        "first_resolution_business_seconds": (
            facts.business_seconds_between(created_at, earliest.at) if earliest else None
        ),
        "resolved_at": standing.at if standing else None,
        "resolver_id": standing.credit.account if standing and standing.credit else None,
        "full_resolution_calendar_seconds": (
            facts.seconds_between(created_at, standing.at) if standing else None
        ),
        "full_resolution_business_seconds": (
            facts.business_seconds_between(created_at, standing.at) if standing else None
        ),
        "resolution_count": len(facts.resolutions),
        "reopen_count": len(facts.reopens),
    }


def _times(facts: Facts) -> dict[str, Any]:
    """Time in groups of statuses."""
    found: dict[str, Any] = {}
    for name, statuses in TIMES_IN.items():
        found[f"{name}_calendar_seconds"] = seconds_in(facts.intervals, statuses)
        found[f"{name}_business_seconds"] = business_seconds_in(facts.intervals, statuses)
    return found


def _counts(facts: Facts) -> dict[str, Any]:
    """Changes of hands, messages and touches."""
    deeds = facts.history.deeds
    return {
        "reassignment_count": _handovers(facts.history.assignee),
        "team_change_count": _handovers(facts.history.team),
        "customer_message_count": sum(deed.is_customer_message for deed in deeds),
        "agent_reply_count": sum(deed.is_human_reply for deed in deeds),
        "automated_reply_count": sum(d.is_response and not d.is_human_reply for d in deeds),
        "internal_note_count": sum(deed.event.type == "internal_note" for deed in deeds),
        "touch_count": facts.touches,
    }


def _handovers(line: Line[str | None]) -> int:
    """Changes to a non-null value other than the last non-null one."""
    held = [value for _, value in line.steps if value is not None]
    return sum(left != right for left, right in pairwise(held))


def _satisfaction(facts: Facts) -> dict[str, Any]:
    """The last rating, or the offer that was not answered."""
    rated = facts.satisfaction
    return {
        "csat_offered_at": rated.offered_at if rated else None,
        "csat_rated_at": rated.rated_at if rated else None,
        "csat_score": rated.score if rated else None,
        "csat_scale": rated.scale if rated else None,
        "is_csat_positive": rated.is_positive if rated else None,
        "is_first_csat_positive": rated.is_first_positive if rated else None,
        "csat_agent_id": rated.credit.account if rated and rated.credit else None,
    }


def _ends(facts: Facts) -> dict[str, Any]:
    """Whether the ticket counts, and its touch class when it is resolved."""
    told = facts.history
    is_resolved = told.status.last not in UNRESOLVED
    has_class = told.is_countable and is_resolved and facts.first_message is not None
    return {
        "is_merged": told.merged_at is not None,
        "is_deleted": told.deleted_at is not None,
        "is_countable": told.is_countable,
        "is_zero_touch": facts.touches == 0 if has_class else None,
        "is_one_touch": facts.touches == 1 if has_class else None,
        "is_two_touch": facts.touches == 2 if has_class else None,
        "is_multi_touch": facts.touches > 2 if has_class else None,
    }
