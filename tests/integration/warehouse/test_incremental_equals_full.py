"""However events arrive and builds are made between, the marts are what one build makes."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.integration.warehouse.conftest import forget_all
from tests.integration.warehouse.desk import MARTS, Desk
from tests.reference.configuration import Configuration
from tests.reference.random_logs import random_configuration, random_log, window_of

Record = dict[str, Any]
DAY = timedelta(days=1)


@pytest.mark.parametrize("seed", [9])
def test_marts_kept_up_to_date_equal_marts_made_from_nothing(
    settings: Settings, warehouse: Warehouse, seed: int
) -> None:
    """Late, shuffled, repeated and conflicting events, changed configuration, as_of both ways."""
    random = Random(f"arrival {seed}")
    window = window_of(seed)
    desk = Desk(settings.model_copy(update={"time_zone": window.zone}), warehouse)
    log = random_log(seed, tickets=40)
    for batch in _batches(random, log):
        if random.random() < 0.4:
            desk.configure(_configuration(random, seed))
        desk.deliver(batch)
        if random.random() < 0.8:
            desk.build(_some_instant(random, window.start, window.end))
    as_of = _some_instant(random, window.change, window.end)
    desk.build(as_of)
    kept = desk.marts()
    report = desk.build(as_of, full_refresh=True)
    assert report.from_nothing == "as asked"
    made = desk.marts()
    assert {name: _differences(kept[name], made[name]) for name in MARTS} == dict.fromkeys(
        MARTS, ([], [])
    )
    tickets = {(record["source"], record["ticket_id"]) for record in log if record.get("ticket_id")}
    assert len(made["fct_tickets"]) == len(tickets)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed, or as many as `--seeds` asks for; those of one zone are one desk."""
    if metafunc.function is test_however_events_arrive_the_marts_are_the_same:
        zones = defaultdict(list)
        for seed in range(5, 5 + metafunc.config.getoption("seeds")):
            zones[window_of(seed)].append(seed)
        metafunc.parametrize("seeds", list(zones.values()), ids=str)


def test_however_events_arrive_the_marts_are_the_same(
    settings: Settings, warehouse: Warehouse, seeds: list[int]
) -> None:
    """The same events whole, shuffled, late, repeated and split: every mart, row for row."""
    window = window_of(seeds[0])
    desk = Desk(settings.model_copy(update={"time_zone": window.zone}), warehouse)
    log = [record for seed in seeds for record in _first_of_each(_log_of_its_own(seed))]
    found = {}
    for name, batches in _arrivals(Random(f"arrivals {seeds}"), log).items():
        forget_all(warehouse)
        for batch in batches:
            desk.deliver(batch)
            desk.build(window.end)
        found[name] = desk.marts()
    whole = found.pop("whole")
    assert len(whole["fct_tickets"]) >= 20 * len(seeds)
    assert {
        (name, mart): _differences(marts[mart], whole[mart])
        for name, marts in found.items()
        for mart in MARTS
        if marts[mart] != whole[mart]
    } == {}


def test_a_first_ticket_that_begins_later_than_was_thought_takes_its_hours_along(
    desk: Desk,
) -> None:
    """Its creation comes late, and is dated after the reply that was taken for its beginning."""
    as_of = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    of_ticket = {"source": "s", "ticket_id": "1", "actor_kind": "agent", "actor_id": "a"}
    reply = {"event_id": "1", "type": "public_reply", "occurred_at": "2026-03-02T08:15:00Z"}
    created = {"event_id": "2", "type": "ticket_created", "occurred_at": "2026-03-02T11:10:00Z"}
    hours = "select count(*) from marts.dim_hours"
    desk.deliver([of_ticket | reply])
    desk.build(as_of)
    assert desk.rows(hours) == [(5,)]
    desk.deliver([of_ticket | created])
    desk.build(as_of)
    assert desk.rows(hours) == [(2,)]
    kept = desk.marts()
    desk.build(as_of, full_refresh=True)
    assert desk.marts() == kept


def test_a_log_that_comes_day_by_day_and_late_in_part_ends_as_if_built_at_once(
    settings: Settings, warehouse: Warehouse
) -> None:
    """Some days' events, shuffled, a twentieth up to 30 days late, with a build each day."""
    random, window = Random("day by day"), window_of(1)
    desk = Desk(settings.model_copy(update={"time_zone": window.zone}), warehouse)
    days = _by_arrival(random, _first_of_each(random_log(1, tickets=30)), window.change)
    assert max(days) - min(days) > timedelta(days=20)
    for day, batch in sorted(days.items()):
        desk.deliver(random.sample(batch, len(batch)))
        desk.build(day + DAY)
    kept = desk.marts()
    assert desk.build(max(days) + DAY, full_refresh=True).from_nothing == "as asked"
    made = desk.marts()
    assert {name: _differences(kept[name], made[name]) for name in MARTS} == dict.fromkeys(
        MARTS, ([], [])
    )
    assert len(made["backlog_daily"]) > len(made["fct_tickets"]) > 15


def _by_arrival(
    random: Random, log: list[Record], change: datetime
) -> dict[datetime, list[Record]]:
    """Events of the days around a change of clocks by the day (of UTC) on which they come."""
    near = [
        record
        for record in log
        if abs(datetime.fromisoformat(record["occurred_at"]) - change) < 2 * DAY
    ]
    late = {id(record) for record in random.sample(near, len(near) // 20)}
    days = defaultdict(list)
    for record in near:
        arrived = datetime.fromisoformat(record["occurred_at"]).astimezone(UTC)
        if id(record) in late:
            arrived += random.randint(1, 30) * DAY
        days[arrived.replace(hour=0, minute=0, second=0, microsecond=0)].append(record)
    return days


def _log_of_its_own(seed: int) -> list[Record]:
    """A seed's log, whose sources are no other's."""
    log = random_log(seed, tickets=20)
    return [{**record, "source": f"{record['source']}-{seed}"} for record in log]


def _arrivals(random: Random, log: list[Record]) -> dict[str, list[list[Record]]]:
    """Ways in which one log may come in, each as batches with a build after each."""
    shuffled = random.sample(log, len(log))
    late = {id(record) for record in random.sample(log, len(log) // 5)}
    return {
        "whole": [log],
        "shuffled": [shuffled],
        "late": [
            [record for record in log if id(record) not in late],
            [record for record in log if id(record) in late],
        ],
        "repeated": [[*log, *shuffled[: len(log) // 3]], shuffled[len(log) // 2 :]],
        "split": [log[number::3] for number in range(3)],
    }


def _batches(random: Random, log: list[Record]) -> list[list[Record]]:
    """The log in pieces, some late, some twice."""
    repeated = [*log, *random.sample(log, len(log) // 10)]
    size = max(1, len(repeated) // random.randint(4, 7))
    return [repeated[start : start + size] for start in range(0, len(repeated), size)]


def _first_of_each(log: list[Record]) -> list[Record]:
    """Without conflicting redeliveries: which of two contents stands is a matter of order."""
    found: dict[tuple[Any, ...], Record] = {}
    for record in log:
        key = (record.get("source"), record.get("ticket_id"), record["event_id"])
        found.setdefault(key, record)
    return list(found.values())


def _configuration(random: Random, seed: int) -> Configuration:
    """One of several configurations of the same zone."""
    return random_configuration(seed + 8 * random.randrange(4))


def _some_instant(random: Random, start: datetime, end: datetime) -> datetime:
    return start + timedelta(seconds=random.randrange(int((end - start).total_seconds())))


def _differences(left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
    return sorted(set(left) - set(right))[:2], sorted(set(right) - set(left))[:2]
