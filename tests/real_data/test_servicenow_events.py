"""The real ServiceNow log as events, against what plain Python takes from the CSV."""

import csv
import gzip
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest

from deskhouse.gate import registered_gate
from deskhouse.warehouse.connection import Role, Warehouse
from ingestion.eventlog.intake import eventlog_file
from ingestion.eventlog.mapping import find_mapping
from ingestion.landing import Landed, land

STATES = {"New": "new", "Active": "open", "-100": "open", "Awaiting User Info": "pending"}
STATES |= {"Resolved": "solved", "Closed": "closed"}
PRIORITIES = {"1": "urgent", "2": "high", "3": "normal", "4": "low"}

Row = dict[str, str]
Change = tuple[str, str, datetime, str | None]


@pytest.fixture
def log(real_data: Path) -> Path:
    return real_data / "servicenow" / "incident_event_log.csv.gz"


def read(log: Path) -> list[Row]:
    with gzip.open(log, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def known(text: str) -> str | None:
    return None if text == "?" else text


def changes(rows: list[Row]) -> Counter[Change]:
    """Every change of state, team, assignee and priority, by the log's own order."""
    found: Counter[Change] = Counter()
    rows = sorted(
        rows,
        key=lambda row: (row["number"], instant(row["sys_updated_at"]), int(row["sys_mod_count"])),
    )
    for number, own in groupby(rows, key=lambda row: row["number"]):
        before: dict[str, str | None] = {"status": "new", "team": None, "assignee": None}
        for row in own:
            before.setdefault("priority", PRIORITIES[row["priority"][0]])
            now = {
                "status": STATES.get(row["incident_state"], "hold"),
                "team": known(row["assignment_group"]),
                "assignee": known(row["assigned_to"]),
                "priority": PRIORITIES[row["priority"][0]],
            }
            for name, value in now.items():
                if value != before[name]:
                    found[number, f"{name}_changed", instant(row["sys_updated_at"]), value] += 1
            before = dict(now)
    return found


def landed(warehouse: Warehouse, log: Path) -> Landed:
    return land(warehouse, registered_gate(), eventlog_file(str(log), find_mapping("servicenow")))


def test_all_of_the_log_lands_in_a_minute_and_again_changes_nothing(
    warehouse: Warehouse, log: Path
) -> None:
    started = time.monotonic()
    first = landed(warehouse, log)
    assert time.monotonic() - started < 60
    assert first.quarantined == 0
    rows = read(log)
    created = {row["number"]: row for row in reversed(rows)}
    expected = changes(rows)
    with warehouse.connect(Role.OWNER) as connection:
        creations = connection.execute(
            """
            select
                ticket_id, occurred_at, attributes->>'channel', attributes->>'priority',
                attributes->>'requester_id'
            from raw.ticket_events where type = 'ticket_created'
            """
        ).fetchall()
        told = connection.execute(
            "select ticket_id, type, occurred_at, to_value from raw.ticket_events"
            " where type <> 'ticket_created'"
        ).fetchall()
    assert len(creations) == len(created) == 24_918
    assert {row[0]: row[1] for row in creations} == {
        number: instant(row["opened_at"]) for number, row in created.items()
    }
    assert Counter(told) == expected
    assert first.events == len(created) + expected.total()
    _first_rows_describe_the_creations(rows, creations)

    second = landed(warehouse, log)
    assert second.events == first.events
    with warehouse.connect(Role.OWNER) as connection:
        found = connection.execute(
            """
            select count(distinct event_id), count(distinct (
                ticket_key, event_id, type, occurred_at, seq, from_value, to_value, attributes
            ))
            from raw.ticket_events
            """
        ).fetchone()
    assert found == (first.events, first.events)


def _first_rows_describe_the_creations(
    rows: list[Row], creations: list[tuple[str, datetime, str, str, str | None]]
) -> None:
    first: dict[str, Row] = {}
    for row in sorted(
        rows, key=lambda row: (instant(row["sys_updated_at"]), int(row["sys_mod_count"]))
    ):
        first.setdefault(row["number"], row)
    expected = {
        number: (
            row["contact_type"].lower().replace(" ", "_"),
            PRIORITIES[row["priority"][0]],
            known(row["caller_id"]),
        )
        for number, row in first.items()
    }
    assert {row[0]: row[2:] for row in creations} == expected
    assert "unknown" not in {row[2] for row in creations}
