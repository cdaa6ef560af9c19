"""A relation as a file of CSV: every cell, whole or not at all, at one instant."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from deskhouse.build import swap
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse
from exporters.copying import export_csv
from tests.waiting import until
from tests.warehouses import fresh_warehouses, settings_of

# What a cell is guarded against, and what it is not.
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"]
PLAIN = ["", "a=1", "'=1", " =1", "e-mail", "1", 'say "no"', "a,b", "a\nb", "a\r\nb", "\\.", "NULL",
         "日本語", "مرحبا", "🎫", "e\u0301", "\u200f", "ab\x01"]  # fmt: skip
NEAR = "there is no relation 'mart.nothing' to export. Did you mean marts.nothing?"
LISTED = "there is no relation 'raw.landing' to export. There are endless, nothing, tickets."
NOWHERE = (
    "{}/none/a.csv cannot be written: No such file or directory."
    " Name a file in a folder you may write."
)
DESK = """
create schema {marts};
create table {marts}.tickets (
    number integer, subject text, short varchar(40), tags text[], fields jsonb, at timestamptz,
    due_on date, is_open boolean, value numeric, big bigint, ratio double precision, span interval
);
create table {marts}.nothing ("odd, ""quoted"" name" text);
create view {marts}.endless as select
    generate_series(1, 1000000000) as number, repeat('x', 200) as text;
