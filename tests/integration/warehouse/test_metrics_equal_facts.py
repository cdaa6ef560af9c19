"""Every named metric, by everything and over every grain, is what plain counting gives."""

import shutil
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskhouse.configuration.dimensions import TicketDimension
from deskhouse.gate import LineRules
from deskhouse.metrics import Filter, Request, answer, catalog
from deskhouse.metrics.fields import with_dimensions
from deskhouse.metrics.request import BASES, GRAINS, Basis, Grain
from deskhouse.settings import CHECKOUT
from deskhouse.warehouse.connection import Role
from ingestion.intake import delivery_intake
from ingestion.landing import land
from ingestion.sample import SampleSpec, generate
from tests.integration.warehouse.desk import Desk
from tests.integration.warehouse.plain_metrics import (
    Plain,
    flows,
    of_facts,
    read_plain,
    stock,
    times,
)
from tests.integration.warehouse.test_worked_examples import TRUTH
from tests.reference.buckets import bucket_of

# Clocks change in both; what is known goes beyond as_of, which is within an hour.
UNTIL = datetime(2026, 4, 15, tzinfo=UTC)
AS_OF = datetime(2026, 4, 9, 10, 17, 31, tzinfo=UTC)
ZONES = ("UTC", "America/New_York")

# A name that has to be bound, and a value in every way that one is written.
SEATS = 'Seats, "100 %" of %(them)s; it\'s'
FIELDS = {
    "product": ("custom_fields", "product"),
    "seats": ("custom_fields", SEATS),
    "contract": ("tags", "contract"),
}
CATALOG = with_dimensions(
    catalog(),
    (
        TicketDimension("product", "product", None, "Product"),
        TicketDimension("seats", SEATS, None, "Seats"),
        TicketDimension("contract", None, "contract", "Contract"),
    ),
)
FLOWS = tuple(metric for metric in CATALOG.metrics if metric.source != "backlog")
DIMENSIONS = tuple(dict.fromkeys(name for metric in FLOWS for name in metric.dimensions))
IDS = {
    "channel": "channel_id",
    "team": "team_id",
    "agent": "agent_id",
    "age_band": "age_band_id",
}
STANDING = CATALOG.metric("backlog").dimensions


# How long what lasts lasted: exactly at the bounds of bands.
BOUNDS = (1, 4, 8, 24, 72, 168)
# What the tickets of these have in a custom field; 7 thrice.
SEATS_OF = {1: 7, 4: 7.0, 8: "7", 24: 7.5, 72: True, 168: ""}

# A target of each SLA metric, in both kinds of hours.
POLICIES = [
    (1, "urgent", "urgent", None, None, "first_reply", "business", 1800, None),
    (2, "reply", None, None, None, "first_reply", "calendar", 6 * 3600, None),
    (3, "next", None, None, None, "next_reply", "business", 3 * 3600, None),
    (4, "wait", None, None, None, "requester_wait", "calendar", 86400, None),
    (5, "work", None, None, None, "agent_work", "business", 8 * 3600, None),
    (6, "end", None, None, None, "resolution", "calendar", 3 * 86400, None),
]


def ticket_of(hours: int) -> list[dict[str, Any]]:
    """A ticket that was resolved after so many hours, before as_of, and reopened after it."""
    begun = AS_OF - timedelta(days=10)
    happened = {"ticket_created": begun, "public_reply": begun + timedelta(hours=hours)}
    log: list[dict[str, Any]] = [
        {"type": kind, "occurred_at": at.isoformat(), "actor_kind": who, "actor_id": who}
        for (kind, at), who in zip(happened.items(), ("customer", "agent"), strict=True)
    ]
    for number, (status, at) in enumerate(
        (("solved", happened["public_reply"]), ("open", AS_OF + timedelta(hours=hours)))
    ):
        event = {"type": "status_changed", "to_value": status, "occurred_at": at.isoformat()}
        log.append({**event, "seq": number + 1})
    log[0]["attributes"] = {"custom": {SEATS: SEATS_OF[hours]}}
    return [
        {**event, "source": "bounds", "ticket_id": str(hours), "event_id": f"{hours}-{number}"}
        for number, event in enumerate(log)
    ]


