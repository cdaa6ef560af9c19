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
    portfolio = json.loads((TRUTH / "worked_example_portfolio.json").read_text(encoding="utf-8"))
    zone, _ = portfolio.pop("reporting_time_zone"), portfolio.pop("created_day_of_ticket_2")
    desk = Desk(settings.model_copy(update={"time_zone": zone}), warehouse)
    desk.deliver_file(TRUTH / "worked_example.ndjson")
    desk.build(AS_OF)
    found = {
        **_volumes(desk),
        "created_by_channel": _by_channel(desk, list(portfolio["created_by_channel"])),
        "first_reply_business_seconds": _first_replies(desk),
        "touch_classes": {
            name: _numbers(desk, f"marts.fct_tickets where is_{name}_touch")
            for name in portfolio["touch_classes"]
        },
        "csat": _csat(desk),
        "sla": _promises(desk),
        "backlog_at_end_of_day": {
            day: _backlog(desk, day) for day in portfolio["backlog_at_end_of_day"]
        },
    }
    portfolio["sla"].sort(key=lambda one: one["ticket"])
    assert found == portfolio


def _one(desk: Desk, query: str) -> dict[str, Any]:
    """The one row of a query."""
    (row,) = desk.records(query)
    return row


def _numbers(desk: Desk, source: str) -> list[int]:
    """The ids of the tickets of a mart's rows."""
    return sorted(int(row[0]) for row in desk.rows(f"select ticket_id from {source}"))


def _volumes(desk: Desk) -> dict[str, Any]:
    """What happened, and to how many tickets."""
    happened = _one(
        desk,
        "select sum(volume) as created, sum(resolution_count) as resolution_events,"
        " sum(reopen_count) as reopens, sum(merged_count) as merged, sum(deleted_count) as deleted,"
        " sum(full_resolution_count) as tickets_resolved_at_the_end"
        " from marts.channel_metrics_daily",
    )
    counted = _one(
        desk,
        "select count(distinct ticket_key) filter (where metric_type = 'resolution') as resolved,"
        " count(distinct ticket_key) filter (where metric_type = 'first_resolution') as first,"
        " count(distinct ticket_key) filter (where metric_type = 'reopen') as reopened"
        " from marts.metrics_raw",
    )
    rate = [counted["reopened"], counted["first"]]
    return {**happened, "tickets_ever_resolved": counted["resolved"], "reopen_rate": rate}


def _by_channel(desk: Desk, channels: list[str]) -> dict[str, int]:
    """Tickets created in each channel."""
    found = dict.fromkeys(channels, 0)
    counted = desk.rows(
        "select channel_type, sum(volume)::int from marts.channel_metrics_daily group by 1"
    )
    return found | dict(counted)


def _first_replies(desk: Desk) -> dict[str, Any]:
    """First replies in opening hours, over all time."""
    found = _one(
        desk,
        "select count(*) as n, round(avg(business_value), 3)::float8 as mean,"
        " percentile_cont(0.5) within group (order by business_value) as median,"
        " percentile_cont(0.9) within group (order by business_value) as p90"
        " from marts.metrics_raw where metric_type = 'first_reply'",
    )
    summed = _one(
        desk,
        "select sum(first_reply_count) as n, sum(first_reply_business_seconds) as seconds"
        " from marts.channel_metrics_daily",
    )
    mean = round(float(summed["seconds"] / summed["n"]), 3)
    assert (summed["n"], mean) == (found["n"], found["mean"])
    return found


def _csat(desk: Desk) -> dict[str, Any]:
    """Ratings, and which tickets' flipped."""
    found = _one(
        desk,
        "select sum(csat_offered_count) as offered, sum(csat_rated_count) as rated,"
        " sum(csat_positive_count) as positive_final, sum(csat_positive_count)"
        " - sum(csat_bad_to_good_count) + sum(csat_good_to_bad_count) as positive_first"
        " from marts.channel_metrics_daily",
    )
    for flip in ("bad_to_good", "good_to_bad"):
        found[flip] = _numbers(desk, f"marts.metrics_raw where metric_type = 'csat_{flip}'")
    return found


def _promises(desk: Desk) -> list[dict[str, Any]]:
    """What became of the SLA's clocks; the measurements and the rollup tell the same."""
    rows = desk.records(
        "select ticket_id::int as ticket, metric, state, elapsed_seconds, breached_at, over_at"
        " from marts.fct_sla_instances order by ticket"
    )
    measured = desk.records(
        "select ticket_id::int as ticket, metadata ->> 'sla_metric' as metric,"
        ' substr(metric_type, 5) as state, "timestamp" as dated'
        " from marts.metrics_raw where metric_type in ('sla_met', 'sla_breached') order by ticket"
    )
    assert measured == [
        {**_picked(row, "ticket", "metric", "state"), "dated": row["breached_at"] or row["over_at"]}
        for row in rows
    ]
    summed = desk.rows(
        "select sum(sla_met_count), sum(sla_breached_count) from marts.channel_metrics_daily"
    )
    states = [row["state"] for row in rows]
    assert summed == [(states.count("met"), states.count("breached"))]
    return [
        _picked(row, "ticket", "metric", "state", "elapsed_seconds")
        | ({"breached_at": row["breached_at"].isoformat()} if row["breached_at"] else {})
        for row in rows
    ]


def _picked(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _backlog(desk: Desk, day: str) -> list[int]:
    """The tickets in the backlog at the end of a day, as many as the rollup counts."""
    (counted,) = desk.rows(
        "select coalesce(sum(b.backlog), 0)::int from marts.backlog_daily as b"
        ' inner join marts.dim_dates as d on d."timestamp" = b."timestamp"'
        f" where d.calendar_date = '{day}'"
    )
    standing = _numbers(
        desk,
        "marts.metrics_raw as m"
        ' inner join marts.dim_dates as d on m.day_start <= d."timestamp"'
        f" where d.calendar_date = '{day}' and m.metric_type in ('backlog_entered', 'backlog_left')"
        " group by m.ticket_id"
        " having sum(case m.metric_type when 'backlog_entered' then 1 else -1 end) > 0",
    )
    assert counted == (len(standing),)
    return standing


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
