"""`ingest eventlog`: an event-log CSV, as one delivery to land."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from deskhouse.errors import WrongInput
from ingestion.delivery import BadLine, NumberedEvent
from ingestion.eventlog.mapping import SnapshotMapping
from ingestion.eventlog.rows import read_rows
from ingestion.files import opened, shown
from ingestion.intake import Intake


def eventlog_file(
    name: str, mapping: SnapshotMapping, source: str | None = None, time_zone: str | None = None
) -> Intake:
    """The intake of an event log; `source` stands before the mapping's, the zone is UTC if None.

    Raises:
        WrongInput: the time zone is none.
    """
    zone = _zone(time_zone or "UTC")
    return Intake(
        origin=name, read=partial(_read_log, name, mapping, source or mapping.source, zone)
    )


def _read_log(
    name: str, mapping: SnapshotMapping, source: str, zone: ZoneInfo, received_at: datetime
) -> Iterator[NumberedEvent | BadLine]:
    """Bad rows as they are met, then the events, numbered as they come out of the log.

    Raises:
        WrongInput: the file cannot be read, or lacks a column of the mapping.
    """
    from ingestion.eventlog.snapshots import Snapshots

    snapshots = Snapshots(mapping, zone, received_at)
    with opened(name) as stream:
        for row in read_rows(stream, name, mapping):
            if isinstance(row, BadLine):
                yield row
                continue
            refusal = snapshots.add(row.cells)
            if refusal is not None:
                yield BadLine(row.number, refusal.reason, shown(row.raw, mapping.encoding))
    for number, event in enumerate(snapshots.events(source), 1):
        yield NumberedEvent(number, event)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise WrongInput(f"{name!r} is no IANA time zone", "It looks like Europe/Lisbon.") from None
