import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deskhouse.warehouse.connection import Role, Warehouse
from tests.integration.ingestion.rows import NOTHING, counts, line, log, rows
from tests.integration.ingestion.running import Ingest
from tests.waiting import until

GOOD = log(3)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes, name: str = "events.ndjson") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def event_ids(warehouse: Warehouse) -> list[str]:
    return [row[0] for row in rows(warehouse, "select event_id from raw.ticket_events order by 1")]


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        gzip.compress(GOOD),
        gzip.compress(GOOD[:50]) + gzip.compress(GOOD[50:]),
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        b"\n" + GOOD.replace(b"\n", b"\n  \n\n"),
        GOOD.rstrip(b"\n"),
    ],
    ids=["plain", "gzip", "two gzips", "BOM", "CRLF", "blank lines", "no last newline"],
)
def test_a_file_lands_however_it_is_written(
    ingest: Ingest, warehouse: Warehouse, file: Callable[[bytes], Path], content: bytes
) -> None:
    done = ingest("events", file(content))
    assert (done.code, done.stderr) == (0, "")
    assert "3 events landed as batch 1" in done.stdout
    assert event_ids(warehouse) == ["e0", "e1", "e2"]
    assert counts(warehouse)["quarantine"] == 0


@pytest.mark.parametrize("content", [GOOD, gzip.compress(GOOD)], ids=["plain", "gzip"])
def test_a_dash_is_standard_input(ingest: Ingest, warehouse: Warehouse, content: bytes) -> None:
    done = ingest("events", "-", stdin=content)
    assert done.code == 0
    assert event_ids(warehouse) == ["e0", "e1", "e2"]
    assert rows(warehouse, "select origin from raw.batches") == [("-",)]


def test_a_closed_standard_input_is_one_clear_line(environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m deskhouse ingest events - <&-"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "deskhouse: standard input is closed. Nothing landed.\n"


def test_bad_lines_are_quarantined_whole_and_told(
    ingest: Ingest, warehouse: Warehouse, file: Callable[[bytes], Path]
) -> None:
    bad = [b'{"type": "phoned"}', b"caf\xe9 \x00 \\N\t", b'{"a": 1, "a": 2}']
    path = file(line(0) + bad[0] + b"\r\n" + b"\n" + bad[1] + b"\n" + line(1) + bad[2])
    done = ingest("events", path)
    assert done.code == 0
    assert done.stdout.splitlines()[2:] == [
        "3 bad lines are in raw.quarantine:",
        "  line 2: type: unknown, 'phoned'",
        "  line 4: not UTF-8 at byte 4",
        "  line 6: a: given twice",
    ]
    found = rows(
        warehouse, "select line_number, origin, reason, line from raw.quarantine order by 1"
    )
    assert found == [
        (2, str(path), "type: unknown, 'phoned'", '{"type": "phoned"}'),
        (4, str(path), "not UTF-8 at byte 4", "caf\\xe9 \\x00 \\N\t"),
        (6, str(path), "a: given twice", '{"a": 1, "a": 2}'),
    ]
    assert event_ids(warehouse) == ["e0", "e1"]
    assert rows(warehouse, "select line_number from raw.ticket_events order by 1") == [(1,), (5,)]


def test_strict_lands_nothing_where_a_line_is_bad(
    ingest: Ingest, warehouse: Warehouse, file: Callable[[bytes], Path]
) -> None:
    done = ingest("events", file(GOOD + b"{}\n"), "--strict")
    assert done.code == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "1 of 4 lines are bad (line 4: type: missing)" in done.stderr
    assert counts(warehouse) == NOTHING


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (gzip.compress(b""), "is empty"),
        (b"{}\n[]\n", "no valid event in 2 lines (line 1: type: missing; line 2: not a JSON obj"),
        (gzip.compress(log(5000))[:-200], "the gzip is cut short"),
        (gzip.compress(GOOD)[:-8] + b"\0" * 8, "cannot be read: CRC check failed"),
        (gzip.compress(GOOD) + b"garbage", "cannot be read: Not a gzipped file"),
        (gzip.compress(GOOD)[:10] + b"\xff" * 40, "cannot be read: Error -3 while decompressing"),
    ],
    ids=["empty", "blank", "empty gzip", "no event", "cut", "damaged", "more after", "no deflate"],
)
def test_a_file_that_cannot_be_used_is_one_clear_line(
    ingest: Ingest,
    warehouse: Warehouse,
    file: Callable[[bytes], Path],
    content: bytes,
    problem: str,
) -> None:
    path = file(content)
    done = ingest("events", path)
    assert done.code == 2
    assert done.stderr.startswith(f"deskhouse: {path}")
    assert problem in done.stderr
    assert done.stderr.endswith("Nothing landed.\n")
    assert done.stderr.count("\n") == 1
    assert counts(warehouse) == NOTHING


