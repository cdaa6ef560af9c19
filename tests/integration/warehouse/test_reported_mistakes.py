"""Tickets of which reports of help desks are known to tell something else, and what is right.

Each has the instants and the amounts with which it was told. All are in one log; the office is open
from 9:00 to 17:00 of UTC, Monday to Friday.
"""

import csv
import io
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from deskhouse.metrics import Request, answer, catalog
from deskhouse.metrics.request import BASES, Basis
from exporters.copying import export_csv
from tests.integration.warehouse.desk import MARTS, TICKET_MARTS, Desk
from tests.reference.calendars import Calendar, Calendars, Weekly

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
OFFICE = Calendar("UTC", tuple(Weekly(day, (time(9), time(17))) for day in range(5)))
CUSTOMER, ANN, BOB = (
    {"actor_kind": kind, "actor_id": who}
    for kind, who in (("customer", "carl"), ("agent", "ann"), ("agent", "bob"))
)
LEAVING = date(2026, 6, 15)


def happened(ticket_id: str, at: str, kind: str, to: str | None = None, **more: Any) -> Any:
    """An event at an instant of 2026, `MM-DD HH:MM` in UTC."""
    return {
        "source": "desk",
        "ticket_id": ticket_id,
        "event_id": f"{ticket_id} {at} {kind} {to}",
        "type": kind,
        "occurred_at": f"2026-{at.replace(' ', 'T')}:00Z",
        "to_value": to,
        **more,
    }


def opened(ticket_id: str, at: str, **given: Any) -> Any:
    attributes = {"requester_id": "carl", "channel": "email", **given}
    return happened(ticket_id, at, "ticket_created", **CUSTOMER, attributes=attributes)


def promised(ticket_id: str, at: str, metric: str, hours: int) -> Any:
    told = {
        "metric": metric,
        "target_seconds": hours * 3600,
        "hours": "business",
        "policy_id": "p",
    }
    return happened(ticket_id, at, "sla_target_set", attributes=told)


# On Monday answered and solved; on Friday the customer writes again and is answered.
COMES_BACK = [
    opened("comes back", "03-02 09:00"),
    happened("comes back", "03-02 09:05", "public_reply", **ANN),
    happened("comes back", "03-02 09:30", "status_changed", "solved", **ANN),
    happened("comes back", "03-06 10:00", "public_reply", **CUSTOMER),
    happened("comes back", "03-06 10:00", "status_changed", "open"),
    happened("comes back", "03-06 10:10", "public_reply", **ANN),
    happened("comes back", "03-06 10:20", "status_changed", "solved", **ANN),
]
# Ann solves; a rule takes the ticket from her; then the customer rates.
RATED = [
    opened("rated", "03-09 09:00", assignee_id="ann"),
    happened("rated", "03-09 09:10", "public_reply", **ANN),
    happened("rated", "03-09 09:20", "status_changed", "solved", **ANN),
    happened("rated", "03-09 09:20", "csat_offered"),
    happened("rated", "03-09 09:21", "assignee_changed", None, via_automation=True),
    happened(
        *("rated", "03-09 12:00", "csat_rated"),
        **CUSTOMER,
        attributes={"score": 5, "scale": 5},
    ),
]
HELD = [
    opened("held", "03-10 10:00"),
    happened("held", "03-10 11:00", "status_changed", "hold"),
    happened("held", "03-10 12:00", "status_changed", "open"),
    happened("held", "03-10 13:00", "status_changed", "solved", **ANN),
]
# Three that are alike, but for when they are on hold. By name, when the target is reached.
NIGHTS = {"by day": "11:00", "held over night": "11:00", "held for longer": "13:00"}
HELD_OVER_NIGHT = [
    *(opened(name, "03-10 15:00") for name in NIGHTS),
    *(promised(name, "03-10 15:00", "agent_work", 4) for name in NIGHTS),
    happened("held for longer", "03-10 16:00", "status_changed", "hold"),
    happened("held over night", "03-10 17:00", "status_changed", "hold"),
    happened("held over night", "03-11 09:00", "status_changed", "open"),
    happened("held for longer", "03-11 10:00", "status_changed", "open"),
]
OVER_MIDNIGHT = [
    opened("over midnight", "04-27 23:50", channel="chat"),
    happened("over midnight", "04-28 00:20", "public_reply", **ANN),
    happened("over midnight", "04-28 00:20", "status_changed", "solved", **ANN),
]
TWINS = [
    opened("A", "05-04 09:00", channel="web"),
    opened("B", "05-04 09:01", channel="web"),
    happened("B", "05-04 10:00", "public_reply", **BOB),
    happened("B", "05-04 11:00", "status_changed", "solved", **BOB),
]
MERGE = happened("A", "05-04 09:30", "merged", "B")
LOG = [*COMES_BACK, *RATED, *HELD, *HELD_OVER_NIGHT, *OVER_MIDNIGHT, *TWINS]
AGENTS = (
    "source,actor_id,agent_id,name,email,team_id,is_bot,valid_from\n"
    "desk,ann,ann,Ann,,front,false,\n"
    "desk,bob,bob,Bob,,front,false,\n"
)


