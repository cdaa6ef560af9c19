"""However events arrive and builds are made between, the marts are what one build makes."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.integration.warehouse.desk import MARTS, Desk
from tests.reference.configuration import Configuration
from tests.reference.random_logs import random_configuration, random_log, window_of

Record = dict[str, Any]


@pytest.mark.parametrize("seed", [3, 9])
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


def test_the_order_of_arrival_changes_nothing(settings: Settings, warehouse: Warehouse) -> None:
    """The same events in one delivery, and shuffled and repeated in many."""
    seed = 5
    random = Random("order")
    window = window_of(seed)
    desk = Desk(settings.model_copy(update={"time_zone": window.zone}), warehouse)
    log = _first_of_each(random_log(seed, tickets=30))
    shuffled = [*log, *random.sample(log, len(log) // 3)]
    random.shuffle(shuffled)
    for start in range(0, len(shuffled), 60):
        desk.deliver(shuffled[start : start + 60])
        desk.build(window.end)
    in_pieces = desk.marts()
    empty_warehouse(desk)
    desk.deliver(log)
    desk.build(window.end, full_refresh=True)
    at_once = desk.marts()
    assert {name: _differences(in_pieces[name], at_once[name]) for name in MARTS} == dict.fromkeys(
        MARTS, ([], [])
    )


def empty_warehouse(desk: Desk) -> None:
    """Forget all that was received."""
    from deskhouse.warehouse.connection import Role

    with desk.warehouse.connect(Role.OWNER) as connection:
        connection.execute("truncate raw.ticket_events, raw.agent_events, raw.batches")


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
    zone = window_of(seed).zone
    other = random_configuration(seed + 8 * random.randrange(4))
    return Configuration(zone, other.agents, other.teams)


def _some_instant(random: Random, start: datetime, end: datetime) -> datetime:
    return start + timedelta(seconds=random.randrange(int((end - start).total_seconds())))


def _differences(left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
    return sorted(set(left) - set(right))[:2], sorted(set(right) - set(left))[:2]
