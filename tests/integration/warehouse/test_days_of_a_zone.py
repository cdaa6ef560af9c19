"""What happens just before and after midnight is of its local day, also as clocks change.

In each of six zones the same log is built: tickets that come at 23:30 and at 00:30 of the days
around both changes of clocks of 2025 of every zone.
"""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskhouse.cli import main
from deskhouse.metrics import Request, answer, catalog
from deskhouse.metrics.request import Grain
from exporters.copying import export_csv
from tests.integration.warehouse.desk import Desk

AS_OF = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NEAR_MIDNIGHT = (time(0, 30), time(23, 30))

# The days on which clocks change; in Havana they do so at midnight.
CHANGES = {
    "Europe/London": (date(2025, 3, 30), date(2025, 10, 26)),
    "Europe/Berlin": (date(2025, 3, 30), date(2025, 10, 26)),
    "America/New_York": (date(2025, 3, 9), date(2025, 11, 2)),
    "America/Havana": (date(2025, 3, 9), date(2025, 11, 2)),
    "Australia/Lord_Howe": (date(2025, 4, 6), date(2025, 10, 5)),
    "Pacific/Chatham": (date(2025, 4, 6), date(2025, 9, 28)),
}


def near_midnight(zone: str) -> dict[str, tuple[date, datetime]]:
    """Tickets by id: the local date on which each comes, and the instant."""
    return {
        f"{zone} {day} {clock:%H:%M}": (day, datetime.combine(day, clock, ZoneInfo(zone)))
        for change in CHANGES[zone]
        for day in (change - DAY, change, change + DAY)
        for clock in NEAR_MIDNIGHT
    }


TICKETS = {name: told for zone in CHANGES for name, told in near_midnight(zone).items()}


@pytest.fixture(scope="module")
def filled(standing_desk: Desk) -> Desk:
    standing_desk.deliver(
        {
            "source": "s",
            "ticket_id": name,
            "event_id": name,
            "type": "ticket_created",
            "actor_kind": "customer",
            "occurred_at": instant.isoformat(),
        }
        for name, (_, instant) in TICKETS.items()
    )
    return standing_desk


@pytest.fixture(scope="module", params=CHANGES)
def built(filled: Desk, request: pytest.FixtureRequest) -> Desk:
    """The desk, built in a reporting zone."""
    zone = str(request.param)
    desk = Desk(filled.settings.model_copy(update={"time_zone": zone}), filled.warehouse)
    desk.build(AS_OF)
    return desk


def zone_of(desk: Desk) -> str:
    return desk.settings.time_zone


def local_dates(desk: Desk) -> Counter[date]:
    """How many tickets come on each date, by the clocks of the zone."""
    zone = ZoneInfo(zone_of(desk))
    return Counter(instant.astimezone(zone).date() for _, instant in TICKETS.values())


def counted(desk: Desk, grain: Grain) -> dict[Any, int]:
    request = Request(("tickets",), grain=grain)
    return {bucket: n for bucket, n in answer(desk.warehouse, catalog(), request).rows if n}


def test_a_ticket_that_comes_near_midnight_is_of_the_date_that_its_clocks_show(
    built: Desk,
) -> None:
    found: dict[str, date] = dict(
        built.rows(
            "select m.ticket_id, d.calendar_date from marts.metrics_raw as m"
            ' inner join marts.dim_dates as d on m.day_start = d."timestamp"'
            " where m.metric_type = 'created'"
        )
    )
    own = near_midnight(zone_of(built))
    assert {name: found[name] for name in own} == {name: day for name, (day, _) in own.items()}
    assert len(found) == len(TICKETS)


def test_days_months_and_the_year_have_the_same_sum(built: Desk) -> None:
    days, months = counted(built, "day"), counted(built, "month")
    assert days == local_dates(built)
    of_months: Counter[date] = Counter()
    for day, n in days.items():
        of_months[day.replace(day=1)] += n
    assert months == of_months
    assert counted(built, "year") == {date(2025, 1, 1): sum(months.values())}
    assert sum(months.values()) == len(TICKETS)


def test_files_have_the_same_days(
    built: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer's file names the date, a mart's the instant at which it begins."""
    for name, value in built.settings.environment():
        monkeypatch.setenv(name, value)
    assert main(["metrics", "query", "tickets", "--grain", "day", "--csv"]) == 0
    answered = {
        date.fromisoformat(row["timestamp"]): int(row["tickets"])
        for row in csv.DictReader(io.StringIO(capsys.readouterr().out))
    }
    assert +Counter(answered) == local_dates(built)
    file = io.BytesIO()
    export_csv(built.warehouse, "channel_metrics_daily", file)
    exported = {
        datetime.fromisoformat(row["timestamp"]): int(row["volume"])
        for row in csv.DictReader(io.StringIO(file.getvalue().decode()))
    }
    zone = ZoneInfo(zone_of(built))
    dates = {start.astimezone(zone).date(): n for start, n in exported.items()}
    assert +Counter(dates) == local_dates(built)
    # Nothing of a date lies before the instant that stands for it.
    before = [(start - timedelta(microseconds=1)).astimezone(zone).date() for start in exported]
    assert before == [date - DAY for date in dates]