@pytest.fixture(scope="module")
def built(standing_desk: Desk) -> Desk:
    standing_desk.configure_calendars(Calendars("office", {"office": OFFICE}))
    (standing_desk.settings.config / "agents.csv").write_text(AGENTS, encoding="utf-8")
    standing_desk.deliver(LOG)
    standing_desk.build(AS_OF)
    return standing_desk


def asked(desk: Desk, *metrics: str, **more: Any) -> list[tuple[Any, ...]]:
    return list(answer(desk.warehouse, catalog(), Request(metrics, **more)).rows)


def at(instant: str) -> datetime:
    return datetime.fromisoformat(f"2026-{instant}Z")


def test_a_reopened_ticket_waits_for_its_second_answer_from_the_second_question(
    built: Desk,
) -> None:
    waits = built.rows(
        "select wait_calendar_seconds from marts.fct_reply_streaks"
        " where ticket_id = 'comes back' order by streak_number"
    )
    assert waits == [(300,), (600,)]
    friday = {"since": at("03-06 00:00"), "until": at("03-07 00:00")}
    speeds = ("first_replies", "next_replies", "next_reply_mean")
    assert asked(built, *speeds, **friday) == [(0, 1, Decimal(600))]
    facts = built.rows(
        "select first_reply_calendar_seconds, first_resolution_calendar_seconds, reopen_count"
        " from marts.fct_tickets where ticket_id = 'comes back'"
    )
    assert facts == [(300, 1800, 1)]


def test_resolutions_their_tickets_and_their_customers_are_counted_each(built: Desk) -> None:
    week = {"since": at("03-02 00:00"), "until": at("03-07 00:00")}
    assert asked(built, "resolutions", "tickets_resolved", **week) == [(2, 1)]
    customers = built.rows(
        "select count(distinct f.requester_id) from marts.metrics_raw as m"
        " inner join marts.fct_tickets as f on m.ticket_key = f.ticket_key"
        " where m.metric_type = 'resolution'"
        " and m.\"timestamp\" >= '2026-03-02Z' and m.\"timestamp\" < '2026-03-07Z'"
    )
    assert customers == [(1,)]


def test_a_rating_is_of_who_solved_the_ticket_though_a_rule_took_it_away(built: Desk) -> None:
    day = {"since": at("03-09 00:00"), "until": at("03-10 00:00")}
    rated = asked(built, "csat_rated", "csat_positive", by=("agent",), **day)
    assert [row for row in rated if any(row[1:])] == [("Ann", 1, 1)]
    assert asked(built, "csat_uncredited", **day) == [(0,)]
    facts = "select assignee_id, csat_agent_id from marts.fct_tickets where ticket_id = 'rated'"
    assert built.rows(facts) == [(None, "ann")]


def test_an_hour_on_hold_is_no_hour_of_work(built: Desk) -> None:
    found = built.rows(
        "select agent_work_calendar_seconds, agent_work_business_seconds,"
        " on_hold_calendar_seconds, full_resolution_calendar_seconds"
        " from marts.fct_tickets where ticket_id = 'held'"
    )
    assert found == [(2 * 3600, 2 * 3600, 3600, 3 * 3600)]


def test_a_target_in_opening_hours_moves_by_what_of_a_hold_lies_in_them(built: Desk) -> None:
    """A night on hold moves it by nothing, an hour before it and one after by two."""
    due = built.rows(
        "select ticket_id, to_char(due_at at time zone 'UTC', 'MM-DD HH24:MI'), breached_at"
        " from marts.sla_instances('2026-03-11 10:30Z') where metric = 'agent_work'"
    )
    assert sorted(due) == sorted((name, f"03-11 {clock}", None) for name, clock in NIGHTS.items())