def regained() -> list[dict[str, Any]]:
    """A ticket that nobody had to do with, rated badly and then well."""
    begun = AS_OF - timedelta(days=3)
    kinds = ("ticket_created", "csat_offered", "csat_rated", "csat_rated")
    scores: tuple[dict[str, int], ...] = (
        {},
        {},
        {"score": 1, "scale": 7},
        {"score": 6, "scale": 7},
    )
    return [
        {
            "type": kind,
            "occurred_at": (begun + timedelta(hours=number)).isoformat(),
            "actor_kind": "customer",
            "source": "bounds",
            "ticket_id": "regained",
            "event_id": f"regained-{number}",
            "attributes": score,
        }
        for number, (kind, score) in enumerate(zip(kinds, scores, strict=True))
    ]


@pytest.fixture(scope="module")
def filled(standing_desk: Desk) -> Desk:
    """The worked examples and a sample, in which two agents, and two teams, have one name.

    There are opening hours, and targets.
    """
    for path in (CHECKOUT / "config").glob("*.csv"):
        shutil.copy(path, standing_desk.settings.config)
    standing_desk.configure_policies(POLICIES)
    with (standing_desk.settings.config / "agents.csv").open("a", encoding="utf-8") as agents:
        agents.write("worked_example,501,ann-1,Ines Duarte,,,false,\n")
        agents.write("worked_example,502,ann-2,No agent,,,false,2026-03-20\n")
    with (standing_desk.settings.config / "teams.csv").open("a", encoding="utf-8") as teams:
        teams.write("edge_cases,t1,support,Billing,\n")
    for name in ("worked_example", "edge_cases"):
        standing_desk.deliver_file(TRUTH / f"{name}.ndjson")
    standing_desk.deliver(event for hours in BOUNDS for event in ticket_of(hours))
    standing_desk.deliver(regained())
    for delivery in generate(SampleSpec(until=UNTIL, tickets=200, days=50, seed=3)):
        land(standing_desk.warehouse, LineRules(), delivery_intake(delivery))
    return standing_desk


@pytest.fixture(scope="module", params=ZONES)
def plain(filled: Desk, request: pytest.FixtureRequest) -> tuple[Desk, Plain]:
    """The desk, built in a reporting zone, and its marts' rows."""
    zone = str(request.param)
    desk = Desk(filled.settings.model_copy(update={"time_zone": zone}), filled.warehouse)
    desk.build(AS_OF)

    def rows(mart: str, columns: str) -> pd.DataFrame:
        with desk.warehouse.connect(Role.READER) as connection:
            cursor = connection.execute(f"select {columns} from marts.{mart}".encode())
            names = [column.name for column in cursor.description or ()]
            return pd.DataFrame(cursor.fetchall(), columns=names)

    return desk, read_plain(rows, AS_OF, zone, FIELDS)


def asked(desk: Desk, request: Request) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The answer's cells, each with its metrics by name."""
    found = answer(desk.warehouse, CATALOG, request)
    width = len(found.columns) - len(found.metrics)
    names = found.columns[width:]
    cells = {row[:width]: dict(zip(names, row[width:], strict=True)) for row in found.rows}
    assert len(cells) == len(found.rows)
    return cells


