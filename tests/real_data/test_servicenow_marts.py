"""The real ServiceNow log, taken in and built as a user would, against figures from its CSV."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from deskhouse.cli import main
from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import MARTS, Desk, Row
from tests.real_data.servicenow_figures import Figures, read_figures
from tests.warehouses import fresh_warehouses, settings_of

AS_OF = datetime(2017, 2, 19, tzinfo=UTC)
"""Soon after the log's last row, so that the backlog's hours end with the log."""


@pytest.fixture(scope="module")
def log(real_data: Path) -> Path:
    return real_data / "servicenow" / "incident_event_log.csv.gz"


@pytest.fixture(scope="module")
def figures(log: Path) -> Figures:
    return read_figures(log)


@pytest.fixture(scope="module")
def desk(server_url: str, log: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with fresh_warehouses(server_url) as make:
        warehouse = make()
        desk = Desk(settings_of(warehouse, tmp_path_factory.mktemp("servicenow")), warehouse)
        take_in(desk, log)
        yield desk


def take_in(desk: Desk, log: Path) -> None:
    """`deskhouse ingest` and `deskhouse build`."""
    assert desk.settings.database_url is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESKHOUSE_HOME", str(desk.settings.home))
        patch.setenv("DESKHOUSE_CONFIG", str(desk.settings.config))
        patch.setenv("DESKHOUSE_DATABASE_URL", desk.settings.database_url)
        assert main(["ingest", "eventlog", str(log), "--mapping", "servicenow", "--strict"]) == 0
        assert main(["build", "--as-of", AS_OF.isoformat()]) == 0


Rows = dict[Any, tuple[Any, ...]]


def by_ticket(desk: Desk, *columns: str) -> Rows:
    found = desk.rows(f"select ticket_id, {', '.join(columns)} from marts.fct_tickets")
    return {row[0]: row[1:] for row in found}


def told(table: pd.DataFrame) -> Rows:
    """A table's rows by its index, in the types of a database; what is not available is None."""
    rows = table.astype(object).where(table.notna(), None).itertuples(name=None)
    return {row[0]: row[1:] for row in rows}


def test_every_ticket_of_the_log_is_there_and_counts(desk: Desk, figures: Figures) -> None:
    assert len(figures.tickets) == 24_918
    query = "select count(*), count(*) filter (where is_countable) from marts.fct_tickets"
    assert desk.rows(query) == [(24_918, 24_918)]


def test_tickets_are_created_when_and_where_the_log_says(desk: Desk, figures: Figures) -> None:
    expected = told(figures.tickets[["opened_at", "channel"]])
    assert by_ticket(desk, "created_at", "channel") == expected


def test_channels_have_as_many_tickets_and_none_is_unknown(desk: Desk, figures: Figures) -> None:
    found: dict[str, int] = dict(
        desk.rows(
            "select channel_type, sum(volume)::bigint from marts.channel_metrics_daily"
            " group by channel_type having sum(volume) > 0"
        )
    )
    assert found == figures.tickets["channel"].value_counts().to_dict()
    assert "unknown" not in found


def test_tickets_end_in_the_state_of_their_last_row(desk: Desk, figures: Figures) -> None:
    assert by_ticket(desk, "status") == told(figures.tickets[["state"]])


def test_tickets_are_resolved_and_reopened_as_often(desk: Desk, figures: Figures) -> None:
    expected = figures.tickets[["resolutions", "reopens"]]
    assert by_ticket(desk, "resolution_count", "reopen_count") == told(expected)


def test_resolutions_take_as_many_seconds(desk: Desk, figures: Figures) -> None:
    found = by_ticket(desk, "first_resolution_calendar_seconds", "full_resolution_calendar_seconds")
    assert found == told(figures.tickets[["first_seconds", "full_seconds"]])


def test_tickets_wait_as_many_seconds(desk: Desk, figures: Figures) -> None:
    found = by_ticket(
        desk,
        "requester_wait_calendar_seconds",
        "agent_work_calendar_seconds",
        "agent_wait_calendar_seconds",
        "on_hold_calendar_seconds",
    )
    seconds = figures.tickets[["new_or_open_seconds", "pending_seconds", "hold_seconds"]]
    seconds.insert(0, "requester", seconds["new_or_open_seconds"] + seconds["hold_seconds"])
    assert found == told(seconds)


def test_tickets_change_hands_as_often(desk: Desk, figures: Figures) -> None:
    expected = figures.tickets[["reassignments", "team_changes"]]
    assert by_ticket(desk, "reassignment_count", "team_change_count") == told(expected)


def test_nothing_is_said_of_replies_that_the_log_does_not_have(desk: Desk) -> None:
    assert desk.rows(
        "select count(first_reply_at), count(csat_rated_at), sum(agent_reply_count)"
        " from marts.fct_tickets"
    ) == [(0, 0, 0)]
    assert desk.rows("select count(*) from marts.fct_reply_streaks") == [(0,)]


def test_every_day_has_what_happened_on_it(desk: Desk, figures: Figures) -> None:
    found = desk.rows(
        """
        select
            "timestamp", channel_type, team_id,
            volume, tickets_resolved, resolution_count, reopen_count
        from marts.channel_metrics_daily
        where volume + resolution_count + reopen_count > 0
        """
    )
    expected = {
        (day, channel, "none" if team == "?" else f"servicenow:{team}"): counts
        for (day, channel, team), counts in told(figures.days).items()
    }
    assert {row[:3]: row[3:] for row in found} == expected


def test_every_day_ends_with_the_backlog_of_the_log(desk: Desk, figures: Figures) -> None:
    found = desk.rows(
        'select "timestamp", sum(backlog)::bigint from marts.backlog_daily'
        ' where backlog > 0 group by "timestamp"'
    )
    assert dict(found) == figures.backlog[figures.backlog > 0].to_dict()


def test_the_log_loaded_again_changes_nothing(desk: Desk, log: Path) -> None:
    before, received = fingerprints(desk), count_received(desk)
    take_in(desk, log)
    assert count_received(desk) == 2 * received
    assert fingerprints(desk) == before


def count_received(desk: Desk) -> int:
    return int(desk.rows("select count(*) from raw.ticket_events", Role.OWNER)[0][0])


def fingerprints(desk: Desk) -> dict[str, Row]:
    """Of every mart, how many rows it has and what their texts hash to, in whatever order."""
    query = "select count(*), sum(hashtextextended(t::text, 0)) from marts.{} as t"
    return {name: desk.rows(query.format(name))[0] for name in MARTS}
