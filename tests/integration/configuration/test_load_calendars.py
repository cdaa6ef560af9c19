"""Calendars in `raw`: whom a change touches, and how far ahead they are known."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from deskhouse.configuration import openings as expansion
from deskhouse.configuration.calendars import (
    ALWAYS,
    Assignment,
    Calendars,
    DatedHours,
    WeeklyHours,
)
from deskhouse.configuration.folder import Configuration
from deskhouse.configuration.load import load
from deskhouse.configuration.load_calendars import FARTHEST_YEAR, Reach, reach
from deskhouse.gate import LineRules
from deskhouse.warehouse.connection import Role, Warehouse
from ingestion.events import event_file
from ingestion.landing import land

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
NINE, FIVE = time(9), time(17)
OFFICE = WeeklyHours("office", "Europe/Berlin", 1, NINE, FIVE, None)
NIGHT = WeeklyHours("night", "America/Bogota", 5, time(22), time(6), None)
HOLIDAY = DatedHours("office", date(2026, 12, 28), None, None)
CALENDARS = Calendars(
    (OFFICE, NIGHT), (HOLIDAY,), (Assignment(None, "office"), Assignment("chat", "night"))
)
DEFAULT = ("default", "")


class House:
    """A warehouse whose calendars are loaded again and again."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse, self.build_id = warehouse, 0

    def load(self, calendars: Calendars, *, until: datetime = AS_OF, seconds: int = 0) -> set[Any]:
        """Load them; what changed, as tickets name it, or was written anew."""
        self.build_id += 1
        with self.warehouse.connect(Role.LOADER) as connection:
            changes = load(
                connection,
                Configuration(Path(), calendars=calendars),
                self.build_id,
                Reach(until, seconds),
            )
        noted = self.ask(
            f"select kind, id from raw.config_changes where build_id = {self.build_id}"
        )
        assert {(change.kind, change.id) for change in changes} == set(noted)
        return set(noted)

    def openings(self, calendar_id: str) -> list[tuple[datetime, datetime]]:
        return self.ask(
            "select opens_at, closes_at from raw.config_calendar_openings"
            f" where calendar_id = '{calendar_id}' order by opens_at"
        )

    def ask(self, query: str) -> list[Any]:
        with self.warehouse.connect(Role.OWNER) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def house(warehouse: Warehouse) -> House:
    return House(warehouse)


def names(changes: Iterable[Any]) -> set[Any]:
    return {change for change in changes if change[0] != "openings"}


def test_what_is_new_touches_by_every_name(house: House) -> None:
    assert house.load(CALENDARS) == {
        ("calendar", "office"),
        ("calendar", "night"),
        ("channel", "chat"),
        DEFAULT,
        ("openings", "office"),
        ("openings", "night"),
    }


def test_what_did_not_change_writes_nothing(house: House) -> None:
    house.load(CALENDARS)
    versions = " union all ".join(
        f"select '{name}', xmin::text from raw.{name}"
        for name in (
            "config_calendar_hours",
            "config_calendar_exceptions",
            "config_calendar_assignments",
            "config_calendars",
            "config_calendar_openings",
        )
    )
    before = house.ask(versions)
    same = Calendars(CALENDARS.hours[::-1], CALENDARS.exceptions, CALENDARS.assignments[::-1])
    assert house.load(same) == set()
    assert house.ask(versions) == before


def with_rows(*hours: WeeklyHours, exceptions: tuple[DatedHours, ...] = (HOLIDAY,)) -> Calendars:
    return replace(CALENDARS, hours=hours, exceptions=exceptions)


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        (with_rows(replace(OFFICE, opens_at=time(8)), NIGHT), {("calendar", "office"), DEFAULT}),
        (with_rows(OFFICE, NIGHT, exceptions=()), {("calendar", "office"), DEFAULT}),
        (
            with_rows(OFFICE, replace(NIGHT, time_zone="America/Lima")),
            set(),  # Both are five hours behind, summer and winter.
        ),
        (
            with_rows(OFFICE, replace(NIGHT, time_zone="America/New_York")),
            {("calendar", "night"), ("channel", "chat")},
        ),
        (with_rows(OFFICE, NIGHT, replace(OFFICE, closes_at=time(12))), set()),
        (with_rows(OFFICE, NIGHT, replace(OFFICE, valid_from=date(2026, 1, 1))), set()),
        (
            with_rows(OFFICE, NIGHT, replace(OFFICE, opens_at=FIVE, closes_at=time(18))),
            {("calendar", "office"), DEFAULT},
        ),
        (
            with_rows(OFFICE, NIGHT, replace(NIGHT, calendar_id="other")),
            {("calendar", "other")},
        ),
    ],
)
def test_a_calendar_that_opens_or_closes_otherwise_touches_who_names_it(
    house: House, changed: Calendars, touched: set[Any]
) -> None:
    house.load(CALENDARS)
    assert names(house.load(changed)) == touched


@pytest.mark.parametrize(
    ("assignments", "touched"),
    [
        ((Assignment(None, "night"), Assignment("chat", "night")), {DEFAULT}),
        ((Assignment(None, "office"), Assignment("chat", "office")), {("channel", "chat")}),
        ((Assignment(None, "office"),), {("channel", "chat")}),
        ((*CALENDARS.assignments, Assignment("web", "night")), {("channel", "web")}),
        ((*CALENDARS.assignments, Assignment("web", "office")), set()),
    ],
)
def test_another_assignment_touches_who_is_given_another_calendar(
    house: House, assignments: tuple[Assignment, ...], touched: set[Any]
) -> None:
    house.load(CALENDARS)
    assert house.load(replace(CALENDARS, assignments=assignments)) == touched