def test_a_ticket_answered_after_midnight_is_under_both_days_and_whole_under_each(
    built: Desk,
) -> None:
    names = ("tickets", "first_replies", "first_reply_mean", "tickets_resolved", "resolution_mean")
    halfhour = Decimal(1800)
    days: dict[Basis, list[Any]] = {
        "event": [
            (date(2026, 4, 27), 1, 0, None, 0, None),
            (date(2026, 4, 28), 0, 1, halfhour, 1, halfhour),
        ],
        "creation": [(date(2026, 4, 27), 1, 1, halfhour, 1, halfhour)],
    }
    around = {"since": at("04-26 00:00"), "until": at("04-30 00:00"), "grain": "day"}
    for basis, expected in days.items():
        found = asked(built, *names, basis=basis, **around)
        assert [row for row in found if any(row[1:])] == expected


def test_under_both_days_all_time_has_as_many_of_everything(built: Desk) -> None:
    """Distinct tickets of days are not added up; all others are, too."""
    added = ("tickets", "first_replies", "resolutions", "reopens", "csat_rated")
    totals = [
        [sum(column) for column in tuple(zip(*asked(built, *added, **how), strict=True))[-5:]]
        for how in ({"basis": basis, "grain": "day"} for basis in BASES)
    ]
    wholes = [asked(built, *added, "tickets_resolved", basis=basis) for basis in BASES]
    assert totals[0] == totals[1] == list(wholes[0][0][:-1])
    assert wholes[0] == wholes[1]
    assert all(wholes[0][0])


def test_a_merged_ticket_is_an_outcome_of_its_own_and_leaves_the_survivor_alone(
    built: Desk,
) -> None:
    counts = ("tickets", "tickets_resolved", "merged_tickets")
    day = {"since": at("05-04 00:00"), "until": at("05-05 00:00")}
    assert asked(built, *counts, **day) == [(2, 1, 0)]
    survivor = rows_of(built, "B")
    built.deliver([MERGE])
    built.build(AS_OF)
    assert asked(built, *counts, **day) == [(1, 1, 1)]
    assert rows_of(built, "B") == survivor
    file = io.BytesIO()
    export_csv(built.warehouse, "fct_tickets", file)
    exported = {
        row["ticket_id"]: row
        for row in csv.DictReader(io.StringIO(file.getvalue().decode(), newline=""))
    }
    told = ("is_merged", "merged_into_ticket_id", "is_countable", "resolved_at")
    assert [exported["A"][name] for name in told] == ["true", "B", "false", ""]
    kept = built.rows(
        "select is_merged, merged_into_ticket_id from marts.fct_tickets where ticket_id = 'A'"
    )
    assert kept == [(True, "B")]


def rows_of(desk: Desk, ticket_id: str) -> dict[str, list[str]]:
    """A ticket's rows in every mart of tickets, as text."""
    return {
        mart: sorted(
            row[0]
            for row in desk.rows(
                f"select t::text from marts.{mart} as t where ticket_id = '{ticket_id}'"
            )
        )
        for mart in TICKET_MARTS
    }


def test_no_past_figure_changes_when_an_agent_leaves_or_is_of_another_team(built: Desk) -> None:
    """Cleo takes over Ann's account; Bob is of another team, and a bot answers from his."""
    figures = [name for name in MARTS if name != "dim_agents"]
    before = built.marts(figures)
    path = built.settings.config / "agents.csv"
    path.write_text(
        f"{AGENTS}desk,ann,cleo,Cleo,,front,false,{LEAVING}\n"
        f"desk,bob,bob,Bob,,back,true,{LEAVING}\n",
        encoding="utf-8",
    )
    for full_refresh in (False, True):
        built.build(AS_OF, full_refresh=full_refresh)
        assert built.marts(figures) == before
    dated = "select agent_id, team_id, is_bot, valid_from = '-infinity' from marts.dim_agents"
    assert sorted(built.rows(dated)) == [
        ("ann", "front", False, True),
        ("bob", "back", True, False),
        ("bob", "front", False, True),
        ("cleo", "front", False, False),
    ]
