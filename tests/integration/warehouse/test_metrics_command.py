"""`deskhouse metrics` on the worked example: its worked answers, and how answers are written."""

import csv
import io
import json
import shutil
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from deskhouse.build.build import BuildReport
from deskhouse.cli import main
from deskhouse.metrics import Filter, Request, answer, catalog, statement
from deskhouse.metrics.answer import shown_by
from deskhouse.metrics.buckets import day_start
from deskhouse.metrics.values import unknown_value
from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import Desk
from tests.integration.warehouse.test_worked_examples import TRUTH

AS_OF = datetime(2026, 6, 9, 16, 20, tzinfo=UTC)
PORTFOLIO = json.loads((TRUTH / "worked_example_portfolio.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def built(standing_desk: Desk) -> Desk:
    """The worked example in the zone of its answers."""
    zone = PORTFOLIO["reporting_time_zone"]
    settings = standing_desk.settings.model_copy(update={"time_zone": zone})
    desk = Desk(settings, standing_desk.warehouse)
    for path in TRUTH.glob("calendar_*.csv"):
        shutil.copy(path, settings.config)
    desk.deliver_file(TRUTH / "worked_example.ndjson")
    desk.build(AS_OF)
    return desk


def built_zone() -> ZoneInfo:
    return ZoneInfo(PORTFOLIO["reporting_time_zone"])


@pytest.fixture
def run(built: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """A function that runs the command and gives its exit code, output and errors."""
    for name, value in built.settings.environment():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["metrics", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def asked(desk: Desk, *metrics: str, **more: Any) -> list[tuple[Any, ...]]:
    return list(answer(desk.warehouse, catalog(), Request(metrics, **more)).rows)


def test_its_totals_are_the_worked_answers(built: Desk) -> None:
    csat, (reopened, resolved) = PORTFOLIO["csat"], PORTFOLIO["reopen_rate"]
    expected = {
        "tickets": PORTFOLIO["created"],
        "tickets_resolved": PORTFOLIO["tickets_ever_resolved"],
        "resolutions": PORTFOLIO["resolution_events"],
        "reopens": PORTFOLIO["reopens"],
        "tickets_reopened": reopened,
        "tickets_first_resolved": resolved,
        "reopen_rate": round(Decimal(reopened) / resolved, 6),
        "csat_offered": csat["offered"],
        "csat_rated": csat["rated"],
        "csat_positive": csat["positive_final"],
        "csat": round(Decimal(csat["positive_final"]) / csat["rated"], 6),
        "csat_bad_to_good": len(csat["bad_to_good"]),
        "csat_good_to_bad": len(csat["good_to_bad"]),
        "merged_tickets": PORTFOLIO["merged"],
        "deleted_tickets": PORTFOLIO["deleted"],
        "net_flow": PORTFOLIO["created"] - PORTFOLIO["tickets_ever_resolved"],
        **{f"{name}_touch": len(found) for name, found in PORTFOLIO["touch_classes"].items()},
    }
    assert asked(built, *expected) == [tuple(expected.values())]


def test_its_first_replies_in_opening_hours_are_the_worked_answer(built: Desk) -> None:
    stats = ("mean", "median", "p90")
    ((count, *found),) = asked(
        built, "first_replies", *(f"first_reply_business_{name}" for name in stats)
    )
    expected = PORTFOLIO["first_reply_business_seconds"]
    # The answers have three decimals.
    assert [count, *(round(value, 3) for value in found)] == [
        expected["n"],
        *(Decimal(str(expected[name])) for name in stats),
    ]


def test_its_targets_are_the_worked_answers(built: Desk) -> None:
    expected = Counter((one["metric"], one["state"]) for one in PORTFOLIO["sla"])
    found = asked(built, "sla_met", "sla_breached", "sla_achievement", by=("sla_metric",))
    assert {name for name, *_ in found} == {name for name, _ in expected}
    for name, *counts, achieved in found:
        assert counts == [expected[name, "met"], expected[name, "breached"]]
        assert achieved == round(Decimal(counts[0]) / sum(counts), 6)


def test_by_creation_it_counts_for_the_day_on_which_the_ticket_came(built: Desk) -> None:
    """Ticket 2 came on a Friday and was replied to after the weekend."""
    day = date.fromisoformat(PORTFOLIO["created_day_of_ticket_2"]["America/New_York"])
    since, until = (day_start(one, built_zone()) for one in (day, day + timedelta(days=1)))
    question = {"grain": "day", "since": since, "until": until}
    assert asked(built, "tickets", "first_replies", **question) == [(day, 1, 0)]
    assert asked(built, "tickets", "first_replies", basis="creation", **question) == [(day, 1, 1)]


def test_its_channels_are_the_worked_answers(built: Desk) -> None:
    found = {name.lower(): n for name, n in asked(built, "tickets", by=("channel",))}
    expected = PORTFOLIO["created_by_channel"]
    assert {name: found.get(name, 0) for name in expected} == expected


def test_its_backlog_is_the_worked_answer_at_the_end_of_each_day(built: Desk) -> None:
    found = dict(asked(built, "backlog", grain="day"))
    days = PORTFOLIO["backlog_at_end_of_day"]
    assert {day: found.get(date.fromisoformat(day), 0) for day in days} == {
        day: len(tickets) for day, tickets in days.items()
    }


def test_a_table_is_for_people(run: Any) -> None:
    code, out, _ = run(
        *("query", "tickets", "first_reply_median", "csat", "backlog"),
        *("--from", "2026-04-01", "--to", "2026-05-01", "--compare", "previous"),
    )
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == (
        "as of 2026-06-09 12:20 America/New_York, from 2026-04-01 00:00, to 2026-05-01 00:00"
    )
    assert [cell.strip() for cell in lines[2].split("   ") if cell.strip()] == [
        *("Tickets", "before", "First reply, median", "before", "CSAT", "before"),
        *("Backlog", "before"),
    ]
    assert lines[4].split("   ")[-1].strip().isdecimal()


def test_a_table_by_creation_says_so(run: Any) -> None:
    code, out, _ = run("query", "csat", "--by-creation", "--from", "2026-04-01")
    assert code == 0
    assert out.splitlines()[0] == (
        "as of 2026-06-09 12:20 America/New_York, dated by the creation of tickets,"
        " from 2026-04-01 00:00"
    )


def test_json_and_csv_are_exact_and_say_the_same(run: Any) -> None:
    question = (
        "query",
        "tickets",
        "first_reply_mean",
        "csat",
        "--by",
        "channel",
        "--grain",
        "month",
    )
    _, written, _ = run(*question, "--json")
    _, table, _ = run(*question, "--csv")
    record = json.loads(written)
    assert record["time_zone"] == "America/New_York"
    assert datetime.fromisoformat(record["as_of"]) == AS_OF
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [list(row) for row in rows] == [list(row) for row in record["rows"]]
    assert len(rows) > 4
    for row, same in zip(rows, record["rows"], strict=True):
        assert (row["timestamp"], row["channel"]) == (same["timestamp"], same["channel"])
        assert int(row["tickets"]) == same["tickets"]
        for name in ("first_reply_mean", "csat"):
            assert (Decimal(row[name]) if row[name] else None) == (
                None if same[name] is None else Decimal(str(same[name]))
            )


def test_an_hour_is_told_with_its_offset(run: Any) -> None:
    _, written, _ = run("query", "backlog", "--grain", "hour", "--last", "2h", "--json")
    assert [row["timestamp"] for row in json.loads(written)["rows"]] == [
        "2026-06-09T11:00:00-04:00",
        "2026-06-09T12:00:00-04:00",
    ]


def test_the_last_days_are_those_of_the_reporting_zone(run: Any) -> None:
    _, written, _ = run("query", "tickets", "--last", "2d", "--json")
    assert json.loads(written)["from"] == "2026-06-08T04:00:00+00:00"


def test_the_period_before_is_as_long_and_ends_where_this_begins(built: Desk, run: Any) -> None:
    """Over a change of clocks: days are compared with days."""
    _, written, _ = run(
        *("query", "tickets", "backlog", "--from", "2026-03-08", "--to", "2026-03-15"),
        *("--compare", "previous", "--json"),
    )
    (row,) = json.loads(written)["rows"]
    begin = datetime(2026, 3, 1, 5, tzinfo=UTC)
    change = datetime(2026, 3, 8, 5, tzinfo=UTC)
    end = datetime(2026, 3, 15, 4, tzinfo=UTC)
    ((now, standing),) = asked(built, "tickets", "backlog", since=change, until=end)
    ((before, stood),) = asked(built, "tickets", "backlog", since=begin, until=change)
    assert end - change != change - begin == timedelta(days=7)
    assert list(row.values()) == [now, before, standing, stood]


def test_a_cell_that_was_not_there_before_had_none(run: Any) -> None:
    _, written, _ = run(
        *("query", "tickets", "csat", "--by", "channel", "--from", "2026-03-01"),
        *("--compare", "previous", "--json"),
    )
    rows = json.loads(written)["rows"]
    assert rows
    assert {(row["tickets_before"], row["csat_before"]) for row in rows} == {(0, None)}


def test_a_cell_that_was_there_before_alone_is_told(built: Desk, run: Any) -> None:
    """What came down to nothing is what one compares periods for."""
    begin, change, end = "2026-04-01", "2026-05-01", "2026-05-31"
    question = ("query", "tickets", "csat", "--by", "channel", "--json")
    _, written, _ = run(*question, "--from", change, "--to", end, "--compare", "previous")
    rows = {row["channel"]: row for row in json.loads(written)["rows"]}
    _, earlier, _ = run(*question, "--from", begin, "--to", change)
    before = {row["channel"]: row["tickets"] for row in json.loads(earlier)["rows"]}
    _, later, _ = run(*question, "--from", change, "--to", end)
    gone = set(before) - {row["channel"] for row in json.loads(later)["rows"]}
    assert gone
    assert {name: rows[name]["tickets_before"] for name in before} == before
    assert {(rows[name]["tickets"], rows[name]["csat"]) for name in gone} == {(0, None)}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("query tickts", "there is no metric 'tickts'. Did you mean tickets?"),
        ("show csta", "there is no metric 'csta'. Did you mean csat?"),
        (
            "query tickets --where channel",
            "--where channel names no value. Write it as channel=email.",
        ),
        (
            "query tickets --last 30d --from 2026-01-01",
            "--last is a range of its own. Give it, or --from and --to.",
        ),
        ("query tickets --last month", "'month' is no length of time. Write it as 24h, 30d or 4w."),
        (
            "query tickets --from yesterday",
            (
                "'yesterday' is no date and no instant with an offset."
                " Write it as 2026-03-01 or 2026-03-01T08:00:00+00:00."
            ),
        ),
        ("query tickets --json --csv", "--json and --csv are two answers. Ask for one."),
        (
            "query tickets --last 999999d",
            "'999999d' is longer than there are dates. Leave it out.",
        ),
        (
            "query tickets --to 0999-01-01T00:00:00+00:00",
            (
                "0999-01-01T00:00:00+00:00 is far from any ticket."
                " Name an instant of the years 1900 to 9000."
            ),
        ),
        (
            "query tickets --from 0001-01-01T00:00:00+14:00 --compare previous",
            (
                "0001-01-01T00:00:00+14:00 is far from any ticket."
                " Name an instant of the years 1900 to 9000."
            ),
        ),
        (
            "query backlog --from 2026-06-10",
            (
                "the data goes up to 2026-06-09 12:20, and the range begins after that."
                " `deskhouse refresh` brings it up to now."
            ),
        ),
        (
            "query tickets backlog --by-creation",
            (
                "backlog is what stands at an instant, and is not known by creation."
                " Ask for it by itself, by what happened."
            ),
        ),
        (
            "query tickets --compare previous",
            "there is no period before all time. Give --from, or --last 30d.",
        ),
        (
            "query tickets --compare previous --last 7d --grain day",
            "periods are compared as a whole. Leave --grain out.",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_a_line(run: Any, arguments: str, says: str) -> None:
    assert run(*arguments.split()) == (2, "", f"deskhouse: {says}\n")


def test_a_filter_takes_a_name_or_an_id(run: Any) -> None:
    answers = {
        run("query", "tickets", "--where", f"channel={value}", "--csv")
        for value in ("Email", "email")
    }
    assert answers == {(0, "tickets\n12\n", "")}


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("tickets --where channel=emial", "there is no channel 'emial'. Did you mean email?"),
        ("tickets --where channel=EMAIL", "there is no channel 'EMAIL'. Did you mean email?"),
        (
            "tickets --by channel --where channel=email --where channel=caht",
            "there is no channel 'caht'. Did you mean chat?",
        ),
        (
            "backlog --grain day --where priority=P1",
            "there is no priority 'P1'. There are: normal.",
        ),
        (
            "csat --where source=other --last 7d --compare previous",
            "there is no source 'other'. There are: worked_example.",
        ),
    ],
)
def test_a_value_that_is_not_there_is_told(run: Any, question: str, says: str) -> None:
    assert run("query", *question.split()) == (2, "", f"deskhouse: {says}\n")


@pytest.mark.parametrize(
    ("metric", "filters"),
    [
        # Outside the range; never yet measured; never a backlog's.
        ("tickets", "--where channel=Chat --from 2026-06-09"),
        ("tickets", "--where channel=unknown --where priority=urgent"),
        ("backlog", "--where status=solved"),
    ],
)
def test_a_value_that_is_there_and_was_not_measured_is_no_mistake(
    run: Any, metric: str, filters: str
) -> None:
    assert run("query", metric, *filters.split(), "--csv") == (0, f"{metric}\n0\n", "")


def test_a_suggestion_tells_no_name_of_rows_that_one_does_not_see(built: Desk) -> None:
    request = Request(("tickets",), filters=(Filter("channel", ("emial",)),))
    name = built.warehouse.role_name("onlooker")
    login, people = sql.Identifier(name), sql.Identifier(built.warehouse.role_name("people"))
    with built.warehouse.connect(Role.OWNER) as owner:
        owner.execute(
            sql.SQL("create role {} login password 'known' in role {}").format(login, people)
        )
    try:
        with psycopg.connect(
            host=built.warehouse.host,
            port=built.warehouse.port,
            dbname=built.warehouse.database,
            user=name,
            password="known",
        ) as onlooker:
            assert unknown_value(onlooker, catalog(), request) is None
    finally:
        with built.warehouse.connect(Role.OWNER) as owner:
            owner.execute(sql.SQL("drop role {}").format(login))
    with built.warehouse.connect(Role.READER) as reader:
        told = unknown_value(reader, catalog(), request)
    assert told is not None
    assert told.hint == "Did you mean email?"


def test_an_answer_reads_the_months_of_its_range_and_no_other(built: Desk) -> None:
    """Also through the source that Superset reads as a data set."""
    source = catalog().source("measurements")
    with built.warehouse.connect(Role.READER) as reader:
        plan = "\n".join(
            row[0]
            for row in reader.execute(
                f"explain select count(*) from ({source.sql}) as m"
                " where \"timestamp\" >= '2026-04-03' and \"timestamp\" < '2026-04-09'".encode()
            )
        )
    months = {f"metrics_raw_2026{month:02}" for month in range(1, 13)}
    assert {month for month in months if month in plan} == {"metrics_raw_202604"}


def test_a_cohort_reads_no_month_before_it_began(built: Desk) -> None:
    since = datetime(2026, 4, 3, tzinfo=UTC)
    request = Request(("csat",), grain="hour", since=since, basis="creation")
    asks = statement(catalog(), request, built_zone())
    with built.warehouse.connect(Role.READER) as reader:
        explained = reader.execute(f"explain {asks.text}".encode(), asks.parameters)
        plan = "\n".join(row[0] for row in explained)
    assert "metrics_raw_202604" in plan
    assert "metrics_raw_202603" not in plan


def test_an_answer_is_whole_where_a_build_from_nothing_comes_between(
    built: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names lead to the new tables then, and what was seen before sees these as empty."""
    before = asked(built, "tickets", "backlog", by=("channel",))
    done: list[BuildReport] = []

    def shown_and_swapped(connection: Any) -> Any:
        shown = shown_by(connection)
        if not done:
            done.append(built.build(AS_OF, full_refresh=True))
        return shown

    # The package's `answer` is the function.
    monkeypatch.setattr(sys.modules["deskhouse.metrics.answer"], "shown_by", shown_and_swapped)
    assert asked(built, "tickets", "backlog", by=("channel",)) == before
    assert done


def test_marts_of_another_version_are_told(built: Desk, run: Any) -> None:
    rename = "alter view marts.metrics_raw rename column {} to {}"
    with built.warehouse.connect(Role.TRANSFORMER) as transformer:
        transformer.execute(rename.format("status", "state").encode())
    try:
        code, _, said = run("query", "tickets")
    finally:
        with built.warehouse.connect(Role.TRANSFORMER) as transformer:
            transformer.execute(rename.format("state", "status").encode())
    assert (code, said) == (
        3,
        "deskhouse: the marts are those of another version. Run `deskhouse build`.\n",
    )


def test_where_nothing_was_built_that_is_said(
    built: Desk, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with built.warehouse.connect(Role.TRANSFORMER) as transformer:
        transformer.execute("alter schema marts rename to marts_away")
    try:
        code, _, said = run("query", "tickets")
    finally:
        with built.warehouse.connect(Role.TRANSFORMER) as transformer:
            transformer.execute("alter schema marts_away rename to marts")
    assert (code, said) == (
        3,
        "deskhouse: there are no marts yet. Run `deskhouse build` first.\n",
    )
