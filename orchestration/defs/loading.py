"""Everything Dagster is to know, as one `Definitions`."""

import dagster as dg

from deskhouse.settings import Settings
from orchestration.defs.assets import Graph, refreshing
from orchestration.defs.checks import verification
from orchestration.defs.schedules import jobs, schedules
from orchestration.defs.sensors import sensors


def definitions(settings: Settings) -> dg.Definitions:
    """The asset graph of these settings, its jobs, schedules and sensors.

    Raises:
        BuildFailed: dbt cannot read the project.
    """
    graph = Graph.of(settings)
    refresh = refreshing(settings, graph)
    checks = verification(settings, graph)
    return dg.Definitions(
        assets=[*graph.configured(), refresh, *graph.dashboards()],
        asset_checks=checks,
        jobs=jobs(settings, refresh, checks),
        schedules=schedules(settings),
        sensors=sensors(settings),
    )
