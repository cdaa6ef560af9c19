"""The reference gives the worked answers of `tests/truth`, column for column."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.reference.aggregates import csat, everything, volume
from tests.reference.backlog import backlog_at, standing_at
from tests.reference.buckets import bucket_end, bucket_of, start_of
from tests.reference.calendars import read_calendars
from tests.reference.configuration import Configuration
from tests.reference.events import read
from tests.reference.facts import Facts, facts_of
from tests.reference.measurements import Measurement, measurements
from tests.reference.sla import sla_instances
from tests.reference.tickets import Ticket, ticket

TRUTH = Path(__file__).parents[1] / "truth"
CONFIGURATION = Configuration(zone="America/New_York", calendars=read_calendars(TRUTH))
COMMENT = "note"
LOGS = ("worked_example", "edge_cases")


def events_in(name: str) -> list[dict[str, Any]]:
    lines = (TRUTH / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def facts_in(name: str) -> tuple[Facts, ...]:
    return facts_of(read(events_in(name)), CONFIGURATION)


def answers_in(name: str) -> list[dict[str, str]]:
    with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_as(column: str) -> Callable[[str], Any]:
    """How a cell of the answers is read, by the column's name."""
    if column.endswith("_at") or column == "waiting_since":
        return datetime.fromisoformat
    if column.endswith(("_seconds", "_count", "_number")) or column == "activation":
        return int
    if column.startswith("is_"):
        return {"true": True, "false": False}.__getitem__
    if column in ("csat_score", "csat_scale"):
        return Decimal
    return str


def expected(row: dict[str, str]) -> dict[str, Any]:
    return {
        column: read_as(column)(cell) if cell else None
        for column, cell in row.items()
        if column != COMMENT
    }


@pytest.mark.parametrize("name", LOGS)
def test_every_ticket_has_the_worked_answer_in_every_column(name: str) -> None:
    answers = [expected(row) for row in answers_in(f"{name}_tickets")]
    rows = {facts.history.log.ticket_id: asdict(ticket(facts)) for facts in facts_in(name)}
    found = [{column: rows[answer["ticket_id"]][column] for column in answer} for answer in answers]
    assert found == answers
    assert len(rows) == len(answers)


def test_the_answers_name_every_column_of_a_ticket() -> None:
    answered = {column for name in LOGS for column in answers_in(f"{name}_tickets")[0]}
    columns = {field.name for field in fields(Ticket)} - {"source", "ticket_key", "requester_id"}
    assert answered - {COMMENT} == columns


def test_every_streak_has_the_worked_answer() -> None:
    answers = [expected(row) for row in answers_in("edge_cases_streaks")]
    found = [
        {"ticket_id": facts.history.log.ticket_id, **asdict(streak)}
        for facts in facts_in("edge_cases")
        for streak in facts.streaks
    ]
    columns = answers[0].keys()
    by_id = sorted(found, key=lambda row: (row["ticket_id"], row["streak_number"]))
    assert [{column: row[column] for column in columns} for row in by_id] == answers


# SLA


def test_every_sla_instance_has_the_worked_answer_and_there_are_no_others() -> None:
    found = [instance for facts in facts_in("edge_cases") for instance in judged(facts)]
    answers = [expected(row) for row in answers_in("edge_cases_sla")]
    assert [{column: row[column] for column in answers[0]} for row in found] == answers


def test_no_sla_instance_of_the_edge_cases_changes_afterwards() -> None:
    later = datetime(2030, 1, 1, tzinfo=UTC)
    for facts in facts_in("edge_cases"):
        assert judged(facts, later) == judged(facts)


def test_the_sla_instances_of_the_worked_example() -> None:
    found = {
        (number_of(row["ticket_key"]), row["metric"]): row
        for facts in facts_in("worked_example")
        for row in judged(facts)
    }
    answers = {(one["ticket"], one["metric"]): one for one in PORTFOLIO["sla"]}
    assert found.keys() == answers.keys()
    for key, answer in answers.items():
        breached_at = answer.get("breached_at")
        assert found[key]["state"] == answer["state"]
        assert found[key]["elapsed_seconds"] == answer["elapsed_seconds"]
        assert found[key]["breached_at"] == (breached_at and datetime.fromisoformat(breached_at))


