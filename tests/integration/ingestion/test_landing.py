from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from deskhouse.errors import DeliveryRefused, Failed, ServiceDown, WrongInput
from deskhouse.gate import LineRules
from deskhouse.warehouse.connection import Role, Warehouse
from deskhouse.warehouse.locks import Lock
from ingestion.accepting import accept
from ingestion.delivery import BadLine, Delivery, EventRow
from ingestion.intake import Intake, delivery_intake
from ingestion.landing import land
from tests.integration.ingestion.rows import NOTHING, NoGate, counts, rows
from tests.waiting import until

AT = datetime(2026, 6, 9, 20, 0, 0, 123456, tzinfo=UTC)
FULL = EventRow(
    "e1",
    "desk",
    "t:1",
    "csat_rated",
    AT,
    seq=-5,
    actor_id="tab\tnewline\nbackslash\\N",
    actor_kind="customer",
    via_automation=True,
    from_value="\\N",
    to_value="",
    attributes={"score": 4, "scale": 5, "comment": 'quote " \\ \u2028 😀'},
    payload={"deep": [{"a": None}], "big": 10**30},
)


def delivery(*events: EventRow, name: str = "made") -> Intake:
    return delivery_intake(Delivery(name, events))


def replies(count: int, prefix: str = "e") -> list[EventRow]:
    return [EventRow(f"{prefix}{n}", "desk", str(n), "public_reply", AT) for n in range(count)]


def test_an_event_lands_as_it_is(warehouse: Warehouse) -> None:
    landed = land(warehouse, LineRules(), delivery(FULL))
    found = rows(
        warehouse,
        """
        select
            ticket_key, event_id, source, ticket_id, type, occurred_at, seq, actor_id, actor_kind,
            via_automation, from_value, to_value, attributes, payload, batch_id, line_number
        from raw.ticket_events
        """,
    )
    assert found == [
        ("desk:t:1", *FULL, landed.batch_id, 1),
    ]


def test_events_of_agents_have_a_table_of_their_own(warehouse: Warehouse) -> None:
    online = EventRow("s1", "desk", None, "agent_state_changed", AT, 0, "a1", to_value="online")
    land(warehouse, LineRules(), delivery(online, *replies(2)))
    found = rows(warehouse, "select source, actor_id, type, to_value from raw.agent_events")
    assert found == [("desk", "a1", "agent_state_changed", "online")]
    assert counts(warehouse) == NOTHING | {"batches": 1, "agent_events": 1, "ticket_events": 2}


def test_a_batch_has_one_receipt_by_the_databases_clock(warehouse: Warehouse) -> None:
    before = rows(warehouse, "select clock_timestamp()")[0][0]
    land(warehouse, LineRules(), delivery(*replies(3)))
    found = rows(
        warehouse,
        """
        select distinct e.received_at = b.received_at, b.received_at, b.accepted_at, b.source
        from raw.ticket_events as e inner join raw.batches as b using (batch_id)
        """,
    )
    assert len(found) == 1
    same, received_at, accepted_at, source = found[0]
    assert same is True
    assert before < received_at < accepted_at < before + timedelta(minutes=1)
    assert source == "desk"


def test_a_delivery_again_is_a_batch_again(warehouse: Warehouse) -> None:
    for _ in range(2):
        land(warehouse, LineRules(), delivery(*replies(3)))
    found = rows(warehouse, "select position, state, event_count from raw.batches order by 1")
    assert found == [(1, "accepted", 3), (2, "accepted", 3)]


def test_bad_lines_go_to_quarantine_and_the_rest_lands(warehouse: Warehouse) -> None:
    bad = [BadLine(n, f"reason {n}", f'line\t{n} \\N "\u2028') for n in range(7)]
    good = delivery_intake(Delivery("made", replies(2)))
    landed = land(warehouse, LineRules(), Intake("file.ndjson", lambda at: [*bad, *good.read(at)]))
    assert (landed.events, landed.quarantined) == (2, 7)
    assert landed.first_reasons == tuple(f"line {n}: reason {n}" for n in range(5))
    found = rows(
        warehouse,
        "select line_number, origin, reason, line from raw.quarantine order by line_number",
    )
    assert found == [(line.number, "file.ndjson", line.reason, line.text) for line in bad]
    assert rows(warehouse, "select event_count, quarantined_count from raw.batches") == [(2, 7)]


