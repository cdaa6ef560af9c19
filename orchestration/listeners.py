"""Who is told of each refresh."""

from collections.abc import Sequence
from dataclasses import dataclass

from deskhouse.build.build import BuildReport
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
        """Have it forget what the refresh's build changed."""
        self.built(done.build)

    def built(self, report: BuildReport) -> None:
        """Have it forget what a build changed.

        Raises:
            ServiceDown: Postgres went away.
        """
        models = [model.name for model in report.models]
        forget(self.warehouse, catalog(), report.build_id, models)


def listeners(warehouse: Warehouse) -> Sequence[Listener]:
    """All of them."""
    return (SupersetCaches(warehouse),)
