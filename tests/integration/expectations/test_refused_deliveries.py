"""Each kind of unfit delivery is refused for its own reason, and nothing else comes of it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from deskhouse.build.build import build
from deskhouse.cli import main
from deskhouse.errors import DeliveryRefused
from deskhouse.gate import registered_gate
from deskhouse.warehouse.connection import Role
from expectations.delivery_rules import RULES
from ingestion.due import ingest_due
from tests.integration.expectations import deliveries
from tests.integration.expectations.conftest import GatedDesk, Record
from tests.integration.expectations.deliveries import SOMEBODY, START, day

AS_OF = START + timedelta(days=30)
GOOD_DAYS = 5
VICTIM = GOOD_DAYS + 1

# What is delivered, the expectation that refuses it, and an example key that is shown.
UNFIT: dict[str, tuple[Callable[[], Iterable[Record | str]], str]] = {
    "quarantined_lines": (lambda: deliveries.with_bad_lines(day(VICTIM)), "line 1, line 4"),
    "lines_cut_off": (lambda: deliveries.with_lines_cut_off(day(VICTIM)), "line 8, line 48"),
    "last_line_cut_off": (lambda: deliveries.with_the_end_cut_off(day(VICTIM)), "line 241"),
    "too_many_lines": (lambda: day(VICTIM, tickets=3_100), ""),
    "too_few_lines": (lambda: day(VICTIM, tickets=25, source="large"), ""),
    "unseen_channels": (lambda: day(VICTIM, channel=SOMEBODY), "line 1 desk:6-0"),
    "unseen_statuses": (
        lambda: deliveries.with_statuses_of_another_system(day(VICTIM)),
        "line 4 desk:6-0",
    ),
    "unseen_teams": (lambda: day(VICTIM, team_id="third"), "line 1 desk:6-0"),
    "unknown_tickets": (
        lambda: deliveries.without_creations(day(VICTIM)),
        "desk:6-0, desk:6-1, desk:6-10",
    ),
    "broken_order": (lambda: deliveries.backwards(day(VICTIM)), "line 2 desk:6-59"),
    "repeated_ids": (lambda: deliveries.with_ids_anew(day(VICTIM)), "line 2 desk:6-0"),
    "one_instant": (lambda: deliveries.at_one_instant(day(VICTIM)), "line 1 desk:6-0"),
    "another_source": (lambda: deliveries.of_another_system(day(VICTIM)), "line 1 md5 "),
}


@dataclass
class Week:
    """What a desk saw: good days, each unfit delivery, and the good day after them."""

    desk: GatedDesk
    refusals: dict[str, str]
    before: dict[str, list[Any]]
    after_refusals: dict[str, list[Any]]
    after_the_good_day: dict[str, list[Any]]


@pytest.fixture(scope="module")
def week(gated_desk: GatedDesk) -> Week:
    desk = gated_desk
    for number in range(GOOD_DAYS):
        desk.deliver(day(number))
        if number < 3:
            desk.deliver(day(number, tickets=1_400, source="large"))
    settings, warehouse = desk.settings, desk.warehouse
    build(settings, warehouse, as_of=AS_OF)
    before = desk.marts()
    refusals = {name: desk.refusal(unfit()) for name, (unfit, _) in UNFIT.items()}
    build(settings, warehouse, as_of=AS_OF)
    after_refusals = desk.marts()
    desk.deliver(day(VICTIM))
    build(settings, warehouse, as_of=AS_OF)
    return Week(desk, refusals, before, after_refusals, desk.marts())


def test_every_rule_has_its_unfit_delivery() -> None:
    assert {one.rule.name for one in RULES} == set(UNFIT)


@pytest.mark.parametrize("name", UNFIT)
def test_an_unfit_delivery_is_refused_for_its_own_reason(week: Week, name: str) -> None:
    batch_id = GOOD_DAYS + 3 + list(UNFIT).index(name) + 1
    rows = week.desk.rows(f"select state, reasons from raw.batches where batch_id = {batch_id}")
    (state, reasons), *_ = rows
    assert state == "refused"
    assert [reason.partition(":")[0] for reason in reasons] == [name]
    assert UNFIT[name][1] in reasons[0]
    assert f"the delivery was refused ({reasons[0]})" in week.refusals[name]
    assert f"deskhouse ingest accept {batch_id} lets it in" in week.refusals[name]
    landed = f"select count(*) from raw.landing where batch_id = {batch_id}"
    noted = f"select event_count from raw.batches where batch_id = {batch_id}"
    assert week.desk.rows(landed) == week.desk.rows(noted) != [(0,)]


def test_a_verdict_shows_five_keys_and_how_many_rows(week: Week) -> None:
    found = week.desk.rows(
        "select passed, found, allowed, examples from ops.verdicts"
        " where expectation = 'unseen_teams' and not passed",
        Role.READER,
    )
    keys = [f"line {4 * n + 1} desk:6-{n}" for n in range(5)]
    assert found == [(False, 60, 20, keys)]


def test_the_marts_are_as_they_were_and_the_next_good_delivery_goes_through(week: Week) -> None:
    assert week.after_refusals == week.before
    grown = {name for name, rows in week.after_the_good_day.items() if rows != week.before[name]}
    assert {"fct_tickets", "metrics_raw", "channel_metrics_daily"} <= grown
    tickets = len(week.before["fct_tickets"])
    assert len(week.after_the_good_day["fct_tickets"]) == tickets + deliveries.TICKETS


def test_no_verdict_holds_customers_text(week: Week) -> None:
    held = week.desk.rows("select count(*) from raw.landing as l where l::text like '%@%'")
    assert held != [(0,)]
    tables = week.desk.rows(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema = 'ops' or table_name in ('batches', 'batch_profiles')"
    )
    assert ("raw.batch_profiles",) in tables
    assert ("ops.verdicts",) in tables
    for (name,) in tables:
        assert week.desk.rows(f"select t from {name} as t where t::text like '%@%'") == [], name
    assert [said for said in week.refusals.values() if "@" in said] == []


def test_a_reader_sees_what_was_refused_and_what_is_in_quarantine(week: Week) -> None:
    waiting = week.desk.rows(
        "select source, cardinality(refused_batches) from ops.freshness order by 1", Role.READER
    )
    assert waiting == [("desk", len(UNFIT) - 1), ("large", 1)]
    quarantined = week.desk.rows(
        "select source, batch_count, quarantined_count from ops.quarantine_counts order by 1",
        Role.READER,
    )
    assert quarantined == [("desk", GOOD_DAYS + len(UNFIT), 80 + 6 + 1), ("large", 4, 0)]


def test_few_lines_are_not_judged(week: Week) -> None:
    tiny = deliveries.at_one_instant(day(40, tickets=24, channel="letter"))
    landed = week.desk.deliver(tiny)
    assert landed.events == 96
    judged = f"select from raw.batch_profiles where batch_id = {landed.batch_id}"
    assert week.desk.rows(judged) == []


def test_who_looked_lets_a_batch_in_and_the_source_is_known_for_it_then(
    week: Week, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = week.desk
    reorganised = day(50, team_id="fourth")
    refusal = desk.refusal(reorganised)
    ((batch_id,),) = desk.rows("select max(batch_id) from raw.batches")
    assert f"accept {batch_id}" in refusal
    _as_a_user(desk, monkeypatch)

    assert main(["check", "--suite", "delivery"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("delivery: refused, and waiting for a look: ")
    assert f"  BROKEN  desk, batch {batch_id}: unseen_teams: 60 found, 20 allowed (line 1" in said

    assert main(["ingest", "accept", str(batch_id)]) == 0
    assert capsys.readouterr().out == (
        f"batch {batch_id} is accepted: 240 events; the next build has them\n"
    )
    assert main(["ingest", "accept", str(batch_id)]) == 2
    assert f"there is no batch {batch_id} that waits" in capsys.readouterr().err
    assert desk.deliver(day(51, team_id="fourth")).events == 240

    assert main(["check", "--suite", "delivery", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["delivery"]
    assert told["good"] is False
    assert str(batch_id) not in told["summary"]


def test_a_refused_file_of_a_folder_is_told_once_kept_and_let_in(week: Week) -> None:
    desk = week.desk
    (desk.settings.config / "in").mkdir()
    (desk.settings.config / "sources.yml").write_text(
        "sources:\n  - {name: drops, kind: folder, format: events, path: in/*.ndjson}\n",
        encoding="utf-8",
    )
    path = desk.settings.config / "in" / "a.ndjson"
    lines = [json.dumps(one) for one in deliveries.at_one_instant(day(60))]
    path.write_text("\n".join(lines), encoding="utf-8")
    first = ingest_due(desk.settings, desk.warehouse, registered_gate())
    assert [one.problem.count("one_instant: 240 found, 216 allowed") for one in first] == [1]
    assert ingest_due(desk.settings, desk.warehouse, registered_gate()) == []
    ((batch_id,),) = desk.rows("select max(batch_id) from raw.batches")
    assert desk.rows(f"select count(*) from raw.landing where batch_id = {batch_id}") == [(240,)]


def test_a_source_of_several_has_a_history_of_its_own(week: Week) -> None:
    desk = week.desk
    both = [*day(70, source="north"), *day(70, source="south", channel="letter")]
    desk.deliver(both)
    found = desk.rows("select source_key from raw.batch_profiles order by batch_id desc limit 1")
    assert found == [("north:south",)]
    for number in (71, 72):
        desk.deliver([*day(number, source="north"), *day(number, source="south")])
    with pytest.raises(DeliveryRefused, match="unseen_channels"):
        desk.deliver([*day(73, source="north", channel="fax"), *day(73, source="south")])


def _as_a_user(desk: GatedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.settings.database_url is not None
    monkeypatch.setenv("DESKHOUSE_HOME", str(desk.settings.home))
    monkeypatch.setenv("DESKHOUSE_CONFIG", str(desk.settings.config))
    monkeypatch.setenv("DESKHOUSE_DATABASE_URL", desk.settings.database_url)
