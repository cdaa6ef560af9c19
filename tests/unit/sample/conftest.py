"""One sample that the tests of this folder look at together: made once, 60 days of a help desk."""

from datetime import UTC, datetime

import pytest

from ingestion.delivery import Delivery, EventRow
from ingestion.sample import SampleSpec, generate
from tests.unit.sample.figures import Ticket, tickets_of


@pytest.fixture(scope="session")
def spec() -> SampleSpec:
    return SampleSpec(
        tickets=8_000, days=60, seed=1, until=datetime(2026, 4, 20, 15, 30, tzinfo=UTC)
    )


@pytest.fixture(scope="session")
def deliveries(spec: SampleSpec) -> list[Delivery]:
    return list(generate(spec))


@pytest.fixture(scope="session")
def rows(deliveries: list[Delivery]) -> list[EventRow]:
    """Every event as it arrives, redeliveries included."""
    return [row for delivery in deliveries for row in delivery.events]


@pytest.fixture(scope="session")
def events(rows: list[EventRow]) -> dict[str, EventRow]:
    """Every event once, by id."""
    return {row.event_id: row for row in rows}


@pytest.fixture(scope="session")
def tickets(rows: list[EventRow]) -> list[Ticket]:
    return tickets_of(rows)
