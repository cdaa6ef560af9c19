"""Metrics by what `dimensions.csv` names, as one asks for them: no build lies between."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from deskhouse.cli import main
from deskhouse.metrics import Request, catalog, configured, statement
from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import Desk

AS_OF = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
HEADER = "name,custom_field,tag,label\n"
PLAN, VIP = "plan,Customer plan,,Plan\n", "vip,,VIP,\n"
GOLD, SILVER = {"Customer plan": "gold"}, {"Customer plan": "silver"}


def log() -> Iterator[dict[str, Any]]:
    """Six tickets, each with a desk, and a tag `seen`.

    1 and 4 become gold, 4 is a VIP; 2 is silver, for what comes after its deletion does not count;
    3 was a VIP; 5 and 6 are silver, and 6 is solved at once. On 4 May 1 and 3 stand.
    """
    happened: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("1", "2026-04-30T10:00:00Z", "ticket_created", {"attributes": {"custom": SILVER}}),
        ("4", "2026-04-30T11:00:00Z", "ticket_created", {"attributes": {"tags": ["VIP"]}}),
        ("3", "2026-05-01T09:00:00Z", "ticket_created", {"attributes": {"tags": ["VIP", "x"]}}),
        ("4", "2026-05-01T10:00:00Z", "internal_note", {"attributes": {"custom": GOLD}}),
        ("6", "2026-05-01T12:00:00Z", "ticket_created", {"attributes": {"custom": SILVER}}),
        ("6", "2026-05-01T13:00:00Z", "status_changed", {"to_value": "solved"}),
        ("2", "2026-05-02T09:00:00Z", "ticket_created", {"attributes": {"custom": SILVER}}),
        ("5", "2026-05-02T09:30:00Z", "ticket_created", {"attributes": {"custom": SILVER}}),
        ("4", "2026-05-02T10:00:00Z", "status_changed", {"to_value": "solved"}),
        ("3", "2026-05-02T11:00:00Z", "tag_removed", {"to_value": "VIP"}),
        ("2", "2026-05-03T09:00:00Z", "deleted", {}),
        ("2", "2026-05-03T10:00:00Z", "internal_note", {"attributes": {"custom": GOLD}}),
        ("5", "2026-05-03T10:30:00Z", "status_changed", {"to_value": "solved"}),
        ("1", "2026-05-03T11:00:00Z", "internal_note", {"attributes": {"custom": GOLD}}),
    )
    for number, (ticket, at, kind, more) in enumerate(happened):
        if kind == "ticket_created":
            attributes = more["attributes"]
            attributes["custom"] = {**attributes.get("custom", {}), "Desk": "north"}
            attributes["tags"] = [*attributes.get("tags", []), "seen"]
        yield {
            "source": "crm",
            "ticket_id": ticket,
            "event_id": f"e-{number}",
            "type": kind,
            "occurred_at": at,
            **more,
        }


@pytest.fixture(scope="module")
def built(standing_desk: Desk) -> Desk:
    """The tickets, built before any field is named."""
    standing_desk.deliver(log())
    standing_desk.build(AS_OF)
    return standing_desk


@pytest.fixture
def run(built: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """A function that writes the file, runs the command and gives exit code, output and errors."""
    for name, value in built.settings.environment():
        monkeypatch.setenv(name, value)

    def run(arguments: str, *rows: str) -> tuple[int, str, str]:
        path = built.settings.config / "dimensions.csv"
        path.write_text(HEADER + "".join(rows), encoding="utf-8")
        code = main(["metrics", *arguments.split()])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_what_the_file_names_tells_apart_from_the_next_question_on(run: Any) -> None:
    assert run("query tickets --by plan --csv") == (
        2,
        "",
        (
            "deskhouse: there is no dimension 'plan'. There are:"
            " channel, team, priority, status, source, agent, age_band, sla_metric,"
            " duration_band.\n"
        ),
    )
    # The deleted one is no ticket that counts.
    assert run("query tickets deleted_tickets --by plan --csv", PLAN) == (
        0,
        "plan,tickets,deleted_tickets\ngold,2,0\nnone,1,0\nsilver,2,1\n",
        "",
    )
    assert run("query tickets --by tier --by channel --csv", "tier,,VIP,\n") == (
        0,
        "tier,channel,tickets\nno,Unknown,4\nyes,Unknown,1\n",
        "",
    )


def test_a_value_chooses_and_either_of_two_does(run: Any) -> None:
    question = "query tickets tickets_resolved --csv --where"
    head = "tickets,tickets_resolved\n"
    assert run(f"{question} plan=gold", PLAN) == (0, f"{head}2,1\n", "")
    assert run(f"{question} plan=gold --where plan=none", PLAN) == (0, f"{head}3,1\n", "")
    assert run(f"{question} plan=gold --where vip=no", PLAN, VIP) == (0, f"{head}1,0\n", "")
    assert run(f"{question} plan=none --where vip=yes", PLAN, VIP) == (0, f"{head}0,0\n", "")


def test_the_backlog_is_what_stands_of_each_value_at_the_end_of_each_day(run: Any) -> None:
    code, out, _ = run("query backlog --by plan --grain day --json", PLAN)
    assert code == 0
    found = [(row["timestamp"][8:], row["plan"], row["backlog"]) for row in json.loads(out)["rows"]]
    # A zero where none is left, or some were for a while, and nothing after it.
    assert found == [
        *[("30", "gold", 2), ("01", "gold", 2), ("01", "none", 1), ("01", "silver", 0)],
        *[("02", "gold", 1), ("02", "none", 1), ("02", "silver", 1), ("03", "gold", 1)],
        *[("03", "none", 1), ("03", "silver", 0), ("04", "gold", 1), ("04", "none", 1)],
    ]


def test_the_backlog_of_a_value_is_known_within_a_day(run: Any) -> None:
    question = "query backlog --csv --where plan=gold --to"
    for instant, standing in (
        ("2026-05-02T10:00:00+00:00", 2),
        ("2026-05-02T11:00:00+00:00", 1),
        ("2026-05-03", 1),
        ("2026-04-30", 0),
    ):
        assert run(f"{question} {instant}", PLAN) == (0, f"backlog\n{standing}\n", "")


def test_flows_and_the_backlog_by_a_value_stand_side_by_side(run: Any) -> None:
    assert run("query tickets backlog --by plan --from 2026-05-01 --csv", PLAN) == (
        0,
        "plan,tickets,backlog\ngold,0,1\nnone,1,1\nsilver,2,0\n",
        "",
    )


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("tickets --where plan=glod", "there is no plan 'glod'. Did you mean gold?"),
        ("backlog --where plan=Silver", "there is no plan 'Silver'. Did you mean silver?"),
        ("tickets --where vip=1", "there is no vip '1'. There are: no, yes."),
        ("tickets --by pln", "there is no dimension 'pln'. Did you mean plan?"),
        (
            "tickets --where plan=gold --where plan=xyz",
            "there is no plan 'xyz'. There are: gold, none, silver.",
        ),
    ],
)
def test_what_is_not_there_is_told(run: Any, question: str, says: str) -> None:
    assert run(f"query {question}", PLAN, VIP) == (2, "", f"deskhouse: {says}\n")


@pytest.mark.parametrize(
    ("chosen", "row"),
    [
        ("desk=none", "desk,Desk,,\n"),
        ("seen=no", "seen,,seen,\n"),
        ("rare=yes", "rare,,rare,\n"),
    ],
)
def test_what_each_ticket_has_or_none_is_no_mistake(run: Any, chosen: str, row: str) -> None:
    found = run(f"query tickets --csv --where {chosen}", row)
    assert found == (0, "tickets\n0\n", "")


@pytest.mark.parametrize("question", ["list", "show tickets", "query tickets"])
def test_a_wrong_row_stops_every_question_with_a_line(run: Any, question: str) -> None:
    assert run(question, PLAN, "team,Team,,\n") == (
        2,
        "",
        (
            "deskhouse: dimensions.csv, row 3, column name: 'team' is a dimension, a column or a"
            " metric already. Correct the file and run the command again.\n"
        ),
    )


def test_what_there_is_names_them(run: Any) -> None:
    _, listed, _ = run("list", PLAN, VIP)
    lines = [line.split(maxsplit=1) for line in listed.splitlines() if line]
    said = "Custom field `Customer plan` of the ticket, as of its last event; `none` where none."
    assert ["plan", f"Plan: {said}"] in lines
    _, shown, _ = run("show backlog", PLAN, VIP)
    assert "channel, team, agent, priority, status, age_band, plan, vip\n" in shown
    _, written, _ = run("list --json", PLAN, VIP)
    assert {"plan", "vip"} <= set(json.loads(written)[0]["dimensions"])


def test_an_answer_reads_the_months_of_its_range_and_no_other(built: Desk, run: Any) -> None:
    run("list", PLAN)
    known = configured(catalog(), built.settings.config)
    request = Request(("tickets",), ("plan",), since=datetime(2026, 5, 1, tzinfo=UTC))
    asks = statement(known, request, built.settings.zone)
    with built.warehouse.connect(Role.READER) as reader:
        explained = reader.execute(f"explain {asks.text}".encode(), asks.parameters)
        plan = "\n".join(row[0] for row in explained)
    assert "metrics_raw_202605" in plan
    assert "metrics_raw_202604" not in plan
