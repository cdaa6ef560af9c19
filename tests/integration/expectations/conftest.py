"""A help desk whose deliveries land behind the gate, one for each module."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from deskhouse.errors import DeliveryRefused
from deskhouse.gate import registered_gate
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse
from ingestion.events import event_file
from ingestion.landing import Landed, land
from tests.integration.warehouse.desk import MARTS
from tests.warehouses import fresh_warehouses, settings_of

Record = Mapping[str, Any]


@dataclass
class GatedDesk:
    """A warehouse, its settings, and what landing behind the gate says."""

    settings: Settings
    warehouse: Warehouse
    _deliveries: int = field(default=0)

    def deliver(self, records: Iterable[Record | str]) -> Landed:
        """Land events, and lines that are none, as one delivery."""
        self._deliveries += 1
        path = self.settings.home / f"delivery-{self._deliveries}.ndjson"
        lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
        path.write_text("\n".join(lines), encoding="utf-8")
        return land(self.warehouse, registered_gate(), event_file(str(path)))

    def refusal(self, records: Iterable[Record | str]) -> str:
        """What is said of a delivery that the gate refuses."""
        with pytest.raises(DeliveryRefused) as error:
            self.deliver(records)
        return f"{error.value}. {error.value.hint}"

    def rows(self, query: str, role: Role = Role.OWNER) -> list[tuple[Any, ...]]:
        """The answer to a query."""
        with self.warehouse.connect(role) as connection:
            return connection.execute(query.encode()).fetchall()

    def marts(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every mart, each row as text, sorted."""
        query = "select t::text from marts.{} as t order by 1"
        return {name: self.rows(query.format(name), Role.READER) for name in MARTS}


@pytest.fixture(scope="module")
def gated_desk(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatedDesk]:
    """A help desk without events that the tests of a module share."""
    with fresh_warehouses(server_url) as make:
        warehouse = make()
        folder = tmp_path_factory.mktemp("gated") / "desk"
        yield GatedDesk(settings_of(warehouse, folder), warehouse)
