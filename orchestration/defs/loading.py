"""Everything Dagster is to know, as one `Definitions`."""

import dagster as dg

from deskhouse.settings import Settings
from orchestration.defs.assets import Graph, refreshing
from orchestration.defs.schedules import jobs, schedules


def definitions(settings: Settings) -> dg.Definitions:
    """The asset graph of these settings, its jobs, schedules and sensors.

    Raises:
        BuildFailed: dbt cannot read the project.
    """
    graph = Graph.of(settings)
    refresh = refreshing(settings, graph)
    return dg.Definitions(
        assets=[*graph.configured(), refresh],
        jobs=jobs(refresh),
        schedules=schedules(settings),
    )
