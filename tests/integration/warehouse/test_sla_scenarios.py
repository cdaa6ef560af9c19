"""What becomes of a promise in each situation that help desks get wrong, from events to verdict.

Minutes count from noon UTC of Monday, 2 March 2026; the office is open on weekdays until 13:00, and
from 8:00, which on Tuesday is minute 1,200. Targets are in seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from tests.integration.warehouse.desk import Desk
from tests.reference.calendars import Calendar, Calendars, Weekly
from tests.reference.hand_made import (
    Event,
    at,
    cleared,
    created,
    event,
    message,
    reply,
    status,
    target,
)

OFFICE = Calendar("UTC", tuple(Weekly(day, (time(8), time(13))) for day in range(5)))
POLICIES = [(1, "urgent", "urgent", None, None, "first_reply", "calendar", 600, None)]
OPENED_BY_AGENT = created(actor="agent:a")
FIRST = target(0, "first_reply", 600)
LONG_AFTER = at(50_000)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens on a ticket, and what becomes of its promise of a metric.

    `state` is None where nothing was promised; `breached` is the minute of a breach.
    """

    log: tuple[Event, ...]
    state: str | None
    breached: float | None = None
    metric: str = "first_reply"


def met(*log: Event, metric: str = "first_reply") -> Scenario:
    return Scenario(log, "met", metric=metric)


def breached(minute: float, *log: Event, metric: str = "first_reply") -> Scenario:
    return Scenario(log, "breached", minute, metric)


def unpromised(*log: Event, metric: str = "first_reply") -> Scenario:
    return Scenario(log, None, metric=metric)


def urgent(minute: float) -> Event:
    return event("priority_changed", minute, to_value="urgent")


SCENARIOS = {
    # When the answer comes.
    "answered in time": met(created(), FIRST, reply(9)),
    "answered when it is due": met(created(), FIRST, reply(10)),
    "answered late": breached(10, created(), FIRST, reply(11)),
    "never answered": breached(10, created(), FIRST),
    "not due yet": Scenario((created(), target(0, "first_reply", 9_000_000)), "active"),
    # What is an answer.
    "solved without a reply": met(created(), FIRST, status(9, "solved")),
    "solved without a reply, late": breached(10, created(), FIRST, status(11, "solved")),
    "a private note": breached(10, created(), FIRST, event("internal_note", 5, "agent:a")),
    "a bot replied": breached(10, created(), FIRST, event("public_reply", 5, "bot:b")),
    "a macro replied": breached(10, created(), FIRST, reply(5, via_automation=True), reply(11)),
    # Who opened the ticket.
    "opened by an agent": unpromised(OPENED_BY_AGENT, FIRST, status(50, "solved", "agent:a")),
    "opened by an agent, answered": met(OPENED_BY_AGENT, FIRST, message(30), reply(39)),
    "opened by an agent, late": breached(40, OPENED_BY_AGENT, FIRST, message(30), reply(41)),
    # When the target comes, and what it comes to.
    "a late policy": breached(10, created(priority="low"), urgent(5), reply(15)),
    "a late policy that is kept": met(created(priority="low"), urgent(5), reply(10)),
    "a policy after all is late": breached(20, created(priority="low"), urgent(20), reply(21)),
    "a policy after the answer": unpromised(created(priority="low"), reply(5), urgent(6)),
    "target raised": met(created(), FIRST, target(5, "first_reply", 1200), reply(15)),
    "target lowered": breached(
        20, created(), target(0, "first_reply", 6000), target(20, "first_reply", 600), reply(21)
    ),
    "target cleared": Scenario(
        (created(), FIRST, cleared(5, "first_reply"), reply(15)), "cancelled"
    ),
    "target cleared too late": breached(10, created(), FIRST, cleared(12, "first_reply")),
    # Opening hours.
    "over night": met(created(50), target(50, "first_reply", 900, "business"), reply(1205)),
    "over night, late": breached(
        1205, created(50), target(50, "first_reply", 900, "business"), reply(1206)
    ),
    # What goes on after a resolution.
    "reopened": breached(
        40,
        created(),
        target(0, "resolution", 1200),
        status(10, "solved"),
        status(30, "open"),
        status(45, "solved"),
        metric="resolution",
    ),
    "thanks": unpromised(
        created(),
        reply(1),
        target(2, "next_reply", 60),
        status(3, "solved"),
        message(9),
        metric="next_reply",
    ),
    # Tickets that end.
    "merged": Scenario((created(), FIRST, event("merged", 9, to_value="2")), "cancelled"),
    "merged too late": breached(10, created(), FIRST, event("merged", 11, to_value="2")),
    "deleted": Scenario((created(), FIRST, event("deleted", 9)), "cancelled"),
}
BREACHED = {name: one for name, one in SCENARIOS.items() if one.breached is not None}


def on_ticket(name: str, log: Iterator[Event] | tuple[Event, ...]) -> Iterator[dict[str, Any]]:
    """The events as those of a ticket of this name."""
    for one in log:
        yield {**one, "ticket_id": name, "event_id": f"{name}: {one['event_id']}"}


def so_far(scenario: Scenario) -> tuple[Event, ...]:
    """What had happened before the instant of the breach."""
    return tuple(
        one
        for one in scenario.log
        if datetime.fromisoformat(one["occurred_at"]) < at(scenario.breached or 0)
    )


def is_broken_by_time(scenario: Scenario) -> bool:
    """Whether no event of that very instant breaks it."""
    instants = {datetime.fromisoformat(one["occurred_at"]) for one in scenario.log}
    return at(scenario.breached or 0) not in instants


@pytest.fixture(scope="module")
def built(standing_desk: Desk) -> Desk:
    """Each scenario as a ticket, and each breached one once more as it stood until then."""
    standing_desk.configure_calendars(Calendars("office", {"office": OFFICE}))
    standing_desk.configure_policies(POLICIES)
    for name, scenario in SCENARIOS.items():
        standing_desk.deliver(on_ticket(name, scenario.log))
    for name, scenario in BREACHED.items():
        standing_desk.deliver(on_ticket(f"{name}, so far", so_far(scenario)))
    standing_desk.build(LONG_AFTER)
    return standing_desk


def verdicts(desk: Desk, ticket_id: str, metric: str, as_of: datetime) -> list[tuple[Any, ...]]:
    return desk.rows(
        f"select state, breached_at from marts.sla_instances('{as_of.isoformat()}')"
        f" where ticket_id = '{ticket_id}' and metric = '{metric}'"
    )


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_promise_ends_as_its_scenario_says(built: Desk, name: str) -> None:
    told = SCENARIOS[name]
    instant = None if told.breached is None else at(told.breached)
    expected = [] if told.state is None else [(told.state, instant)]
    assert verdicts(built, name, told.metric, LONG_AFTER) == expected


@pytest.mark.parametrize("name", BREACHED)
def test_until_it_is_due_nothing_is_breached(built: Desk, name: str) -> None:
    """At the due instant itself it could still be kept; a microsecond later it is not."""
    told = BREACHED[name]
    due = at(told.breached or 0)
    after = verdicts(built, f"{name}, so far", told.metric, due + timedelta(microseconds=1))
    before = verdicts(built, f"{name}, so far", told.metric, due)
    assert [state for state, _ in before] == ["active"] * len(before)
    if is_broken_by_time(told):
        assert (len(before), after) == (1, [("breached", due)])
    else:
        assert after == before
