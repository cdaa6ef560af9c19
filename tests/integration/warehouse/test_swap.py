"""Readers and builds do not wait for each other, and a build from nothing is not seen to come."""

import csv
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import psycopg
import pytest
from psycopg import sql

from deskhouse.build import swap
from deskhouse.errors import BuildFailed, Busy
from deskhouse.warehouse.connection import Role, Warehouse
from exporters.copying import export_csv
from tests.integration.warehouse.catalogue import catalogue
from tests.integration.warehouse.desk import MARTS, OVERVIEWS, Desk, Row
from tests.integration.warehouse.test_worked_examples import TRUTH

AS_OF = datetime(2026, 4, 2, tzinfo=UTC)
TICKETS = "select count(*) from marts.fct_tickets"
COUNTS = (
    *(f"select count(*) from marts.{name}" for name in MARTS),
    """
    select count(*) from marts.channel_metrics_daily
    inner join marts.dim_dates using ("timestamp")
    inner join marts.dim_channels using (channel_type)
    """,
    """
    select count(*) from marts.fct_tickets
    inner join marts.fct_ticket_intervals using (ticket_key)
    """,
)
SHOWN = "select build_id, as_of from core.current_build"
# Each schema, and the transaction that wrote its name last.
SWAPPED = (
    "select nspname, xmin::text from pg_namespace"
    " where nspname ~ '^(staging|intermediate|core|marts)(_old)?$'"
)
# Refreshed in place, a materialized view keeps its file; else it gets a new one.
FILES = (
    "select relname, relfilenode from pg_class"
    " where relnamespace = 'core'::regnamespace and relkind = 'm' order by 1"
)


def _answered(number: int, at: datetime) -> list[dict[str, Any]]:
    """A ticket that comes and is answered at once."""
    shared = {"source": "late", "ticket_id": str(number), "occurred_at": at.isoformat()}
    customer = {"actor_kind": "customer", "actor_id": "c1"}
    attributes = {"channel": "email", "team_id": "t1", "assignee_id": "a1"}
    return [
        {**shared, **customer, "event_id": "1", "type": "ticket_created", "attributes": attributes},
        {
            **shared,
            "event_id": "2",
            "type": "public_reply",
            "actor_kind": "agent",
            "actor_id": "a1",
        },
    ]


@pytest.fixture(scope="module")
def desk(standing_desk: Desk) -> Desk:
    """A desk that was built and then kept: its months came one by one."""
    standing_desk.deliver_file(TRUTH / "worked_example.ndjson")
    standing_desk.build(AS_OF)
    standing_desk.deliver_file(TRUTH / "edge_cases.ndjson")
    standing_desk.deliver(_answered(0, AS_OF - timedelta(days=2)))
    standing_desk.build(AS_OF)
    return standing_desk


@dataclass
class Probe:
    """A reader that reads on and on: what it counted, and the error that ended it."""

    warehouse: Warehouse
    reconnects: bool
    counts: dict[str, list[int]] = field(default_factory=lambda: {query: [] for query in COUNTS})
    error: psycopg.Error | None = None

    def read_until(self, stop: threading.Event) -> None:
        """Count in turn, over one session or each time over a new one, and once more at the end."""
        reader = self.warehouse.connect(Role.READER, autocommit=True)
        try:
            while not stop.is_set():
                if self.reconnects:
                    reader.close()
                    reader = self.warehouse.connect(Role.READER, autocommit=True)
                self._count_all(reader)
            self._count_all(reader)
        except psycopg.Error as error:
            self.error = error
        finally:
            reader.close()

    def _count_all(self, reader: psycopg.Connection[Any]) -> None:
        for query in COUNTS:
            row = reader.execute(query.encode()).fetchone()
            assert row is not None
            self.counts[query].append(row[0])


@dataclass
class Exporter:
    """Somebody who exports again and again: how many rows each file had."""

    warehouse: Warehouse
    rows: list[int] = field(default_factory=list)

    def read_until(self, stop: threading.Event) -> None:
        """Export until told to stop, and once more."""
        while not stop.is_set():
            self._export()
        self._export()

    def _export(self) -> None:
        file = io.BytesIO()
        done = export_csv(self.warehouse, "fct_tickets", file)
        assert done.rows == len(list(csv.reader(io.StringIO(file.getvalue().decode())))) - 1
        self.rows.append(done.rows)