def test_a_calendar_that_goes_leaves_its_names_to_the_default(house: House) -> None:
    house.load(CALENDARS)
    without = Calendars((OFFICE,), (HOLIDAY,), (Assignment(None, "office"),))
    assert house.load(without) == {
        ("calendar", "night"),
        ("channel", "chat"),
        ("openings", "night"),
    }
    assert house.openings("night") == []


def test_calendars_are_known_to_the_end_of_the_year_after_what_is_asked(house: House) -> None:
    house.load(CALENDARS)
    known = house.openings("office")
    assert known[-1][0] == datetime(2027, 12, 27, 8, tzinfo=UTC)
    assert house.load(CALENDARS, until=datetime(2026, 12, 31, 23, tzinfo=UTC)) == set()


def test_the_horizon_extends_by_itself_and_touches_nobody(house: House) -> None:
    house.load(CALENDARS)
    known = house.openings("office")
    later = datetime(2027, 1, 1, tzinfo=UTC)
    anew = {("openings", "office"), ("openings", "night")}
    assert house.load(CALENDARS, until=later) == anew
    extended = house.openings("office")
    assert extended[: len(known)] == known
    assert extended[-1][0] == datetime(2028, 12, 25, 8, tzinfo=UTC)
    assert house.load(CALENDARS, until=AS_OF) == set()
    assert house.openings("office") == extended


def test_a_year_more_and_other_hours_at_once_touch(house: House) -> None:
    house.load(CALENDARS)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    changed = with_rows(replace(OFFICE, opens_at=time(8)), NIGHT)
    assert names(house.load(changed, until=later)) == {("calendar", "office"), DEFAULT}


def test_a_target_that_lies_far_ahead_extends_the_horizon_until_it_is_reached(
    house: House,
) -> None:
    house.load(CALENDARS)
    a_week = 8 * 3600
    assert house.load(CALENDARS, seconds=300 * a_week) == {
        ("openings", "office"),
        ("openings", "night"),
    }
    for calendar_id in ("office", "night"):
        ahead = [one for one in house.openings(calendar_id) if one[0] >= AS_OF]
        assert sum((end - start).total_seconds() for start, end in ahead) >= 300 * a_week
        assert ahead[-1][0].year < 2040
    assert house.load(CALENDARS, seconds=300 * a_week) == set()


def test_a_target_that_is_never_reached_does_not_extend_it_without_end(house: House) -> None:
    never = replace(OFFICE, opens_at=None, closes_at=None)
    calendars = Calendars((never,), (), (Assignment(None, "office"),))
    house.load(calendars, seconds=1)
    assert house.ask("select expanded_to from raw.config_calendars") == [
        (date(FARTHEST_YEAR, 12, 31),)
    ]
    assert house.load(calendars, seconds=2) == set()


def test_another_edition_of_the_time_zone_database_is_expanded_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.load(CALENDARS)
    monkeypatch.setattr(expansion, "VERSION", "another")
    assert house.load(CALENDARS) == {("openings", "office"), ("openings", "night")}


def test_openings_are_the_same_instants_whatever_the_machine_knows_of_zones(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoneinfo.TZPATH", ("/nowhere",))
    house.load(CALENDARS)
    assert house.openings("office")[0] == (
        datetime(2000, 1, 3, 8, tzinfo=UTC),
        datetime(2000, 1, 3, 16, tzinfo=UTC),
    )


def test_a_folder_without_calendars_is_always_open(house: House) -> None:
    house.load(ALWAYS)
    assert house.openings("always") == [
        (datetime(1999, 12, 30, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    ]


def test_what_batches_name_is_asked_once_and_kept(warehouse: Warehouse, tmp_path: Path) -> None:
    def deliver(name: str, at: str, seconds: int, hours: str) -> None:
        line = (
            f'{{"event_id":"{name}","source":"s","ticket_id":"1","type":"sla_target_set",'
            f'"occurred_at":"{at}","attributes":{{"metric":"resolution","policy_id":"p",'
            f'"target_seconds":{seconds},"hours":"{hours}"}}}}'
        )
        path = tmp_path / f"{name}.ndjson"
        path.write_text(line + "\n", encoding="utf-8")
        land(warehouse, LineRules(), event_file(str(path)))

    def asked(position: int) -> Reach:
        with warehouse.connect(Role.LOADER) as connection:
            return reach(connection, AS_OF, position)

    deliver("a", "2026-02-01T00:00:00Z", 500, "business")
    deliver("b", "2026-04-01T00:00:00Z", 900, "calendar")
    deliver("c", "2026-02-01T00:00:00Z", 700, "business")
    assert asked(0) == Reach(AS_OF, 0)
    assert asked(1) == Reach(AS_OF, 500)
    assert asked(2) == Reach(datetime(2026, 4, 1, tzinfo=UTC), 500)
    assert asked(3) == Reach(datetime(2026, 4, 1, tzinfo=UTC), 700)
    assert asked(3) == asked(2)