@pytest.mark.parametrize(
    ("items", "strict", "problem"),
    [
        ([], False, "made is empty"),
        ([BadLine(3, "type: missing", "{}")], False, "no valid event in 1 lines (line 3: type"),
        ([BadLine(3, "type: missing", "{}")], True, "no valid event in 1 lines (line 3: type"),
    ],
)
def test_without_a_valid_event_nothing_lands(
    warehouse: Warehouse, items: list[BadLine], strict: bool, problem: str
) -> None:
    with pytest.raises(WrongInput, match="made") as error:
        land(warehouse, LineRules(), Intake("made", lambda _: items), strict=strict)
    assert problem in str(error.value)
    assert counts(warehouse) == NOTHING


def test_strict_lands_nothing_where_one_line_is_bad(warehouse: Warehouse) -> None:
    good = delivery(*replies(20))
    intake = Intake("made", lambda at: [*good.read(at), BadLine(21, "type: missing", "{}")])
    with pytest.raises(WrongInput, match="1 of 21 lines are bad \\(line 21: type: missing\\)"):
        land(warehouse, LineRules(), intake, strict=True)
    assert counts(warehouse) == NOTHING


def test_a_refused_delivery_is_kept_aside_until_it_is_accepted(warehouse: Warehouse) -> None:
    with pytest.raises(DeliveryRefused, match="2 events; too few") as error:
        land(warehouse, NoGate(), delivery(*replies(2)))
    assert error.value.hint == (
        "It is kept aside as batch 1; deskhouse ingest accept 1 lets it in."
    )
    assert counts(warehouse) == NOTHING | {"batches": 1, "landing": 2}
    refused = rows(warehouse, "select state, reasons, position from raw.batches")
    assert refused == [("refused", ["2 events", "too few"], None)]
    with warehouse.connect(Role.LOADER) as connection:
        accept(connection, 1)
    assert counts(warehouse) == NOTHING | {"batches": 1, "ticket_events": 2}
    assert rows(warehouse, "select state, position from raw.batches") == [("accepted", 1)]
    with warehouse.connect(Role.LOADER) as connection, pytest.raises(WrongInput, match="batch 1"):
        accept(connection, 1)


def test_reading_that_fails_leaves_nothing(warehouse: Warehouse) -> None:
    def read(at: datetime) -> Any:
        yield from delivery(*replies(9)).read(at)
        yield BadLine(10, "type: missing", "{}")
        raise WrongInput("the disk is gone")

    with pytest.raises(WrongInput, match="the disk is gone"):
        land(warehouse, LineRules(), Intake("made", read))
    assert counts(warehouse) == NOTHING


def test_what_a_source_settles_is_there_with_its_batch_or_not_at_all(warehouse: Warehouse) -> None:
    def settle(connection: Connection[Any], batch_id: int, received_at: datetime) -> None:
        connection.execute(
            "insert into raw.config_changes values (%s, 'agent', %s, 'x')",
            (batch_id, str(received_at)),
        )

    good = delivery(*replies(1))
    land(warehouse, LineRules(), Intake("made", good.read, settle))
    settled = rows(warehouse, "select build_id, source::timestamptz from raw.config_changes")
    assert settled == rows(warehouse, "select batch_id, received_at from raw.batches")

    def fail(*_: Any) -> None:
        settle(*_)
        raise WrongInput("no")

    with pytest.raises(WrongInput, match="no"):
        land(warehouse, LineRules(), Intake("made", good.read, fail))
    assert len(rows(warehouse, "select 1 from raw.config_changes")) == 1
    assert counts(warehouse)["batches"] == 1


