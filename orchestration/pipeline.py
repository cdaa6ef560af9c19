"""The sequence: ingest what is due, then build. What a schedule runs, and `deskhouse refresh`."""

from dataclasses import dataclass
from datetime import datetime

from deskhouse.build.build import BuildReport, build
from deskhouse.build.transform import Progress
from deskhouse.gate import Gate
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from ingestion.due import Taken, ingest_due


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one refresh took in, and the build that followed."""

    taken: tuple[Taken, ...]
    build: BuildReport

    @property
    def problems(self) -> tuple[Taken, ...]:
        """Deliveries that did not land; they are tried again when their source is due next."""
        return tuple(one for one in self.taken if one.problem)


def refresh(
    settings: Settings,
    warehouse: Warehouse,
    gate: Gate,
    *,
    as_of: datetime,
    progress: Progress | None = None,
) -> Refreshed:
    """Take every source that is due and bring the marts up to it, judged at `as_of`.

    A source with a problem does not hold up the others, nor the build; as_of advances also where
    nothing came.

    Raises:
        WrongConfiguration: the configuration folder; nothing was done.
        Busy: another refresh, or a build, runs.
        BuildFailed: a model failed; what was taken is kept, readers see what they saw before.
    """
    taken = tuple(ingest_due(settings, warehouse, gate))
    return Refreshed(taken, build(settings, warehouse, as_of=as_of, progress=progress))