def named(metrics: Any, by: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the metrics that can be told apart by dimensions."""
    return tuple(metric.name for metric in metrics if set(by) <= set(metric.dimensions))


def only(cells: dict[Any, dict[str, Any]], names: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    return {cell: {name: values[name] for name in names} for cell, values in cells.items()}


def standing(cells: dict[Any, dict[str, Any]]) -> dict[Any, int]:
    """The backlog of the cells in which there is any."""
    return {cell: values["backlog"] for cell, values in cells.items() if values["backlog"]}


def test_each_metric_is_of_something(plain: tuple[Desk, Plain]) -> None:
    """What is nothing everywhere would be equal to anything."""
    desk, _ = plain
    names = tuple(metric.name for metric in CATALOG.metrics)
    cells = asked(desk, Request(names, grain="day")).values()
    assert [name for name in names if not any(values[name] for values in cells)] == []


def test_what_a_field_says_is_one_value_however_it_is_written(plain: tuple[Desk, Plain]) -> None:
    desk, known = plain
    found = asked(desk, Request(("tickets",), ("seats",)))
    created = known.tickets[known.tickets["is_countable"]]
    others = (created["created_at"] <= AS_OF).sum() - len(BOUNDS) + 1
    assert {cell: values["tickets"] for (cell,), values in found.items()} == {
        "7": 3,
        "7.5": 1,
        "true": 1,
        "none": others,
    }


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("grain", GRAINS)
def test_a_metric_by_a_dimension_over_a_grain_is_what_its_measurements_say(
    plain: tuple[Desk, Plain], grain: Grain, basis: Basis
) -> None:
    desk, known = plain
    for by in ((), *((name,) for name in DIMENSIONS)):
        names = named(FLOWS, by)
        found = asked(desk, Request(names, by, grain, basis=basis))
        assert found == only(flows(known, known.measured, by, grain, basis), names), by


def test_over_all_time_cohorts_add_up_to_what_happened(plain: tuple[Desk, Plain]) -> None:
    desk, _ = plain
    names = tuple(metric.name for metric in FLOWS if metric.kind == "count")
    happened, cohorts = (asked(desk, Request(names, grain="month", basis=basis)) for basis in BASES)
    assert happened != cohorts
    for name in names:
        total = sum(values[name] for values in happened.values())
        assert sum(values[name] for values in cohorts.values()) == total > 0, name


@pytest.mark.parametrize("grain", GRAINS)
def test_the_backlog_is_what_entered_and_did_not_leave_before_the_end(
    plain: tuple[Desk, Plain], grain: Grain
) -> None:
    desk, known = plain
    for by in ((), *((name,) for name in STANDING)):
        found = asked(desk, Request(("backlog",), by, grain))
        assert standing(found) == stock(known, known.measured, by, grain, None), by


@pytest.mark.parametrize("grain", GRAINS)
def test_time_unresolved_is_that_of_each_ticket_cut_at_the_bounds(
    plain: tuple[Desk, Plain], grain: Grain
) -> None:
    desk, known = plain
    for by in ((), *((name,) for name in STANDING), ("status", "age_band")):
        found = asked(desk, Request(("unresolved_time",), by, grain))
        there = {cell: values["unresolved_time"] for cell, values in found.items()}
        expected = times(known, known.measured, by, grain)
        assert {cell: time for cell, time in there.items() if time} == dict(expected), by


@settings(max_examples=40)
@given(data=st.data())
def test_what_stands_and_for_how_long_is_that_of_a_range_and_of_what_is_chosen(
    plain: tuple[Desk, Plain], data: st.DataObject
) -> None:
    desk, known = plain
    by = tuple(data.draw(st.lists(st.sampled_from(STANDING), max_size=2, unique=True)))
    grain: Grain = data.draw(st.sampled_from(GRAINS))
    chosen = data.draw(filters_of(known, STANDING))
    since, until = data.draw(ranges(known.zone))
    since = since and bucket_of(since, "hour", known.zone)
    filters = tuple(Filter(name, values) for name, values in chosen.items())
    found = asked(desk, Request(("unresolved_time", "backlog"), by, grain, filters, since, until))
    there = {cell: values["unresolved_time"] for cell, values in found.items()}
    rows = known.chosen(chosen, until=until)
    expected = times(known, rows, by, grain, since, until)
    assert {cell: time for cell, time in there.items() if time} == dict(expected)
    if grain == "none":
        assert standing(found) == stock(known, rows, by, grain, until)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("grain", [grain for grain in GRAINS if grain != "none"])
def test_tickets_streaks_ratings_and_sla_instances_say_the_same(
    plain: tuple[Desk, Plain], grain: Grain, basis: Basis
) -> None:
    desk, known = plain
    expected = of_facts(known, grain, basis)
    found = asked(desk, Request(tuple(expected), grain=grain, basis=basis))
    for name, by_bucket in expected.items():
        assert by_bucket
        there = {cell: values[name] for cell, values in found.items() if values[name]}
        assert there == {cell: value for cell, value in by_bucket.items() if value}, name


@settings(max_examples=60)
@given(data=st.data())
def test_whatever_is_asked_for_together_is_what_plain_counting_gives(
    plain: tuple[Desk, Plain], data: st.DataObject
) -> None:
    """Two dimensions, filters by name or id, ranges that begin anywhere, flows beside the stock.

    Of cohorts, flows alone.
    """
    desk, known = plain
    told = tuple(name for name in STANDING if name in DIMENSIONS)
    by = tuple(data.draw(st.lists(st.sampled_from(told), max_size=2, unique=True)))
    grain: Grain = data.draw(st.sampled_from(GRAINS))
    filters = data.draw(filters_of(known, told))
    since, until = data.draw(ranges(known.zone))
    basis: Basis = data.draw(st.sampled_from(BASES))
    rows = known.chosen(filters, since, until, basis)
    names = named(FLOWS, (*by, *filters))
    stocked = ("backlog",) if basis == "event" else ()
    found = asked(
        desk,
        Request(
            (*names, *stocked),
            by,
            grain,
            tuple(Filter(name, values) for name, values in filters.items()),
            since,
            until,
            basis,
        ),
    )
    measured = only(flows(known, rows, by, grain, basis), names)
    assert {
        cell: only({cell: values}, names)[cell]
        for cell, values in found.items()
        if cell in measured
    } == measured
    nothing = {None, 0}
    assert all(
        {values[name] for name in names} <= nothing
        for cell, values in found.items()
        if cell not in measured
    )
    if not stocked:
        assert found.keys() == measured.keys()
        return
    moves = known.chosen(filters, until=until)
    stocks = stock(known, moves, by, grain, until)
    if since and grain != "none":
        # Of the buckets before the range nothing is said.
        first = flows(known, first_row(known, since), (), grain)
        stocks = {cell: n for cell, n in stocks.items() if cell[0] >= min(first)[0]}
    assert standing(found) == stocks


def first_row(known: Plain, since: datetime) -> pd.DataFrame:
    """A row at an instant, to name the bucket of it."""
    zone = ZoneInfo(known.zone)
    row = known.measured.iloc[:1].copy()
    row["day"] = [since.astimezone(zone).date()]
    row["hour"] = [bucket_of(since, "hour", known.zone)]
    return row


@st.composite
def filters_of(
    draw: st.DrawFn, known: Plain, dimensions: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Some values, of which some are there, of up to two dimensions; by name or by id."""
    chosen = draw(st.lists(st.sampled_from(dimensions), max_size=2, unique=True))
    found = {}
    for name in chosen:
        column = draw(st.sampled_from([name, IDS.get(name, name)]))
        values = sorted(known.measured[column].dropna().unique())
        found[name] = tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=3)))
    return found


@st.composite
def ranges(draw: st.DrawFn, zone: str) -> tuple[datetime | None, datetime | None]:
    """A range within the sample, which ends at a full hour or goes on."""
    since = AS_OF - timedelta(minutes=draw(st.integers(0, 50 * 1440)))
    hours = draw(st.integers(1, 30 * 24))
    day = draw(st.booleans())
    until = bucket_of(since + timedelta(hours=hours), "day" if day else "hour", zone)
    is_open = until <= since or until > AS_OF or draw(st.booleans())
    return draw(st.sampled_from([since, None])), None if is_open else until