def test_what_postgres_will_not_have_fails_in_one_line(warehouse: Warehouse) -> None:
    with pytest.raises(Failed, match="made: Postgres would not have it"):
        land(warehouse, LineRules(), delivery(FULL._replace(to_value="\0")))
    assert counts(warehouse) == NOTHING


def test_a_lost_connection_leaves_nothing_and_says_what_to_do(warehouse: Warehouse) -> None:
    def read(at: datetime) -> Any:
        yield from delivery(*replies(9)).read(at)
        with warehouse.connect(Role.LOADER) as colleague:
            ended = colleague.execute(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where usename = current_user and pid <> pg_backend_pid()
                """
            ).fetchall()
        assert ended == [(True,)]
        yield from delivery(*replies(9_000)).read(at)

    with pytest.raises(ServiceDown) as error:
        land(warehouse, LineRules(), Intake("made", read))
    assert "what has landed already changes nothing" in error.value.hint
    assert counts(warehouse) == NOTHING


def test_positions_become_visible_in_their_order(warehouse: Warehouse) -> None:
    """Eight loaders at once, and a reader who takes the lock shared: it never misses a batch."""
    seen: list[list[int]] = []

    def deliver(loader: int) -> None:
        for n in range(6):
            land(warehouse, LineRules(), delivery(*replies(20, f"{loader}-{n}-")))

    with ThreadPoolExecutor(8) as loaders, warehouse.connect(Role.TRANSFORMER) as reader:
        done = [loaders.submit(deliver, loader) for loader in range(8)]
        while not all(task.done() for task in done):
            reader.execute("select pg_advisory_xact_lock_shared(%s)", (Lock.BATCHES,))
            positions = reader.execute(
                """
                select position from raw.batches
                where position is not null and position <= (select max(position) from raw.batches)
                order by 1
                """
            ).fetchall()
            reader.commit()
            seen.append([position for (position,) in positions])
        for task in done:
            task.result()
    assert all(found == list(range(1, len(found) + 1)) for found in seen)
    positions = rows(warehouse, "select position from raw.batches order by 1")
    assert positions == [(n,) for n in range(1, 49)]
    assert counts(warehouse) == NOTHING | {"batches": 48, "ticket_events": 960}


def test_nobody_accepts_while_a_reader_holds_the_lock(warehouse: Warehouse) -> None:
    with warehouse.connect(Role.TRANSFORMER) as reader, ThreadPoolExecutor(1) as loader:
        reader.execute("select pg_advisory_xact_lock_shared(%s)", (Lock.BATCHES,))
        landing = loader.submit(land, warehouse, LineRules(), delivery(*replies(1)))
        _wait_for_lock(warehouse)
        assert not landing.done()
        assert reader.execute("select count(*) from raw.batches").fetchone() == (0,)
        reader.commit()
        landing.result(timeout=20)
    assert counts(warehouse)["batches"] == 1


def _wait_for_lock(warehouse: Warehouse) -> None:
    query = """
        select count(*) from pg_locks
        where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())
    """
    until(lambda: rows(warehouse, query) == [(1,)], otherwise="nobody came to wait for the lock")


def test_receipts_of_different_months_find_their_partitions(warehouse: Warehouse) -> None:
    land(warehouse, LineRules(), delivery(*replies(1)))
    month = rows(
        warehouse, "select to_char(received_at at time zone 'UTC', 'YYYYMM') from raw.batches"
    )
    found = rows(warehouse, "select tableoid::regclass::text from raw.ticket_events")
    assert found == [(f"raw.ticket_events_{month[0][0]}",)]


def test_the_loader_can_neither_change_nor_remove_what_landed(warehouse: Warehouse) -> None:
    land(warehouse, LineRules(), delivery(*replies(1)))
    for statement in ("update raw.ticket_events set seq = 1", "delete from raw.ticket_events"):
        with (
            warehouse.connect(Role.LOADER) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)