grant usage on schema {marts} to {reader};
grant select on all tables in schema {marts} to {reader};
"""


@pytest.fixture(scope="module")
def house(server_url: str) -> Iterator[Warehouse]:
    """A warehouse with a mart of every type, which the tests of this module share."""
    with fresh_warehouses(server_url) as make:
        warehouse = make()
        make_marts(warehouse, "marts")
        yield warehouse


def make_marts(warehouse: Warehouse, schema: str) -> None:
    with warehouse.connect(Role.TRANSFORMER) as connection:
        reader = warehouse.role_name(Role.READER)
        connection.execute(DESK.format(marts=schema, reader=reader).encode())
        for number, subject in enumerate([*FORMULAS, *PLAIN, None]):
            connection.execute(
                f"insert into {schema}.tickets values (%s, %s, %s, %s, %s, %s,"
                " '2026-08-31', %s, -1.50, -9007199254740993, 0.1, '-1 hour')".encode(),
                (
                    number, subject, subject, [subject, "b"], json.dumps({"=": subject}),
                    f"2026-08-31 23:{number:02}:59.5+02", number % 2 == 0,
                ),
            )  # fmt: skip


@pytest.fixture
def environment(house: Warehouse, tmp_path: Path) -> dict[str, str]:
    """What a command needs to find the house."""
    settings: Settings = settings_of(house, tmp_path / "desk")
    return {**os.environ, **dict(settings.environment())}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "deskhouse", "export", *arguments]


def cells(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def exported(house: Warehouse, name: str) -> list[list[str]]:
    file = io.BytesIO()
    done = export_csv(house, name, file)
    rows = cells(file.getvalue())
    assert (done.rows, done.bytes) == (len(rows) - 1, len(file.getvalue()))
    return rows


def test_every_cell_is_that_of_a_select(house: Warehouse) -> None:
    heading, *rows = exported(house, "tickets")
    with house.connect(Role.READER) as connection:
        cursor = connection.execute("select * from marts.tickets order by number")
        assert heading == [column.name for column in cursor.description or ()]
        kept = cursor.fetchall()
    assert len(rows) == len(kept) == len(FORMULAS) + len(PLAIN) + 1
    for row, (number, subject, short, tags, fields, at, *_, value, big, ratio, _) in zip(
        sorted(rows, key=lambda row: int(row[0])), kept, strict=True
    ):
        assert subject == short
        shown = "" if subject is None else f"'{subject}" if subject in FORMULAS else subject
        assert row[1:3] == [shown, shown]
        assert (json.loads(row[3]), json.loads(row[4])) == (tags, fields)
        assert row[5] == f"{at:%Y-%m-%d %H:%M:%S}.5+00"
        assert row[6:8] == ["2026-08-31", "true" if number % 2 == 0 else "false"]
        assert row[8:11] == [str(value), str(big), str(ratio)]
        assert row[11] == "PT-1H"


def test_a_missing_text_is_told_from_an_empty_one(house: Warehouse) -> None:
    file = io.BytesIO()
    export_csv(house, "marts.tickets", file)
    lines = file.getvalue().split(b"\n")
    (empty,) = (line for line in lines if line.startswith(f"{len(FORMULAS)},".encode()))
    (missing,) = (
        line for line in lines if line.startswith(f"{len(FORMULAS) + len(PLAIN)},".encode())
    )
    assert empty.split(b",")[1] == b'""'
    assert missing.split(b",")[1] == b""


def test_a_relation_without_rows_is_a_line_of_names(house: Warehouse) -> None:
    assert exported(house, "nothing") == [['odd, "quoted" name']]


def test_what_a_login_is_set_to_changes_no_cell(house: Warehouse) -> None:
    before = exported(house, "tickets")
    reader = house.role_name(Role.READER)
    settings = {
        "datestyle": "'SQL, DMY'",
        "intervalstyle": "postgres",
        "client_encoding": "latin1",
        "extra_float_digits": "-3",
        "default_transaction_isolation": "'repeatable read'",
    }
    with house.connect(Role.OWNER, autocommit=True) as owner:
        for name, value in settings.items():
            owner.execute(f"alter role {reader} set {name} = {value}".encode())
        try:
            assert exported(house, "tickets") == before
        finally:
            owner.execute(f"alter role {reader} reset all".encode())


def test_an_export_that_waits_while_tables_are_replaced_has_all_rows(house: Warehouse) -> None:
    """COPY fixes what it sees before it waits, and reads under the name what is there after."""
    before = exported(house, "tickets")
    with (
        house.connect(Role.TRANSFORMER) as holder,
        house.connect(Role.TRANSFORMER, autocommit=True) as builder,
        ThreadPoolExecutor(1) as exporter,
    ):
        for schema in ("staging", "intermediate", "core"):
            builder.execute(f"create schema {schema}_next".encode())
        waiting = "select from pg_locks where not granted and relation = 'marts.tickets'::regclass"
        holder.execute("lock table marts.tickets in access exclusive mode")
        export = exporter.submit(exported, house, "tickets")
        until(lambda: builder.execute(waiting).fetchone() is not None)
        make_marts(house, "marts_next")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(swap, "_drop", lambda *_, **__: True)
            swap.swap(builder)
        holder.rollback()
        assert sorted(export.result(timeout=20)) == sorted(before)
        builder.execute("drop schema marts_old cascade")


def test_killed_half_way_an_export_leaves_no_file(
    environment: dict[str, str], tmp_path: Path
) -> None:
    for by in (signal.SIGINT, signal.SIGTERM):
        with _half_way(environment, tmp_path) as process:
            process.send_signal(by)
            process.wait(timeout=20)
        assert process.returncode == 128 + by
        assert list(tmp_path.glob("*.csv*")) + list(tmp_path.glob(".*")) == []


def test_killed_without_warning_it_leaves_the_file_that_was_there(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "endless.csv").write_text("of before")
    with _half_way(environment, tmp_path) as process:
        process.kill()
        process.wait(timeout=20)
    assert (tmp_path / "endless.csv").read_text() == "of before"


def test_a_server_that_goes_away_half_way_is_told_and_leaves_no_file(
    house: Warehouse, environment: dict[str, str], tmp_path: Path
) -> None:
    end = "select pg_terminate_backend(pid) from pg_stat_activity where query ~ '^copy .*endless'"
    with _half_way(environment, tmp_path) as process, house.connect(Role.READER) as reader:
        reader.execute(end.encode())
        assert process.wait(timeout=20) == 3
        assert process.stderr is not None
        assert process.stderr.read().startswith(b"deskhouse: Postgres went away during the export")
    assert [path.name for path in tmp_path.iterdir()] == ["desk"]


@contextmanager
def _half_way(environment: dict[str, str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An export without an end, of which something is written."""
    with subprocess.Popen(
        command("endless", "--out", str(folder / "endless.csv")),
        env=environment,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            until(lambda: any(part.stat().st_size for part in folder.glob(".endless.csv.*.part")))
            yield process
        finally:
            process.kill()


def test_a_reader_that_goes_away_is_no_error(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        command("endless"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"number,text\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=20) == 0


def test_standard_output_has_the_rows_and_nothing_else(
    house: Warehouse, environment: dict[str, str]
) -> None:
    done = run(environment, "marts.tickets", "--format", "csv")
    assert sorted(cells(done.stdout)) == sorted(exported(house, "tickets"))
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_is_replaced_when_the_new_one_is_whole(
    house: Warehouse, environment: dict[str, str], tmp_path: Path
) -> None:
    kept = tmp_path / "kept.csv"
    kept.touch(mode=0o600)
    link = tmp_path / "tickets.csv"
    link.symlink_to(kept)
    done = run(environment, "tickets", "--out", str(link))
    size = kept.stat().st_size
    said = f"marts.tickets: {len(FORMULAS) + len(PLAIN) + 1} rows, {size / 1e6:.1f} MB, in {link}"
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, said + "\n", b"")
    assert sorted(cells(kept.read_bytes())) == sorted(exported(house, "tickets"))
    assert kept.stat().st_mode & 0o777 == 0o600
    assert link.is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"kept.csv", "tickets.csv", "desk"}


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("ticket", "there is no relation 'ticket' to export. Did you mean tickets?"),
        ("mart.nothing", NEAR),
        ("raw.landing", LISTED),
        ("tickets --out {}", "{} is a folder. Name a file in it."),
        ("tickets --out {}/none/a.csv", NOWHERE),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_and_nothing_done(
    environment: dict[str, str], tmp_path: Path, asked: str, complaint: str
) -> None:
    done = run(environment, *asked.format(tmp_path).split())
    expected = f"deskhouse: {complaint.format(tmp_path)}\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", expected)
    assert {path.name for path in tmp_path.iterdir()} == {"desk"}


