"""Who is told of each refresh."""

from collections.abc import Sequence
from dataclasses import dataclass

from deskhouse.metrics import catalog
from deskhouse.warehouse.connection import Warehouse
from orchestration.pipeline import Listener, Refreshed
from superset_assets.caches import forget


@dataclass(frozen=True, slots=True)
class SupersetCaches:
    """Superset, which keeps answers to what dashboards ask until the data behind them changes."""

    warehouse: Warehouse
    name: str = "superset"

    def refreshed(self, done: Refreshed) -> None:
        """Have it forget what this build changed."""
        models = [model.name for model in done.build.models]
        forget(self.warehouse, catalog(), done.build.build_id, models)


def listeners(warehouse: Warehouse) -> Sequence[Listener]:
    """All of them."""
    return (SupersetCaches(warehouse),)
