"""Business time by look-ups in SQL is what the plain reference measures, to the microsecond."""

import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import jinja2
import pytest

from deskhouse.build.project import PROJECT
from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import Desk
from tests.reference.calendars import Calendar, Calendars, Hours, Weekly
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
AS_OF = datetime(2026, 11, 23, tzinfo=UTC)

# The Sundays on which clocks change, and how many minutes each of their weekends has.
WEEKENDS = {
    ("Europe/Berlin", date(2026, 3, 29)): 47 * 60,
    ("Europe/Berlin", date(2026, 10, 25)): 49 * 60,
    ("America/New_York", date(2026, 3, 8)): 47 * 60,
    ("America/New_York", date(2026, 11, 1)): 49 * 60,
    ("Australia/Lord_Howe", date(2026, 10, 4)): 47 * 60 + 30,
    ("Australia/Lord_Howe", date(2026, 4, 5)): 48 * 60 + 30,
}
# Each day; none of them begins or ends within an hour that is skipped or comes twice.
PLAIN_HOURS: tuple[Hours, ...] = (
    (time(0, 30), time(4, 30)),
    (time(9), time(17)),
    (time(22), time(0, 15)),
)
TICKETS = 10_000


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

    def ask(self, joins: str, values: str, asked: Sequence[Asked] = ()) -> list[Any]:
        """Values of each interval `a` (calendar_id, starts, ends: microseconds), in order."""
        rows = ", ".join(
            f"({number}, '{one.calendar_id}', {microseconds(one.start)}, {microseconds(one.end)})"
            for number, one in enumerate(asked or self.asked)
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
    daily = tuple(Weekly(weekday, hours) for weekday in range(7) for hours in PLAIN_HOURS)
    calendars.update({zone: Calendar(zone, daily) for zone, _ in WEEKENDS})
    standing_desk.configure_calendars(Calendars("0-always", calendars))
    standing_desk.build(AS_OF)
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


def test_every_minute_of_a_weekend_on_which_clocks_change_is_open_if_they_show_so(
    house: House,
) -> None:
    """Asked are the clocks of the zone alone, a minute at a time."""
    for (zone, sunday), length in WEEKENDS.items():
        minutes = _minutes(zone, sunday)
        assert len(minutes) == length
        expected = [(60_000_000 * _is_open(one.start, zone),) for one in minutes]
        assert house.ask(f"{F_OF_START} {F_OF_END}", f"{F_END} - {F_START}", minutes) == expected


def _minutes(zone: str, sunday: date) -> list[Asked]:
    """The minutes from the midnight before Saturday to the one after Sunday."""
    start, end = (
        datetime.combine(sunday + timedelta(days=days), time(), zoneinfo.ZoneInfo(zone))
        for days in (-1, 1)
    )
    length = (end.astimezone(UTC) - start.astimezone(UTC)) // timedelta(minutes=1)
    instants = [start.astimezone(UTC) + timedelta(minutes=number) for number in range(length)]
    return [Asked(zone, instant, instant + timedelta(minutes=1)) for instant in instants]


def _is_open(instant: datetime, zone: str) -> bool:
    clock = instant.astimezone(zoneinfo.ZoneInfo(zone)).time()
    return any(
        opens <= clock < closes if opens < closes else clock >= opens or clock < closes
        for opens, closes in PLAIN_HOURS
    )


def test_ten_thousand_tickets_of_what_is_always_open_have_the_same_in_both_kinds_of_hours(
    house: House,
) -> None:
    random = Random("always open")
    house.desk.deliver(
        event for number in range(TICKETS) for event in _random_ticket(random, number)
    )
    house.desk.build(AS_OF)
    waits = ("requester_wait", "agent_work", "agent_wait", "on_hold")
    lasting = {
        "fct_tickets": ("first_reply", "first_resolution", "full_resolution", *waits),
        "fct_reply_streaks": ("wait",),
        "fct_ticket_intervals": ("duration",),
    }
    for mart, names in lasting.items():
        for name in names:
            ((tickets, apart),) = house.desk.rows(
                f"select count(distinct ticket_key) filter (where {name}_calendar_seconds > 0),"
                f" count(*) filter (where {name}_calendar_seconds"
                f" is distinct from {name}_business_seconds)"
                f" from marts.{mart} where source = 'always'"
            )
            assert (mart, name, apart) == (mart, name, 0)
            assert tickets > TICKETS / 4
    count = "select count(*) from marts.fct_tickets where source = 'always'"
    assert house.desk.rows(count) == [(TICKETS,)]


def _random_ticket(random: Random, number: int) -> Iterator[dict[str, Any]]:
    """Events of a ticket around a change of clocks, whose calendar is open all the time."""
    change = number % len(CHANGES)
    creation = {"actor_kind": "customer", "attributes": {"calendar_id": f"{change}-always"}}
    happened: list[tuple[str, dict[str, Any]]] = [
        ("public_reply", {"actor_kind": "agent", "actor_id": "a"}),
        *(("status_changed", {"to_value": value}) for value in ("open", "pending", "hold")),
    ]
    random.shuffle(happened)
    log = [("ticket_created", creation), *happened, ("status_changed", {"to_value": "solved"})]
    instants = sorted(random_instant(random, CHANGES[change]) for _ in log)
    for place, (instant, (kind, fields)) in enumerate(zip(instants, log, strict=True)):
        yield {
            "source": "always",
            "ticket_id": str(number),
            "event_id": f"{number}-{place}",
            "type": kind,
            "occurred_at": instant.isoformat(),
            **fields,
        }


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
