"""The sequence: ingest what is due, build, judge the marts, tell who registered.

Plain functions with typed results. A schedule runs it, and so does `deskhouse refresh`. One
sequence at a time works on a warehouse; what goes wrong for a moment (Postgres restarts) is tried
again, what would go wrong again is not.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from deskhouse.build.build import BuildReport, build
from deskhouse.build.transform import Progress
from deskhouse.data_state import DataState
from deskhouse.errors import BuildFailed, DeskhouseError, ServiceDown
from deskhouse.gate import Gate
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse, loss_told
from deskhouse.warehouse.locks import Lock, held
from expectations.marts import judge
from ingestion.due import Taken, ingest_due

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long another refresh is waited for, and how a fault is: all in seconds.

    `back_off` is waited before each further attempt after a transient fault, by calling `wait`.
    """

    for_another: float = 30.0
    back_off: tuple[float, ...] = (1.0, 4.0, 15.0)
    wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one refresh took in, the build that followed, and whether its marts are fit to read.

    `untold` are the listeners that could not be told, each with the reason: a cache that is not up
    is a warning.
    """

    taken: tuple[Taken, ...]
    build: BuildReport
    state: DataState
    untold: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Taken, ...]:
        """Deliveries that did not land; they are tried again when their source is due next."""
        return tuple(one for one in self.taken if one.problem)


class Listener(Protocol):
    """Somebody who wants to know of each refresh: a cache, a sender of reports."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    def refreshed(self, done: Refreshed) -> None:
        """Called after a build that readers see, with what it is worth in `done.state`."""
        ...


def refresh(
    settings: Settings,
    warehouse: Warehouse,
    gate: Gate,
    *,
    as_of: datetime | None = None,
    listeners: Sequence[Listener] = (),
    patience: Patience = Patience(),
    progress: Progress | None = None,
) -> Refreshed:
    """Take every source that is due and bring the marts up to it, judged at `as_of`, or at now.

    A source with a problem does not hold up the others, nor the build; as_of advances also where
    nothing came.

    Raises:
        WrongConfiguration: the configuration folder; nothing was done.
        Busy: another refresh, or a build, runs.
        BuildFailed: a model failed; what was taken is kept, readers see what they saw before.
        ServiceDown: Postgres does not answer, and did not in several attempts.
    """
    for seconds in (*patience.back_off, None):
        try:
            with _one_at_a_time(warehouse, patience.for_another):
                return _refresh_once(settings, warehouse, gate, as_of, listeners, progress)
        except (ServiceDown, BuildFailed) as fault:
            if seconds is None or not _is_transient(fault):
                raise
            _log.warning("%s; the refresh is tried again in %g s", fault, seconds)
            patience.wait(seconds)
    raise AssertionError("the last attempt returns or raises")


def _is_transient(fault: ServiceDown | BuildFailed) -> bool:
    return isinstance(fault, ServiceDown) or fault.is_transient


def _refresh_once(
    settings: Settings,
    warehouse: Warehouse,
    gate: Gate,
    as_of: datetime | None,
    listeners: Sequence[Listener],
    progress: Progress | None,
) -> Refreshed:
    taken = tuple(ingest_due(settings, warehouse, gate))
    report = build(settings, warehouse, as_of=as_of or datetime.now(UTC), progress=progress)
    done = Refreshed(taken, report, judge(warehouse))
    return replace(done, untold=tuple(_tell(listeners, done)))


def _tell(listeners: Sequence[Listener], done: Refreshed) -> Iterator[str]:
    """Tell each listener; the reasons of those that cannot be told."""
    for listener in listeners:
        try:
            listener.refreshed(done)
        except DeskhouseError as error:
            _log.warning("%s was not told of build %s: %s", listener.name, done.build, error)
            yield f"{listener.name}: {error}"


@contextmanager
def _one_at_a_time(warehouse: Warehouse, patience: float) -> Iterator[None]:
    """Hold the refresh's lock for the block, on a connection of its own.

    Raises:
        Busy: another refresh held it for `patience` seconds.
    """
    with (
        loss_told("the refresh"),
        warehouse.connect(Role.TRANSFORMER, autocommit=True) as connection,
        held(connection, Lock.REFRESH, patience, "refresh"),
    ):
        yield
