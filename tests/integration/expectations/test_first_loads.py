"""What a source sends first, and sends again, is accepted: history, oddities, redeliveries."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhouse.gate import registered_gate
from deskhouse.warehouse.connection import Warehouse
from ingestion.intake import delivery_intake
from ingestion.landing import land
from ingestion.sample import SampleSpec, generate
from tests.integration.expectations.conftest import GatedDesk
from tests.reference.random_logs import random_log
from tests.warehouses import settings_of

UNTIL = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture
def desk(warehouse: Warehouse, tmp_path: Path) -> GatedDesk:
    return GatedDesk(settings_of(warehouse, tmp_path / "desk"), warehouse)


def test_a_lifelike_history_is_accepted_and_so_it_is_again(desk: GatedDesk) -> None:
    """Its last day is a few hours long."""
    for _ in range(2):
        for delivery in generate(SampleSpec(tickets=1_200, days=25, seed=2, until=UNTIL)):
            land(desk.warehouse, registered_gate(), delivery_intake(delivery))
    found = desk.rows(
        "select state, count(*), count(p.batch_id) > 40 from raw.batches as b"
        " left join raw.batch_profiles as p on b.batch_id = p.batch_id group by 1"
    )
    assert found == [("accepted", 52, True)]


def test_logs_of_oddities_are_accepted_and_so_they_are_again(desk: GatedDesk) -> None:
    for seed in range(8):
        log = random_log(seed, tickets=60)
        for _ in range(2):
            assert desk.deliver(log).events == len(log)
