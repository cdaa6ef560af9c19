import gzip
from pathlib import Path

import pytest

from deskhouse.warehouse.connection import Warehouse
from tests.integration.ingestion.rows import (
    ACTIVE,
    CLOSED,
    HEADER,
    LOG,
    NEW,
    NOTHING,
    counts,
    rows,
)
from tests.integration.ingestion.running import Ingest

EVENTS = """
    select event_id, type, occurred_at::text, seq, from_value, to_value, attributes
    from raw.ticket_events order by occurred_at, seq, event_id
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_bytes(LOG)
    return path


def test_a_log_lands_as_the_events_between_its_rows(
    ingest: Ingest, warehouse: Warehouse, log: Path
) -> None:
    done = ingest("eventlog", log, "--mapping", "servicenow")
    assert (done.code, done.stderr) == (0, "")
    assert "7 events landed as batch 1" in done.stdout
    at_first, at_last = "2016-02-29 01:23:00+00", "2016-03-01 09:05:00+00"
    assert rows(warehouse, EVENTS) == [
        (
            "INC1-created",
            "ticket_created",
            "2016-02-29 01:16:00+00",
            0,
            None,
            None,
            {"channel": "self_service", "priority": "normal", "requester_id": "Caller 1"},
        ),
        ("INC1-20160229T012300-0-team", "team_changed", at_first, 0, None, "Group 5", {}),
        ("INC1-20160301T090500-1-assignee", "assignee_changed", at_last, 1000, None, "Me", {}),
        (
            "INC1-20160301T090500-1-priority",
            "priority_changed",
            at_last,
            1000,
            "normal",
            "urgent",
            {},
        ),
        ("INC1-20160301T090500-1-status", "status_changed", at_last, 1000, "new", "open", {}),
        ("INC1-20160301T090500-2-status", "status_changed", at_last, 2000, "open", "closed", {}),
        ("INC1-20160301T090500-2-team", "team_changed", at_last, 2000, "Group 5", None, {}),
    ]
    assert rows(warehouse, "select source, event_count from raw.batches") == [("servicenow", 7)]


def test_a_zone_and_a_source_may_be_named(ingest: Ingest, warehouse: Warehouse, log: Path) -> None:
    done = ingest(
        "eventlog", log, "--mapping", "servicenow", "--source", "it", "--time-zone", "Asia/Tokyo"
    )
    assert done.code == 0
    found = rows(
        warehouse,
        "select ticket_key, event_id, occurred_at::text from raw.ticket_events"
        " where type = 'ticket_created'",
    )
    assert found == [("it:INC1", "INC1-created", "2016-02-28 16:16:00+00")]


def test_a_gzip_a_mark_and_other_line_ends_change_nothing(
    ingest: Ingest, warehouse: Warehouse, log: Path
) -> None:
    ingest("eventlog", log, "--mapping", "servicenow")
    before = rows(warehouse, EVENTS)
    log.write_bytes(gzip.compress(b"\xef\xbb\xbf" + LOG.replace(b"\n", b"\r\n")))
    assert ingest("eventlog", log, "--mapping", "servicenow").code == 0
    assert rows(warehouse, EVENTS) == sorted(before * 2, key=before.index)


def test_loaded_again_or_longer_it_brings_only_what_is_new(
    ingest: Ingest, warehouse: Warehouse, log: Path
) -> None:
    log.write_text(HEADER + NEW, encoding="utf-8")
    ingest("eventlog", log, "--mapping", "servicenow")
    log.write_bytes(LOG)
    for _ in range(2):
        ingest("eventlog", log, "--mapping", "servicenow")
    found = rows(
        warehouse,
        """
        select count(*), count(distinct event_id), count(distinct (
            event_id, occurred_at, seq, from_value, to_value, attributes
        ))
        from raw.ticket_events
        """,
    )
    assert found == [(2 + 7 + 7, 7, 7)]


def test_bad_rows_are_quarantined_whole_by_their_first_line(
    ingest: Ingest, warehouse: Warehouse, log: Path
) -> None:
    bad = [
        ACTIVE.replace("Active", "Parked").encode(),
        b"INC2,New,0\n",
        NEW.encode().replace(b"Group 5", b"Gr\xfcppe"),
        NEW.replace("29/2/2016 01:23", "30/2/2016 01:23").encode(),
        b'INC3,"New" x,0,,,,,,,,\n',
    ]
    log.write_bytes((HEADER + NEW + "\n").encode() + b"".join(bad) + CLOSED.encode())
    done = ingest("eventlog", log, "--mapping", "servicenow")
    assert done.code == 0
    reasons = [
        (4, "incident_state: 'Parked' is not among the mapping's values"),
        (6, "has 3 cells, the header 11"),
        (7, "not UTF-8 at byte 81"),
        (8, "sys_updated_at: '30/2/2016 01:23' is not written as %d/%m/%Y %H:%M"),
        (9, "no CSV: ',' expected after '\"'"),
    ]
    assert [f"  line {number}: {reason}" for number, reason in reasons] == (
        done.stdout.splitlines()[-5:]
    )
    found = rows(
        warehouse, "select line_number, reason, line from raw.quarantine order by line_number"
    )
    assert [row[:2] for row in found] == reasons
    lines = [line.decode("utf-8", "backslashreplace").rstrip("\n") for line in bad]
    assert [row[2] for row in found] == lines


def test_strict_lands_nothing_where_a_row_is_bad(
    ingest: Ingest, warehouse: Warehouse, log: Path
) -> None:
    log.write_bytes(LOG + b"INC2\n")
    done = ingest("eventlog", log, "--mapping", "servicenow", "--strict")
    assert done.code == 2
    assert "(line 6: has 1 cells, the header 11). Nothing landed, as --strict asks." in done.stderr
    assert counts(warehouse) == NOTHING


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (HEADER.encode(), "is empty"),
        (LOG.replace(b"priority", b"urgency"), "has no column 'priority', which the mapping names"),
        (LOG.replace(b"note", b"number"), "has more than one column 'number', which the mapping"),
        (gzip.compress(LOG)[:-9], "the gzip is cut short"),
        (HEADER.encode() + b"INC1\n", "no valid event in 1 lines (line 2: has 1 cells, the header"),
    ],
    ids=["empty", "header alone", "a column missing", "a column twice", "cut", "no valid row"],
)
def test_a_log_that_cannot_be_used_is_one_clear_line(
    ingest: Ingest, warehouse: Warehouse, log: Path, content: bytes, problem: str
) -> None:
    log.write_bytes(content)
    done = ingest("eventlog", log, "--mapping", "servicenow")
    assert done.code == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert counts(warehouse) == NOTHING


def test_a_zone_that_is_none_is_said(ingest: Ingest, log: Path) -> None:
    done = ingest("eventlog", log, "--mapping", "servicenow", "--time-zone", "Lisbon")
    assert done.code == 2
    assert done.stderr == (
        "deskhouse: 'Lisbon' is no IANA time zone. It looks like Europe/Lisbon.\n"
    )