def test_a_full_disk_is_told(environment: dict[str, str]) -> None:
    done = run(environment, "tickets", "--out", "/dev/full")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(b"deskhouse: /dev/full cannot be written: No space left")
    assert Path("/dev/full").is_char_device()
    with open("/dev/full", "wb") as full:
        piped = subprocess.run(
            command("tickets"), env=environment, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert piped.returncode == 3
    assert piped.stderr.startswith(b"deskhouse: standard output cannot be written: No space left")
    assert len(piped.stderr.splitlines()) == 1


def test_a_link_that_leads_to_itself_is_said_to(
    environment: dict[str, str], tmp_path: Path
) -> None:
    round_about = tmp_path / "round.csv"
    round_about.symlink_to(round_about)
    done = run(environment, "tickets", "--out", str(round_about))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"deskhouse: {round_about} leads to itself. Name a file.\n"


def test_marts_that_are_unfit_are_exported_with_a_warning(
    house: Warehouse, environment: dict[str, str]
) -> None:
    with house.connect(Role.OWNER) as owner:
        owner.execute("update ops.fitness set state = 'unfit', reasons = array['sums: 3 found']")
    try:
        done = run(environment, "nothing")
    finally:
        with house.connect(Role.OWNER) as owner:
            owner.execute("update ops.fitness set state = 'unjudged', reasons = '{}'")
    assert (done.returncode, done.stdout) == (0, b'"odd, ""quoted"" name"\n')
    assert re.fullmatch(
        r"deskhouse: the marts are unfit since [-0-9]+ [:0-9]+ UTC: sums: 3 found\n",
        done.stderr.decode(),
    )


def run(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        command(*arguments), env=environment, capture_output=True, check=False, timeout=60
    )
