"""The nightly shadow rebuild: what is kept is what would be built anew, and if not, it is said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deskhouse.warehouse.connection import Role
from orchestration import verification
from orchestration.verification import COMPARED, Verified, verify
from tests.integration.warehouse.desk import Desk

TRUTH = Path(__file__).parents[2] / "truth"
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)

SCHEMAS = dict.fromkeys(COMPARED, "core") | {
    "stg_ticket_events": "staging",
    "int_ticket_events_ordered": "intermediate",
    "int_sla_targets": "intermediate",
}
# A column of each table that can be another number, or another text.
ALTERED = {
    "stg_ticket_events": "seq = seq + 1",
    "int_ticket_events_ordered": "position = position + 100",
    "fct_tickets": "reopen_count = reopen_count + 1",
    "fct_ticket_intervals": "valid_from = valid_from + interval '1 second'",
    "fct_reply_streaks": "streak_number = streak_number + 100",
    "fct_ticket_fields": """tags = tags || '["?"]'""",
    "int_sla_targets": "target_seconds = target_seconds + 1",
    "fct_sla_segments": "target_seconds = target_seconds + 1",
    "fct_sla_instances": "account_id = account_id || '?', target_seconds = target_seconds + 1",
    "customer_satisfaction": "agent_id = agent_id || '?'",
    "metrics_raw": "value = value + 1",
}


@pytest.fixture(scope="module")
def built(standing_desk: Desk) -> Desk:
    """A desk of which some was built anew and some kept up to date."""
    standing_desk.deliver_file(TRUTH / "edge_cases.ndjson")
    standing_desk.build(AS_OF)
    standing_desk.deliver_file(TRUTH / "worked_example.ndjson")
    standing_desk.build(AS_OF + timedelta(hours=1))
    return standing_desk


def verified(desk: Desk, days: int = 0) -> Verified:
    return verify(desk.settings, desk.warehouse, now=datetime.now(UTC) + timedelta(days=days))


def test_what_is_kept_up_to_date_is_as_built_anew(built: Desk) -> None:
    done = verified(built)
    assert done.is_good, str(done)
    assert done.tickets == built.rows("select count(*) from marts.fct_tickets")[0][0]


def test_a_row_altered_by_hand_is_named_whichever_table_it_is_in(built: Desk) -> None:
    with built.warehouse.connect(Role.TRANSFORMER) as connection:
        altered = {table: _alter_one_row(connection, table) for table in COMPARED}
        connection.commit()
        done = verified(built)
        for table in COMPARED:
            connection.execute(f"delete from {SCHEMAS[table]}.{table}")
            connection.execute(f"insert into {SCHEMAS[table]}.{table} table before_{table}")

    found = {one.table: (one.missing, one.surplus, one.examples) for one in done.differences}
    assert found == {table: (1, 1, (ticket,)) for table, ticket in altered.items()}
    assert verified(built).is_good


def _alter_one_row(connection: psycopg.Connection[Any], table: str) -> str:
    """Alter a row, keeping the table as it was in `before_<table>`; the row's ticket."""
    relation = f"{SCHEMAS[table]}.{table}"
    connection.execute(f"create temp table before_{table} as table {relation}")
    row = connection.execute(
        f"update {relation} set {ALTERED[table]} where (tableoid, ctid) = ("
        f" select tableoid, ctid from {relation} order by ticket_key, ctid limit 1)"
        " returning ticket_key"
    ).fetchone()
    assert row is not None
    return str(row[0])


def test_within_a_hundred_nights_each_older_ticket_has_its_turn_once(built: Desk) -> None:
    later = datetime.now(UTC) + timedelta(days=30)
    seen: list[str] = []
    with built.warehouse.connect(Role.TRANSFORMER) as connection:
        for night in range(100):
            verification._choose(connection, later + timedelta(days=night))
            rows = connection.execute("select ticket_key from changed_tickets").fetchall()
            seen += [ticket for (ticket,) in rows]
            connection.rollback()
    assert sorted(seen) == sorted(
        ticket for (ticket,) in built.rows("select ticket_key from marts.fct_tickets")
    )