@dataclass(frozen=True)
class Refresh:
    """A full refresh that was looked at: by probes, by a transaction that stayed open, by us."""

    before: dict[str, int]
    after: dict[str, int]
    probes: tuple[Probe, ...]
    exports: list[int]
    held: list[Row]
    catalogues: tuple[dict[str, list[str]], dict[str, list[str]]]
    schemas: dict[str, str]
    refusal: Busy
    holder: int


@pytest.fixture(scope="module")
def refresh(desk: Desk) -> Refresh:
    """A full refresh that brings tickets, while two readers probe and one holds what it read."""
    for number in range(1, 6):
        desk.deliver(_answered(number, AS_OF - timedelta(days=1)))
    probes = (Probe(desk.warehouse, reconnects=False), Probe(desk.warehouse, reconnects=True))
    exporter = Exporter(desk.warehouse)
    before, catalogue_before = _counts(desk), catalogue(desk)
    with desk.warehouse.connect(Role.READER) as holder:
        pid = holder.info.backend_pid
        held = holder.execute("select count(*) from marts.fct_tickets").fetchall()
        with _reading((*probes, exporter)):
            desk.build(AS_OF, full_refresh=True)
        held += holder.execute("select count(*) from marts.fct_tickets").fetchall()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(swap, "_PATIENCE", "100ms")
            with pytest.raises(Busy) as refusal:
                desk.build(AS_OF, full_refresh=True)
        schemas = {str(name): str(xmin) for name, xmin in desk.rows(SWAPPED, Role.OWNER)}
    return Refresh(
        before,
        _counts(desk),
        probes,
        exporter.rows,
        held,
        (catalogue_before, catalogue(desk)),
        schemas,
        refusal.value,
        pid,
    )


def _counts(desk: Desk) -> dict[str, int]:
    return {query: desk.rows(query)[0][0] for query in COUNTS}


@contextmanager
def _reading(probes: tuple[Probe | Exporter, ...]) -> Iterator[None]:
    """Let the probes read during the block, and once more after it."""
    stop = threading.Event()
    threads = [threading.Thread(target=probe.read_until, args=[stop]) for probe in probes]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_readers_meet_neither_error_nor_gap_while_all_is_built_anew(refresh: Refresh) -> None:
    assert [probe.error for probe in refresh.probes] == [None, None]
    for probe in refresh.probes:
        for query, counts in probe.counts.items():
            old, new = refresh.before[query], refresh.after[query]
            seen = [count for count, _ in groupby(counts)]
            assert seen == ([old] if old == new else [old, new]), query
    assert min(refresh.before.values()) > 0
    assert refresh.before[TICKETS] + 5 == refresh.after[TICKETS]


def test_exports_have_all_rows_of_before_or_of_after(refresh: Refresh) -> None:
    seen = [rows for rows, _ in groupby(refresh.exports)]
    assert seen == [refresh.before[TICKETS], refresh.after[TICKETS]]


def test_a_transaction_that_stays_open_reads_on_over_a_swap(refresh: Refresh) -> None:
    """What it holds is kept beside for it, and dropped by the next build from nothing."""
    old, new = refresh.before[TICKETS], refresh.after[TICKETS]
    assert refresh.held == [(old,), (new,)]
    assert "core_old" in refresh.schemas


def test_a_build_that_would_have_to_wait_for_that_transaction_says_whose_it_is(
    refresh: Refresh,
) -> None:
    assert str(refresh.holder) in refresh.refusal.hint


def test_all_schemas_change_their_names_in_one_transaction(refresh: Refresh) -> None:
    assert len(refresh.schemas) == 8
    assert len(set(refresh.schemas.values())) == 1


def test_a_swap_changes_rows_and_nothing_else(refresh: Refresh) -> None:
    before, after = refresh.catalogues
    for kind, lines in before.items():
        assert (kind, set(after[kind]) ^ set(lines)) == (kind, set())
    assert before == after
    assert min(map(len, before.values())) > 0


