"""Business time by look-ups in SQL is what the plain reference measures, to the microsecond."""

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import jinja2
import pytest

from deskhouse.build.project import PROJECT
from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import Desk
from tests.reference.calendars import Calendar, Calendars
from tests.reference.random_calendars import (
    ALWAYS,
    CHANGES,
    Change,
    random_calendar,
    random_instant,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CALENDARS_A_CHANGE = 4
SPANS = 60


def microseconds(of: datetime | timedelta) -> int:
    return (of - EPOCH if isinstance(of, datetime) else of) // MICROSECOND


@dataclass(frozen=True, slots=True)
class Asked:
    """An interval of a calendar, and what the reference says of it."""

    calendar_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class House:
    """Calendars that were built, and what to ask of them."""

    desk: Desk
    calendars: dict[str, Calendar]
    asked: tuple[Asked, ...]

    def ask(self, joins: str, values: str) -> list[Any]:
        """Values of each asked interval `a` (calendar_id, starts, ends: microseconds), in order."""
        rows = ", ".join(
            f"({number}, '{one.calendar_id}', {microseconds(one.start)}, {microseconds(one.end)})"
            for number, one in enumerate(self.asked)
        )
        with self.desk.warehouse.connect(Role.TRANSFORMER) as connection:
            query = (
                f"select {values} from (values {rows}) as a (number, calendar_id, starts, ends)"
                f" {joins} order by a.number"
            )
            return connection.execute(query).fetchall()


MACROS: Any = (
    jinja2.Environment(extensions=["jinja2.ext.do"])
    .from_string((PROJECT / "macros" / "calendars.sql").read_text(encoding="utf-8"))
    .module
)
OPENINGS = "intermediate.int_calendar_openings"
F_OF_START = MACROS.join_open_time("f", OPENINGS, "a.calendar_id", "a.starts")
F_OF_END = MACROS.join_open_time("g", OPENINGS, "a.calendar_id", "a.ends")
F_START = MACROS.open_time("f", "a.starts")
F_END = MACROS.open_time("g", "a.ends")


@pytest.fixture(scope="module")
def house(standing_desk: Desk) -> Iterator[House]:
    """Random calendars around odd changes of clocks, one always open in each zone, built."""
    paths = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    random = Random("business time")
    calendars, asked = {}, []
    for number, change in enumerate(CHANGES):
        made = {f"{number}-{n}": random_calendar(random, change) for n in range(CALENDARS_A_CHANGE)}
        made[f"{number}-always"] = Calendar(change.zone, ALWAYS)
        calendars.update(made)
        asked += [_asked(random, change, name) for name in made for _ in range(SPANS)]
    standing_desk.configure_calendars(Calendars("0-always", calendars))
    standing_desk.build(datetime(2026, 11, 23, tzinfo=UTC))
    yield House(standing_desk, calendars, tuple(asked))
    zoneinfo.reset_tzpath(to=paths)
    zoneinfo.ZoneInfo.clear_cache()


def _asked(random: Random, change: Change, calendar_id: str) -> Asked:
    start, end = sorted(random_instant(random, change) for _ in range(2))
    return Asked(calendar_id, start, end)


def test_business_time_is_the_difference_of_two_look_ups(house: House) -> None:
    found = house.ask(f"{F_OF_START} {F_OF_END}", f"{F_END} - {F_START}")
    expected = [
        (microseconds(house.calendars[one.calendar_id].business(one.start, one.end)),)
        for one in house.asked
    ]
    assert [
        pair for pair in zip(house.asked, found, expected, strict=True) if pair[1] != pair[2]
    ] == []
    assert 0 < sum(value > 0 for (value,) in expected) < len(expected)


def test_business_time_of_what_is_always_open_is_calendar_time(house: House) -> None:
    found = house.ask(f"{F_OF_START} {F_OF_END}", f"{F_END} - {F_START} - (a.ends - a.starts)")
    always = [
        value
        for one, (value,) in zip(house.asked, found, strict=True)
        if one.calendar_id.endswith("always")
    ]
    assert always == [0] * len(CHANGES) * SPANS


def test_the_inverse_is_the_earliest_instant_at_which_so_much_time_was_open(house: House) -> None:
    """So much: what is open within the interval, less nothing, a microsecond or half of it."""
    for share in (f"{F_END} - {F_START}", f"{F_END} - {F_START} - 1", f"({F_END} - {F_START}) / 2"):
        reached = MACROS.join_reaching("r", OPENINGS, "a.calendar_id", f"({F_START} + {share})")
        instant = MACROS.instant_of(MACROS.reached("r"))
        found = house.ask(f"{F_OF_START} {F_OF_END} {reached}", f"{share}, {instant}")
        for one, (amount, at) in zip(house.asked, found, strict=True):
            if amount > 0:
                calendar = house.calendars[one.calendar_id]
                expected = calendar.reaching(one.start, int(amount) * MICROSECOND)
                assert (one, amount, at) == (one, amount, expected)


def test_the_inverse_gives_back_the_open_time_that_it_was_asked_for(house: House) -> None:
    reached = MACROS.join_reaching("r", OPENINGS, "a.calendar_id", F_END)
    again = MACROS.join_open_time("h", OPENINGS, "a.calendar_id", "r.microseconds")
    back = MACROS.open_time("h", "r.microseconds")
    found = house.ask(f"{F_OF_END} {reached} {again}", f"{F_END}, {back}, r.microseconds, a.ends")
    assert [row for row in found if row[0] > 0 and (row[0] != row[1] or row[2] > row[3])] == []
    assert [row[1] for row in found if row[0] == 0] == [None] * sum(row[0] == 0 for row in found)


def test_what_is_never_open_again_is_never_due(house: House) -> None:
    far = MACROS.join_reaching("r", OPENINGS, "a.calendar_id", "1e18::bigint")
    assert set(house.ask(far, MACROS.reached("r"))) == {(None,)}


def test_a_look_up_reads_a_few_rows_by_an_index(house: House) -> None:
    """Of the openings of a calendar, however many there are."""
    reached = MACROS.join_reaching("r", OPENINGS, "a.calendar_id", "a.ends - 900000000000000")
    with house.desk.warehouse.connect(Role.TRANSFORMER) as connection:
        for joins, value in ((F_OF_END, F_END), (reached, MACROS.reached("r"))):
            query = (
                f"explain (format json) select {value}"
                " from (select '0-0' as calendar_id, n as ends from generate_series(1, 9) n) as a"
                f" {joins}"
            )
            ((plan,),) = connection.execute(query).fetchall()
            assert "Index" in str(plan)
            assert "'Node Type': 'Sort'" not in str(plan)
