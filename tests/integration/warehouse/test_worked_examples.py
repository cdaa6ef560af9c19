"""The worked answers of METRICS.md come out of the marts, cell by cell."""

import csv
import json
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.integration.warehouse.desk import Desk

TRUTH = Path(__file__).parents[2] / "truth"
AS_OF = datetime(2026, 8, 1, tzinfo=UTC)


def answers(name: str) -> list[dict[str, str]]:
    """The rows of a file of answers, less the note."""
    with (TRUTH / name).open(encoding="utf-8", newline="") as file:
        return [
            {key: value for key, value in row.items() if key != "note"}
            for row in csv.DictReader(file)
        ]


@pytest.fixture(autouse=True)
def _configured(settings: Settings) -> None:
    """The calendars that the worked examples run on."""
    for path in TRUTH.glob("calendar_*.csv"):
        shutil.copy(path, settings.config)


def _shown(value: Any) -> str:
    """A cell as the files of answers write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(float(value))
    return str(value)


def as_answers(records: list[dict[str, Any]], names: list[str]) -> list[dict[str, str]]:
    """Columns of records as the files of answers write them."""
    return [{name: _shown(record[name]) for name in names} for record in records]


@pytest.mark.parametrize("name", ["worked_example", "edge_cases"])
def test_every_column_of_every_ticket_is_the_worked_answer(desk: Desk, name: str) -> None:
    desk.deliver_file(TRUTH / f"{name}.ndjson")
    desk.build(AS_OF)
    expected = answers(f"{name}_tickets.csv")
    found = desk.records("select * from marts.fct_tickets order by ticket_id::int")
    assert as_answers(found, list(expected[0])) == expected


def test_every_streak_is_the_worked_answer(desk: Desk) -> None:
    desk.deliver_file(TRUTH / "edge_cases.ndjson")
    desk.build(AS_OF)
    expected = answers("edge_cases_streaks.csv")
    found = desk.records(
        "select * from marts.fct_reply_streaks order by ticket_id::int, streak_number"
    )
    assert as_answers(found, list(expected[0])) == expected


def test_every_sla_instance_is_the_worked_answer(desk: Desk) -> None:
    desk.deliver_file(TRUTH / "edge_cases.ndjson")
    desk.build(AS_OF)
    expected = answers("edge_cases_sla.csv")
    found = desk.records(
        "select * from marts.fct_sla_instances order by ticket_id::int, metric, activation"
    )
    assert as_answers(found, list(expected[0])) == expected


def test_the_portfolio_is_the_worked_answer(settings: Settings, warehouse: Warehouse) -> None:
    desk = Desk(settings.model_copy(update={"time_zone": "America/New_York"}), warehouse)
    portfolio = json.loads((TRUTH / "worked_example_portfolio.json").read_text(encoding="utf-8"))
    desk.deliver_file(TRUTH / "worked_example.ndjson")
    desk.build(AS_OF)
    volumes = desk.rows(
        "select channel_type, sum(volume) from marts.channel_metrics_daily group by channel_type"
    )
    channels: dict[str, Decimal] = dict(volumes)
    total = desk.records(
        "select sum(volume) as created, sum(resolution_count) as resolution_events,"
        " sum(reopen_count) as reopens, sum(merged_count) as merged,"
        " sum(deleted_count) as deleted, sum(csat_offered_count) as offered,"
        " sum(csat_rated_count) as rated, sum(csat_positive_count) as positive_final,"
        " sum(csat_bad_to_good_count) as bad_to_good, sum(csat_good_to_bad_count) as good_to_bad"
        " from marts.channel_metrics_daily"
    )[0]
    expected = {name: portfolio[name] for name in ("created", "resolution_events", "reopens")}
    expected |= {name: portfolio[name] for name in ("merged", "deleted")}
    expected |= {name: portfolio["csat"][name] for name in ("offered", "rated", "positive_final")}
    expected |= {name: len(portfolio["csat"][name]) for name in ("bad_to_good", "good_to_bad")}
    assert total == expected
    assert {name: int(channels.get(name, 0)) for name in portfolio["created_by_channel"]} == (
        portfolio["created_by_channel"]
    )
    classes = {
        name: [
            int(row[0])
            for row in desk.rows(
                f"select ticket_id from marts.fct_tickets where is_{name}_touch"
                " order by ticket_id::int"
            )
        ]
        for name in portfolio["touch_classes"]
    }
    assert classes == portfolio["touch_classes"]
    for day, tickets in portfolio["backlog_at_end_of_day"].items():
        standing = desk.rows(
            "select coalesce(sum(b.backlog), 0) from marts.backlog_daily as b"
            ' inner join marts.dim_dates as d on d."timestamp" = b."timestamp"'
            f" where d.calendar_date = '{day}'"
        )
        assert (day, int(standing[0][0])) == (day, len(tickets))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_a_ticket_is_created_on_the_day_of_the_reporting_zone(
    settings: Settings, warehouse: Warehouse, zone: str
) -> None:
    desk = Desk(settings.model_copy(update={"time_zone": zone}), warehouse)
    portfolio = json.loads((TRUTH / "worked_example_portfolio.json").read_text(encoding="utf-8"))
    lines = (TRUTH / "worked_example.ndjson").read_text(encoding="utf-8").splitlines()
    desk.deliver(event for event in map(json.loads, lines) if event["ticket_id"] == "2")
    desk.build(AS_OF)
    days = desk.rows(
        "select d.calendar_date::text from marts.channel_metrics_daily as c"
        ' inner join marts.dim_dates as d on d."timestamp" = c."timestamp" where c.volume = 1'
    )
    assert days == [(portfolio["created_day_of_ticket_2"][zone],)]