def test_a_build_aside_that_fails_is_not_noticed_and_leaves_no_trace_to_the_next(
    refresh: Refresh, desk: Desk
) -> None:
    marts, shown = desk.marts(), desk.rows(SHOWN, Role.TRANSFORMER)
    desk.deliver(_answered(6, AS_OF))
    with _without_months(desk), pytest.raises(BuildFailed, match="metrics_raw"):
        desk.build(AS_OF + timedelta(hours=1), full_refresh=True)
    assert desk.marts() == marts
    assert desk.rows(SHOWN, Role.TRANSFORMER) == shown
    desk.build(AS_OF, full_refresh=True)
    assert refresh.after[TICKETS] + 1 == _counts(desk)[TICKETS]
    left = "select nspname from pg_namespace where nspname ~ '_(next|old)$'"
    assert desk.rows(left, Role.OWNER) == []


@contextmanager
def _without_months(desk: Desk) -> Iterator[None]:
    """Take away what the table of measurements needs to be made."""
    with desk.warehouse.connect(Role.OWNER, autocommit=True) as owner:
        owner.execute("alter function ops.ensure_months rename to hidden")
        try:
            yield
        finally:
            owner.execute("alter function ops.hidden rename to ensure_months")


BEFORE_MEASUREMENTS = {
    "fct_tickets",
    "fct_ticket_fields",
    "fct_ticket_intervals",
    "fct_reply_streaks",
    "fct_sla_segments",
    "fct_sla_instances",
}


def test_a_model_that_fails_leaves_as_of_and_all_that_follows_it_as_they_were(desk: Desk) -> None:
    """Models before it have gone ahead; the next build takes the others along."""
    marts, shown = desk.marts(), desk.rows(SHOWN, Role.TRANSFORMER)
    later = AS_OF + timedelta(days=1)
    desk.deliver(_answered(7, later - timedelta(hours=1)))
    for model, ahead in (
        ("fct_tickets", set()),
        ("metrics_raw", BEFORE_MEASUREMENTS),
    ):
        with _refusing(desk, model, "late:7"), pytest.raises(BuildFailed, match=f"^{model} "):
            desk.build(later)
        now = desk.marts()
        assert {name for name in MARTS if now[name] != marts[name]} <= ahead
        assert desk.rows(SHOWN, Role.TRANSFORMER) == shown
    desk.build(later)
    kept = desk.marts()
    assert desk.rows(SHOWN, Role.TRANSFORMER) != shown
    desk.build(later, full_refresh=True)
    assert {name for name, rows in desk.marts().items() if rows != kept[name]} == set()


@contextmanager
def _refusing(desk: Desk, table: str, ticket_key: str) -> Iterator[None]:
    """Let a table of dbt's refuse a ticket."""
    with desk.warehouse.connect(Role.TRANSFORMER, autocommit=True) as dbt:
        dbt.execute(
            sql.SQL(
                "alter table core.{} add constraint refusal check (ticket_key <> {}) not valid"
            ).format(sql.Identifier(table), ticket_key)
        )
        try:
            yield
        finally:
            dbt.execute(
                sql.SQL("alter table core.{} drop constraint refusal").format(sql.Identifier(table))
            )


def test_an_ordinary_build_waits_for_no_reader_and_overviews_are_refreshed_in_place(
    desk: Desk,
) -> None:
    later = AS_OF + timedelta(days=2)
    desk.deliver(_answered(8, later - timedelta(hours=1)))
    before, files = desk.marts(OVERVIEWS), desk.rows(FILES, Role.OWNER)
    with _impatient(desk), desk.warehouse.connect(Role.READER) as reader:
        for query in COUNTS:
            reader.execute(query.encode())
        desk.build(later)
        assert reader.execute(TICKETS.encode()).fetchall() == desk.rows(TICKETS)
    after = desk.marts(OVERVIEWS)
    assert [name for name in OVERVIEWS if after[name] == before[name]] == []
    assert desk.rows(FILES, Role.OWNER) == files


@contextmanager
def _impatient(desk: Desk) -> Iterator[None]:
    """A build that must wait for a lock fails."""
    name = sql.Identifier(desk.warehouse.role_name(Role.TRANSFORMER))
    with desk.warehouse.connect(Role.OWNER, autocommit=True) as owner:
        owner.execute(sql.SQL("alter role {} set lock_timeout = '3s'").format(name))
        try:
            yield
        finally:
            owner.execute(sql.SQL("alter role {} reset lock_timeout").format(name))