def test_a_missing_file_and_a_folder_are_one_clear_line(
    ingest: Ingest, warehouse: Warehouse, tmp_path: Path
) -> None:
    missing = ingest("events", tmp_path / "none.ndjson")
    assert missing.code == 2
    assert missing.stderr == (
        f"deskhouse: {tmp_path}/none.ndjson cannot be read: no such file or directory."
        " Nothing landed.\n"
    )
    folder = ingest("events", tmp_path)
    assert folder.code == 2
    assert folder.stderr == (
        f"deskhouse: {tmp_path} cannot be read: is a directory. Nothing landed.\n"
    )
    assert counts(warehouse) == NOTHING


def test_a_name_is_for_events_that_carry_none(
    ingest: Ingest, warehouse: Warehouse, file: Callable[[bytes], Path]
) -> None:
    path = file(line(0) + line(1, source=None) + line(2, source="other"))
    done = ingest("events", path, "--source", "desk")
    assert done.code == 0
    assert "line 3: source: is 'other', not 'desk' as the delivery says" in done.stdout
    keys = rows(warehouse, "select ticket_key, event_id from raw.ticket_events order by 2")
    assert keys == [("desk:t0", "e0"), ("desk:t1", "e1")]


def test_without_a_name_they_are_of_the_source_unknown_and_that_is_said(
    ingest: Ingest, warehouse: Warehouse, file: Callable[[bytes], Path]
) -> None:
    done = ingest("events", file(line(1, source=None)))
    assert done.code == 0
    assert "no source landed as source 'unknown'; --source names it" in done.stdout
    assert rows(warehouse, "select ticket_key from raw.ticket_events") == [("unknown:t1",)]


@pytest.mark.parametrize("name", ["a:b", "", "x" * 51])
def test_a_name_that_can_be_no_source_is_refused(
    ingest: Ingest, file: Callable[[bytes], Path], name: str
) -> None:
    done = ingest("events", file(GOOD), "--source", name)
    assert done.code == 2
    assert "can be no source. It is 1 to 50 characters, without ':'." in done.stderr


def test_json_says_what_a_program_needs(ingest: Ingest, file: Callable[[bytes], Path]) -> None:
    path = file(GOOD + b"{}\n")
    done = ingest("events", path, "--json")
    result = json.loads(done.stdout)
    assert result.pop("seconds") > 0
    assert result == {
        "batch_id": 1,
        "origin": str(path),
        "events": 3,
        "quarantined": 1,
        "first_reasons": ["line 4: type: missing"],
        "sources": ["desk"],
    }


def test_an_overlong_line_is_cut_in_quarantine_and_the_rest_lands(
    ingest: Ingest, warehouse: Warehouse, file: Callable[[bytes], Path]
) -> None:
    longest = 16 * 1024 * 1024
    overlong = line(1, subject="x" * (longest + 5_000_000))
    done = ingest("events", file(line(0) + overlong + line(2)))
    assert done.code == 0
    assert "line 2: longer than 16 MiB: no more of it is kept" in done.stdout
    assert event_ids(warehouse) == ["e0", "e2"]
    kept = rows(warehouse, "select line_number, line from raw.quarantine")
    assert kept == [(2, overlong[:longest].decode())]
    assert rows(warehouse, "select line_number from raw.ticket_events order by 1") == [(1,), (3,)]


@contextmanager
def half_way(
    environment: dict[str, str], warehouse: Warehouse
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has read 40,000 lines and waits for more; rows of it are in the database."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deskhouse", "ingest", "events", "-"],
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(b"{}\n" + log(40_000))
    process.stdin.flush()
    until(lambda: _copied(warehouse) > 1_000, 30, "nothing was copied")
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        assert process.stderr is not None
        process.stderr.close()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_half_way_nothing_is_there_and_again_all_of_it_is_once(
    environment: dict[str, str],
    ingest: Ingest,
    warehouse: Warehouse,
    by: signal.Signals,
) -> None:
    with half_way(environment, warehouse) as process:
        process.send_signal(by)
        process.wait(timeout=30)
    loader = f"select 1 from pg_stat_activity where usename = '{warehouse.database}_loader'"
    until(lambda: not rows(warehouse, loader), 30, "the loader's session did not end")
    assert process.returncode == (130 if by is signal.SIGINT else -by)
    assert counts(warehouse) == NOTHING
    done = ingest("events", "-", stdin=b"{}\n" + log(40_000))
    assert done.code == 0
    assert counts(warehouse) == NOTHING | {"batches": 1, "ticket_events": 40_000, "quarantine": 1}
    assert rows(warehouse, "select count(distinct event_id) from raw.ticket_events") == [(40_000,)]


def _copied(warehouse: Warehouse) -> int:
    # A role sees the progress of its own sessions only.
    with warehouse.connect(Role.LOADER) as colleague:
        found = colleague.execute(
            "select coalesce(sum(tuples_processed), 0)::bigint from pg_stat_progress_copy"
        ).fetchone()
    assert found is not None
    return int(found[0])
