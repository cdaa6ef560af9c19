"""What Dagster loads: the asset graph, its jobs, schedules and sensors."""

from deskhouse.settings import read_settings
from orchestration.defs.loading import definitions

defs = definitions(read_settings())
