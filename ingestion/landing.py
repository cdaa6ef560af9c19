"""Landing: one delivery becomes one batch, in one transaction, or nothing of it is there.

    read ── good ──COPY──▶ raw.landing ──gate──▶ raw.ticket_events, raw.agent_events
         └─ bad ───spool─▶ raw.quarantine

What the gate refuses stays in `raw.landing` until `ingestion.accepting.accept` is called for it.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any

import psycopg
from psycopg import Connection, sql
from pydantic_core import to_json

from deskhouse.errors import DeliveryRefused, Failed, ServiceDown, WrongInput
from deskhouse.gate import Gate
from deskhouse.warehouse.connection import Role, Warehouse
from ingestion.accepting import COLUMNS, accept, refuse
from ingestion.delivery import BadLine, NumberedEvent
from ingestion.intake import Intake

Progress = Callable[[int], None]

_FIRST_REASONS = 5
_SPOOL_BYTES = 1024 * 1024
_PROGRESS_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a delivery: `events` are in the warehouse, `quarantined` lines beside it.

    `first_reasons` are those of the first bad lines, as `line 7: type: missing`.
    """

    batch_id: int
    origin: str
    events: int
    quarantined: int
    first_reasons: tuple[str, ...]
    sources: tuple[str, ...]
    seconds: float


def land(
    warehouse: Warehouse,
    gate: Gate,
    intake: Intake,
    *,
    strict: bool = False,
    progress: Progress | None = None,
) -> Landed:
    """Land one delivery: all of it when this returns, nothing of it when it raises.

    `strict` lands nothing where a line is bad. `progress` is told, now and then, how many lines
    were read. The one exception to "nothing" is a refusal by the gate: that batch is kept aside.

    Raises:
        WrongInput: there is no valid event, or a bad one and `strict`; or reading failed.
        DeliveryRefused: the gate refused it.
        ServiceDown: Postgres does not answer, or went away.
        Failed: Postgres would not have it.
    """
    started = time.perf_counter()
    with errors_told(intake.origin), warehouse.connect(Role.LOADER) as connection:
        batch = _begin(connection, intake.origin)
        with SpooledTemporaryFile(_SPOOL_BYTES) as spool:
            batch.copy_events(intake, spool, progress)
            batch.require_events(strict=strict)
            batch.copy_quarantine(spool)
        batch.note()
        if intake.settle is not None:
            intake.settle(connection, batch.batch_id, batch.received_at)
        verdict = gate.judge(connection, batch.batch_id)
        if verdict.accepted:
            accept(connection, batch.batch_id)
        else:
            refuse(connection, batch.batch_id, verdict)
    if not verdict.accepted:
        raise DeliveryRefused(
            f"{intake.origin}: the delivery was refused ({'; '.join(verdict.reasons)})",
            f"It is kept aside as batch {batch.batch_id};"
            f" deskhouse ingest accept {batch.batch_id} lets it in.",
        )
    return batch.landed(time.perf_counter() - started)


