"""SLA policies in `raw`: what a change of them is noted as, and how far calendars are known."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from deskhouse.configuration.calendars import Assignment, Calendars, WeeklyHours
from deskhouse.configuration.folder import Configuration
from deskhouse.configuration.load import load
from deskhouse.configuration.load_calendars import Reach
from deskhouse.configuration.sla_policies import Policy
from deskhouse.warehouse.connection import Role, Warehouse

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
REST = Policy(9, "rest", None, None, None, "first_reply", "calendar", 900, None)
URGENT = Policy(
    1, "urgent", "urgent", None, "orders", "first_reply", "calendar", 60, date(2026, 2, 1)
)
OFFICE = Calendars(
    (WeeklyHours("office", "Europe/Berlin", 1, time(9), time(17), None),),
    (),
    (Assignment(None, "office"),),
)


class House:
    """A warehouse whose policies are loaded again and again, each time by another build."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse, self.build_id = warehouse, 0

    def load(self, *policies: Policy, of_same_build: bool = False) -> list[Any]:
        """Load them; what was noted under the build."""
        self.build_id += not of_same_build
        configuration = Configuration(Path(), calendars=OFFICE, policies=policies)
        with self.warehouse.connect(Role.LOADER) as connection:
            load(connection, configuration, self.build_id, Reach(AS_OF, 0))
        return self.ask(
            "select number, valid_from, valid_to, priorities, is_all_but_priorities, channels,"
            " is_all_but_channels, teams, is_all_but_teams from raw.config_sla_changes"
            f" where build_id = {self.build_id} order by number"
        )

    def ask(self, query: str) -> list[Any]:
        with self.warehouse.connect(Role.OWNER) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def house(warehouse: Warehouse) -> House:
    return House(warehouse)


def test_policies_are_kept_as_they_stand(house: House) -> None:
    house.load(URGENT, REST)
    kept = house.ask("select * from raw.config_sla_policies order by position")
    assert [Policy(*row) for row in kept] == [URGENT, REST]
    house.load(REST)
    assert [Policy(*row) for row in house.ask("select * from raw.config_sla_policies")] == [REST]


def test_where_targets_are_others_is_noted_under_the_build(house: House) -> None:
    assert house.load(REST) == [(1, None, None, [], True, [], True, [], True)]
    assert house.load(URGENT, REST) == [
        (1, date(2026, 2, 1), None, ["urgent"], False, [], True, ["orders"], False)
    ]
    assert house.load(URGENT, replace(REST, target_seconds=5, channel="chat")) == [
        (1, None, date(2026, 2, 1), [], True, [], True, [], True),
        (2, date(2026, 2, 1), None, ["urgent"], False, [], True, ["orders"], True),
        (3, date(2026, 2, 1), None, ["urgent"], True, [], True, [], True),
    ]


def test_what_did_not_change_writes_nothing(house: House) -> None:
    house.load(URGENT, REST)
    before = house.ask("select xmin::text from raw.config_sla_policies")
    assert house.load(REST, URGENT) == []
    assert house.ask("select xmin::text from raw.config_sla_policies") == before


def test_other_positions_in_the_same_order_are_kept_and_touch_nobody(house: House) -> None:
    house.load(URGENT, REST)
    assert house.load(replace(URGENT, position=5), replace(REST, position=10)) == []
    assert house.ask("select position from raw.config_sla_policies order by 1") == [(5,), (10,)]


def test_two_policies_may_change_places(house: House) -> None:
    house.load(URGENT, REST)
    assert house.load(replace(URGENT, position=9), replace(REST, position=1)) != []


def test_notes_that_a_killed_build_left_stand_beside_new_ones(house: House) -> None:
    house.load(REST)
    assert [row[0] for row in house.load(URGENT, REST, of_same_build=True)] == [1, 2]


def test_calendars_are_known_until_the_longest_target_in_business_hours(house: House) -> None:
    a_week = 8 * 3600
    calendar = replace(REST, target_seconds=2000 * a_week)
    business = replace(REST, hours="business", target_seconds=300 * a_week)

    def weeks_ahead() -> int:
        rows = house.ask(
            "select count(*) from raw.config_calendar_openings where opens_at > '2026-03-01'"
        )
        return int(rows[0][0])

    house.load(calendar)
    assert weeks_ahead() < 100
    house.load(calendar, replace(business, position=1))
    assert weeks_ahead() >= 300
