"""A desk for each test."""

import pytest

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.integration.warehouse.desk import Desk


@pytest.fixture
def desk(settings: Settings, warehouse: Warehouse) -> Desk:
    """A help desk without events."""
    return Desk(settings, warehouse)