@dataclass(slots=True)
class _Batch:
    """A batch on its way in, counted as it is read."""

    connection: Connection[Any]
    batch_id: int
    received_at: datetime
    origin: str
    events: int = 0
    bad: int = 0
    first_reasons: list[str] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    newest_at: datetime | None = None

    def copy_events(
        self, intake: Intake, spool: SpooledTemporaryFile[bytes], progress: Progress | None
    ) -> None:
        """COPY what is good and spool what is bad: the connection is busy with the good."""
        statement = sql.SQL("copy raw.landing ({}) from stdin").format(
            sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
        )
        with self.connection.cursor().copy(statement) as copy:
            for item in intake.read(self.received_at):
                if isinstance(item, BadLine):
                    self._note_bad(item)
                    spool.write(to_json([item.number, item.reason, item.text]) + b"\n")
                else:
                    self.events += 1
                    self.sources.add(item.row.source)
                    if self.newest_at is None or item.row.occurred_at > self.newest_at:
                        self.newest_at = item.row.occurred_at
                    copy.write_row(_landing_row(item, self.received_at, self.batch_id))
                if progress is not None and (self.events + self.bad) % _PROGRESS_LINES == 0:
                    progress(self.events + self.bad)

    def _note_bad(self, line: BadLine) -> None:
        self.bad += 1
        if self.bad <= _FIRST_REASONS:
            self.first_reasons.append(f"line {line.number}: {line.reason}")

    def require_events(self, *, strict: bool) -> None:
        lines, reasons = self.events + self.bad, "; ".join(self.first_reasons)
        if lines == 0:
            raise WrongInput(f"{self.origin} is empty", "Nothing landed.")
        if self.events == 0:
            raise WrongInput(
                f"{self.origin}: no valid event in {lines:,} lines ({reasons})", "Nothing landed."
            )
        if strict and self.bad:
            raise WrongInput(
                f"{self.origin}: {self.bad:,} of {lines:,} lines are bad ({reasons})",
                "Nothing landed, as --strict asks.",
            )

    def copy_quarantine(self, spool: SpooledTemporaryFile[bytes]) -> None:
        """COPY the bad lines that were spooled."""
        if not self.bad:
            return
        spool.seek(0)
        with self.connection.cursor().copy(
            "copy raw.quarantine (batch_id, line_number, origin, reason, line, received_at)"
            " from stdin"
        ) as copy:
            for spooled in spool:
                number, reason, text = json.loads(spooled)
                copy.write_row((self.batch_id, number, self.origin, reason, text, self.received_at))

    def note(self) -> None:
        """Write the batch down, as landed."""
        self.connection.execute(
            """
            insert into raw.batches
                (batch_id, source, origin, state, event_count, quarantined_count, received_at,
                newest_at)
            values (%s, %s, %s, 'landed', %s, %s, %s, %s)
            """,
            (
                self.batch_id,
                next(iter(self.sources)) if len(self.sources) == 1 else None,
                self.origin,
                self.events,
                self.bad,
                self.received_at,
                self.newest_at,
            ),
        )

    def landed(self, seconds: float) -> Landed:
        return Landed(
            batch_id=self.batch_id,
            origin=self.origin,
            events=self.events,
            quarantined=self.bad,
            first_reasons=tuple(self.first_reasons),
            sources=tuple(sorted(self.sources)),
            seconds=seconds,
        )


def _begin(connection: Connection[Any], origin: str) -> _Batch:
    """Open a batch: its id, and the instant at which Deskhouse takes it, by the database's clock.

    The month of the receipt is made in a transaction of its own, for that locks the event table.
    """
    connection.execute("select raw.make_room(clock_timestamp())")
    connection.commit()
    found = connection.execute("select nextval('raw.batch_ids'), clock_timestamp()").fetchone()
    assert found is not None
    return _Batch(connection, batch_id=found[0], received_at=found[1], origin=origin)


def _landing_row(item: NumberedEvent, received_at: datetime, batch_id: int) -> tuple[Any, ...]:
    """In the order of `COLUMNS`."""
    row = item.row
    return (
        None if row.ticket_id is None else f"{row.source}:{row.ticket_id}",
        row.source,
        row.ticket_id,
        row.event_id,
        row.type,
        row.occurred_at,
        row.seq,
        row.actor_id,
        row.actor_kind,
        row.via_automation,
        row.from_value,
        row.to_value,
        to_json(dict(row.attributes)).decode() if row.attributes else "{}",
        to_json(dict(row.payload)).decode() if row.payload else "{}",
        received_at,
        batch_id,
        item.number,
    )


@contextmanager
def errors_told(origin: str) -> Iterator[None]:
    """Tell errors of Postgres in our own words; `origin` is what was being landed."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise ServiceDown(
            f"{origin}: Postgres went away while it landed ({error})",
            "Run it again: what has landed already changes nothing.",
        ) from None
    except psycopg.Error as error:
        raise Failed(f"{origin}: Postgres would not have it ({error})") from None
