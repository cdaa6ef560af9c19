from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from deskhouse.configuration.agents import Account
from deskhouse.configuration.folder import Configuration
from deskhouse.configuration.load import Change, load
from deskhouse.configuration.load_calendars import Reach
from deskhouse.configuration.teams import TeamOfSource
from deskhouse.warehouse.connection import Role, Warehouse

MARIA = Account("zendesk", "1", "maria", "Maria", "m@x.org", "billing", False, None)
BEN = Account("chat", "17", "ben", None, None, None, True, date(2026, 3, 1))
BILLING = TeamOfSource("zendesk", "36", "billing", "Billing", None)
REACH = Reach(datetime(2026, 3, 1, tzinfo=UTC), 0)


class Warehoused:
    """A warehouse whose configuration is loaded again and again, each time by another build."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse, self.build_id = warehouse, 0
        with warehouse.connect(Role.LOADER) as connection:
            load(connection, Configuration(Path()), 0, REACH)

    def load(self, *rows: Account | TeamOfSource) -> list[tuple[str, str, str]]:
        """Load these rows and nothing else; who was noted as touched by it."""
        self.build_id += 1
        configuration = Configuration(
            Path(),
            agents=tuple(row for row in rows if isinstance(row, Account)),
            teams=tuple(row for row in rows if isinstance(row, TeamOfSource)),
        )
        with self.warehouse.connect(Role.LOADER) as connection:
            changes = load(connection, configuration, self.build_id, REACH)
        touched = self.ask(
            f"select kind, source, id from raw.config_changes where build_id = {self.build_id}"
            " order by 1, 2, 3"
        )
        assert sorted(changes, key=str) == sorted((Change(*row) for row in touched), key=str)
        assert set(self.rows()) == set(rows)
        return touched

    def rows(self) -> list[Account | TeamOfSource]:
        return [
            *(Account(*row) for row in self.ask("select * from raw.config_agents")),
            *(TeamOfSource(*row) for row in self.ask("select * from raw.config_teams")),
        ]

    def ask(self, query: str) -> list[Any]:
        with self.warehouse.connect(Role.OWNER) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def house(warehouse: Warehouse) -> Warehoused:
    return Warehoused(warehouse)


def test_what_is_new_and_what_is_gone_touches(house: Warehoused) -> None:
    everyone = [("agent", "chat", "17"), ("agent", "zendesk", "1"), ("team", "zendesk", "36")]
    assert house.load(MARIA, BEN, BILLING) == everyone
    assert house.load() == everyone


def test_what_did_not_change_writes_nothing(house: Warehoused) -> None:
    house.load(MARIA, BEN, BILLING)
    versions = (
        "select xmin::text from raw.config_agents union all select xmin::text from raw.config_teams"
    )
    before = house.ask(versions)
    assert house.load(BILLING, BEN, MARIA) == []
    assert house.ask(versions) == before


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        (replace(MARIA, agent_id="mary"), [("agent", "zendesk", "1")]),
        (replace(MARIA, is_bot=True), [("agent", "zendesk", "1")]),
        (replace(MARIA, valid_from=date(2026, 1, 1)), [("agent", "zendesk", "1")]),
        (replace(MARIA, name="Mary", email=None, team_id="sales"), []),
        (replace(BILLING, team="money"), [("team", "zendesk", "36")]),
        (replace(BILLING, valid_from=date(2026, 1, 1)), [("team", "zendesk", "36")]),
        (replace(BILLING, name="Money"), []),
    ],
)
def test_a_change_of_meaning_touches_and_a_name_does_not(
    house: Warehoused, changed: Account | TeamOfSource, touched: list[tuple[str, str, str]]
) -> None:
    house.load(MARIA, BEN, BILLING)
    rest = [row for row in (MARIA, BEN, BILLING) if type(row) is not type(changed)]
    rest += [BEN] if isinstance(changed, Account) else []
    assert house.load(*rest, changed) == touched


def test_a_row_from_a_date_on_that_says_the_same_touches_nobody(house: Warehoused) -> None:
    house.load(MARIA, BILLING)
    again = replace(MARIA, valid_from=date(2026, 1, 1), team_id="sales")
    assert house.load(MARIA, again, BILLING, replace(BILLING, valid_from=date(2026, 1, 1))) == []
    other = replace(MARIA, valid_from=date(2026, 6, 1), agent_id="mary")
    assert house.load(MARIA, again, other, BILLING) == [("agent", "zendesk", "1")]
    assert house.load(MARIA, other, BILLING) == []


def test_a_row_that_says_what_an_unmapped_one_means_touches_nobody(house: Warehoused) -> None:
    assert house.load(replace(MARIA, agent_id="zendesk:1")) == []
    assert house.load(replace(BILLING, team="zendesk:36")) == []


def test_the_order_of_dated_rows_is_that_of_their_dates(house: Warehoused) -> None:
    later, latest = (
        replace(MARIA, agent_id=f"m{year}", valid_from=date(year, 1, 1)) for year in (2025, 2026)
    )
    house.load(latest, MARIA, later)
    assert house.load(later, latest, MARIA) == []


def test_what_the_caller_rolls_back_is_not_loaded(house: Warehoused) -> None:
    with house.warehouse.connect(Role.LOADER) as connection:
        changes = load(connection, Configuration(Path(), agents=(MARIA,)), 1, REACH)
        assert changes == (Change("agent", "zendesk", "1"),)
        connection.rollback()
    assert house.rows() == []
    assert house.ask("select * from raw.config_changes where build_id > 0") == []
