"""Taking what is due: each source of `sources.yml` whose time has come, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from deskhouse.configuration.sources import read_sources
from deskhouse.errors import Busy, DeliveryRefused, WrongInput
from deskhouse.gate import Gate
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse
from deskhouse.warehouse.locks import Lock
from ingestion.intake import Intake
from ingestion.landing import Landed, land
from ingestion.sources import SourceKind, Taking, find_source


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one delivery of a source: it landed, or `problem` says why it did not."""

    source: str
    origin: str
    landed: Landed | None = None
    problem: str = ""


def ingest_due(settings: Settings, warehouse: Warehouse, gate: Gate) -> list[Taken]:
    """Take every source that is due; one that has a problem does not hold up the others.

    A source is due when it has no `every`, or was last taken to its end so long ago. What could
    not be used is tried again when the source is due next.

    Raises:
        WrongConfiguration: `sources.yml` is wrong; nothing was taken.
        Busy: somebody else is taking sources.
        ServiceDown: Postgres does not answer, or went away; what had landed is there.
    """
    entries = read_sources(settings.config) if settings.config.is_dir() else ()
    sources = [(entry, find_source(entry, number)) for number, entry in enumerate(entries)]
    if not sources:
        return []
    taken: list[Taken] = []
    with warehouse.connect(Role.LOADER, autocommit=True) as connection:
        _lock(connection)
        for entry, source in sources:
            first_at, taken_at, now = _state(connection, entry.name)
            if taken_at is not None and entry.every and now < taken_at + entry.every:
                continue
            taking = Taking(entry.name, settings.config, connection, first_at, taken_at)
            taken += _take(source, taking, warehouse, gate)
            connection.execute(
                "update raw.source_states set taken_at = %s where source = %s", (now, entry.name)
            )
    return taken


def _take(source: SourceKind, taking: Taking, warehouse: Warehouse, gate: Gate) -> Iterator[Taken]:
    try:
        for intake in source.intakes(taking):
            yield _land(taking.name, intake, warehouse, gate)
    except WrongInput as error:
        yield Taken(taking.name, taking.name, problem=f"{error}. {error.hint}")


def _land(name: str, intake: Intake, warehouse: Warehouse, gate: Gate) -> Taken:
    try:
        return Taken(name, intake.origin, landed=land(warehouse, gate, intake))
    except (WrongInput, DeliveryRefused) as error:
        return Taken(name, intake.origin, problem=f"{error}. {error.hint}")


def _lock(connection: Connection[Any]) -> None:
    found = connection.execute("select pg_try_advisory_lock(%s)", (Lock.SOURCES,)).fetchone()
    if found != (True,):
        raise Busy("somebody else is taking the sources", "Wait for them, then try again.")


def _state(connection: Connection[Any], name: str) -> tuple[datetime, datetime | None, datetime]:
    """When a source was first begun and last taken, and the present, by the database's clock."""
    connection.execute(
        """
        insert into raw.source_states (source, first_at) values (%s, clock_timestamp())
        on conflict do nothing
        """,
        (name,),
    )
    found = connection.execute(
        "select first_at, taken_at, clock_timestamp() from raw.source_states where source = %s",
        (name,),
    ).fetchone()
    assert found is not None
    first_at, taken_at, now = found
    return first_at, taken_at, now