def judged(facts: Facts, as_of: datetime | None = None) -> list[dict[str, Any]]:
    return [asdict(one) for one in sla_instances(facts, CONFIGURATION, as_of)]


# The portfolio of the worked example


PORTFOLIO = json.loads((TRUTH / "worked_example_portfolio.json").read_text(encoding="utf-8"))
ZONE = PORTFOLIO["reporting_time_zone"]


def number_of(ticket_key: str) -> int:
    return int(ticket_key.removeprefix("worked_example:"))


def dated() -> tuple[Measurement, ...]:
    return measurements(facts_in("worked_example"), CONFIGURATION)


def test_the_volume_of_the_worked_example() -> None:
    found = volume(dated(), everything)[None]
    answers = [expected(row) for row in answers_in("worked_example_tickets")]
    counted = [row for row in answers if row["is_countable"]]
    counted_ids = {row["ticket_id"] for row in counted}
    requesters = {
        event["attributes"]["requester_id"]
        for event in events_in("worked_example")
        if event["type"] == "ticket_created" and event["ticket_id"] in counted_ids
    }
    reopens, resolved = PORTFOLIO["reopen_rate"]
    assert asdict(found) == {
        "volume": PORTFOLIO["created"],
        "requesters": len(requesters),
        "tickets_resolved": PORTFOLIO["tickets_ever_resolved"],
        "resolution_events": PORTFOLIO["resolution_events"],
        "reopens": PORTFOLIO["reopens"],
        "customer_messages": sum(row["customer_message_count"] for row in counted),
        "agent_replies": sum(row["agent_reply_count"] for row in counted),
        "automated_replies": sum(row["automated_reply_count"] for row in counted),
        "internal_notes": sum(row["internal_note_count"] for row in counted),
        "merged": PORTFOLIO["merged"],
        "deleted": PORTFOLIO["deleted"],
        "first_resolved": resolved,
        "reopened": reopens,
    }


def test_the_worked_example_by_channel() -> None:
    by_channel = volume(dated(), lambda one: one.channel)
    found = {channel: cell.volume for channel, cell in by_channel.items()}
    assert found == PORTFOLIO["created_by_channel"]


def test_the_tickets_resolved_at_the_end_and_their_touch_classes() -> None:
    rows = [ticket(facts) for facts in facts_in("worked_example")]
    standing = [row for row in rows if row.is_countable and row.resolved_at is not None]
    assert len(standing) == PORTFOLIO["tickets_resolved_at_the_end"]
    for name, numbers in PORTFOLIO["touch_classes"].items():
        found = [int(row.ticket_id) for row in rows if getattr(row, f"is_{name}_touch")]
        assert sorted(found) == numbers


def test_the_satisfaction_of_the_worked_example() -> None:
    known, answers = dated(), PORTFOLIO["csat"]
    found = csat(known, everything)[None]
    assert (found.offered, found.rated) == (answers["offered"], answers["rated"])
    assert found.positive == answers["positive_final"]
    assert found.positive - found.bad_to_good + found.good_to_bad == answers["positive_first"]
    for flip in ("bad_to_good", "good_to_bad"):
        tickets = [number_of(one.ticket_key) for one in known if one.metric == f"csat_{flip}"]
        assert tickets == answers[flip]


def test_the_backlog_of_the_worked_example_at_the_end_of_each_day_by_both_roads() -> None:
    known = dated()
    for day, numbers in PORTFOLIO["backlog_at_end_of_day"].items():
        end = bucket_end(start_of(date.fromisoformat(day), ZONE), "day", ZONE)
        moved = backlog_at(known, end, lambda one: number_of(one.ticket_key))
        stood = standing_at(facts_in("worked_example"), end, CONFIGURATION)
        assert moved == dict.fromkeys(numbers, 1)
        assert sorted(number_of(one.ticket_key) for one in stood) == numbers


def test_the_day_on_which_a_ticket_was_created_in_three_zones() -> None:
    (second,) = [
        one for one in dated() if (one.metric, number_of(one.ticket_key)) == ("created", 2)
    ]
    for zone, day in PORTFOLIO["created_day_of_ticket_2"].items():
        start = bucket_of(second.at, "day", zone)
        assert start.astimezone(ZoneInfo(zone)).isoformat() == (
            datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone)).isoformat()
        )
