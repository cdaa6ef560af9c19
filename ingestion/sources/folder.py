"""A folder into which something drops files: of contract events, or event logs.

    path: incoming/*.ndjson      # a glob; ** for any folders between
    format: events               # or eventlog, with mapping and time_zone
    source: zendesk              # for events that name none; before the mapping's own

Each file is taken once, known by its content: a copy or a renamed file is not taken again, a file
that was replaced is. A file to be taken should come in whole: be written elsewhere and moved in.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from glob import glob
from pathlib import Path
from typing import Any, Literal, Self

from psycopg import Connection
from pydantic import Field, model_validator

from deskhouse.errors import WrongInput
from ingestion.intake import Intake
from ingestion.sources import SourceOptions, Taking
from ingestion.values import Source as SourceName

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is found: its content's hash is that of the moment it was read."""

    path: str
    size_bytes: int
    modified_at: datetime
    sha256: str = ""


class Source(SourceOptions):
    """What `sources.yml` says of a folder."""

    path: str = Field(min_length=1)
    format: Literal["events", "eventlog"]
    source: SourceName | None = None
    mapping: str | None = None
    time_zone: str | None = None

    @model_validator(mode="after")
    def _mapped(self) -> Self:
        if self.format == "eventlog" and self.mapping is None:
            raise ValueError("format eventlog wants a mapping")
        if self.format == "events" and (self.mapping or self.time_zone):
            raise ValueError("mapping and time_zone are for format eventlog")
        return self

    def intakes(self, taking: Taking) -> Iterator[Intake]:
        """The files that match and whose content was not taken yet, by name."""
        for path in sorted(glob(str(taking.folder / self.path), recursive=True)):
            file = _look(Path(path))
            if file is None or _is_known(taking, file):
                continue
            file = replace(file, sha256=_sha256(Path(path)))
            batch_id = _batch_of(taking, file)
            if batch_id is not None:
                _keep(taking.connection, taking.name, file, batch_id, datetime.now(UTC))
                continue
            yield self._intake(taking, file)

    def _intake(self, taking: Taking, file: _File) -> Intake:
        def settle(connection: Connection[Any], batch_id: int, received_at: datetime) -> None:
            _keep(connection, taking.name, file, batch_id, received_at)

        return replace(self._read(taking.folder, file.path), settle=settle)

    def _read(self, folder: Path, path: str) -> Intake:
        if self.mapping is None:
            from ingestion.events import event_file

            return event_file(path, self.source)
        from ingestion.eventlog.intake import eventlog_file
        from ingestion.eventlog.mapping import find_mapping

        own = folder / self.mapping
        mapping = find_mapping(str(own) if own.is_file() else self.mapping)
        return eventlog_file(path, mapping, self.source, self.time_zone)


def _look(path: Path) -> _File | None:
    """A file at a glance; None where it is no file, or gone again."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    if not path.is_file():
        return None
    modified_at = _EPOCH + timedelta(microseconds=stat.st_mtime_ns // 1000)
    return _File(str(path), stat.st_size, modified_at)


def _sha256(path: Path) -> str:
    """The hash of a file's content.

    Raises:
        WrongInput: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise WrongInput(f"{path} cannot be read: {problem}", "Nothing landed.") from None


def _is_known(taking: Taking, file: _File) -> bool:
    found = taking.connection.execute(
        """
        select from raw.taken_files
        where source = %s and path = %s and size_bytes = %s and modified_at = %s
        """,
        (taking.name, file.path, file.size_bytes, file.modified_at),
    ).fetchone()
    return found is not None


def _batch_of(taking: Taking, file: _File) -> int | None:
    """The batch as which this content was taken, under whatever name."""
    found = taking.connection.execute(
        "select batch_id from raw.taken_files where source = %s and sha256 = %s limit 1",
        (taking.name, file.sha256),
    ).fetchone()
    return None if found is None else int(found[0])


def _keep(
    connection: Connection[Any], name: str, file: _File, batch_id: int, taken_at: datetime
) -> None:
    connection.execute(
        """
        insert into raw.taken_files
            (source, path, size_bytes, modified_at, sha256, batch_id, taken_at)
        values (%s, %s, %s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        (name, file.path, file.size_bytes, file.modified_at, file.sha256, batch_id, taken_at),
    )
