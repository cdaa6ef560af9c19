"""A desk for each test, all on one warehouse: dbt's project is parsed once for a database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse
from tests.integration.warehouse.desk import Desk
from tests.warehouses import fresh_warehouses, settings_of

_MADE_BY_DBT = [
    f"{schema}{suffix}"
    for schema in ("marts", "core", "intermediate", "staging")
    for suffix in ("", "_next", "_old")
]
_RECEIVED = (
    "raw.ticket_events, raw.agent_events, raw.batches, raw.landing, raw.quarantine,"
    " raw.batch_profiles, raw.taken_files, raw.source_states, raw.config_agents, raw.config_teams,"
    " raw.config_calendar_hours, raw.config_calendar_exceptions, raw.config_calendar_assignments,"
    " raw.config_calendars, raw.config_calendar_openings, raw.config_changes,"
    " raw.config_sla_policies, raw.config_sla_changes, ops.builds, ops.judgements"
)


@pytest.fixture(scope="session")
def _shared_warehouse(server_url: str) -> Iterator[Warehouse]:
    with fresh_warehouses(server_url) as make:
        yield make()


def forget_all(warehouse: Warehouse) -> Warehouse:
    """Leave a warehouse as if it had received nothing and built nothing."""
    with warehouse.connect(Role.TRANSFORMER) as connection:
        for schema in _MADE_BY_DBT:
            connection.execute(f"drop schema if exists {schema} cascade")
    with warehouse.connect(Role.OWNER) as connection:
        connection.execute(f"truncate {_RECEIVED}")
        connection.execute(
            "update raw.calendar_reach set position = 0, newest_at = '2000-01-01 00:00+00',"
            " target_seconds = 0"
        )
        connection.execute(
            "update ops.fitness set state = 'unjudged', reasons = '{}', build_id = null,"
            " to_position = 0, judged_at = null, suspect_days = '{}'"
        )
    return warehouse


@pytest.fixture
def warehouse(_shared_warehouse: Warehouse) -> Warehouse:
    """A migrated warehouse that has received nothing and built nothing."""
    return forget_all(_shared_warehouse)


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path) -> Settings:
    """Settings with an empty home and configuration folder."""
    return settings_of(warehouse, tmp_path / "desk")


@pytest.fixture
def desk(settings: Settings, warehouse: Warehouse) -> Desk:
    """A help desk without events."""
    return Desk(settings, warehouse)


@pytest.fixture(scope="module")
def standing_desk(_shared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A help desk without events that the tests of a module share; they take no other."""
    warehouse = forget_all(_shared_warehouse)
    return Desk(settings_of(warehouse, tmp_path_factory.mktemp("standing") / "desk"), warehouse)
