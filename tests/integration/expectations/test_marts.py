"""What breaks the marts is seen and named; what is cured is fit again."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from deskhouse.build.build import build
from deskhouse.build.project import PROJECT
from deskhouse.cli import main
from deskhouse.data_state import read_data_state
from deskhouse.errors import BuildFailed, Busy
from deskhouse.gate import registered_gate
from deskhouse.warehouse.connection import Role
from deskhouse.warehouse.locks import Lock
from expectations import days, marts
from expectations.marts_rules import RULES
from ingestion.intake import delivery_intake
from ingestion.landing import land
from ingestion.sample import SampleSpec, generate
from tests.integration.expectations.conftest import GatedDesk

# In the past, so that nothing is dated ahead of the database's clock.
AS_OF = datetime(2026, 6, 2, 12, tzinfo=UTC)
TODAY = '(select max("timestamp") from core.channel_metrics_daily)'

# An expectation, and statements that break it; each is undone.
BREAKAGES = {
    "measurements_without_ticket": [
        f"delete from core.fct_tickets where created_at > {TODAY} - interval '1 day'",
    ],
    "measured_twice": [
        "insert into core.metrics_raw select * from core.metrics_raw where metric_type = 'created'",
    ],
    "tickets_not_measured": [
        "delete from core.metrics_raw where metric_type = 'created'",
    ],
    "values_out_of_range": [
        "update core.metrics_raw set value = -1 where metric_type = 'first_reply'",
        "update core.metrics_raw set value = 1.01 where metric_type = 'csat_score'",
    ],
    "rates_out_of_range": [
        (
            "update core.channel_metrics_daily set csat_positive_rate = 1.01"
            " where csat_rated_count > 0"
        ),
        "update core.channel_metrics_daily set backlog = -1",
        (
            "update core.channel_metrics_daily"
            " set p50_first_reply_calendar_seconds = p90_first_reply_calendar_seconds + 1"
        ),
    ],
    "channels_unlike_measurements": [
        f'delete from core.channel_metrics_daily where "timestamp" = {TODAY}',
        f'update core.channel_metrics_daily set volume = volume + 1 where "timestamp" = {TODAY}',
        "update core.metrics_raw set channel = 'letter' where metric_type = 'reopen'",
    ],
    "agents_unlike_measurements": [
        "update core.agent_performance_daily set agent_reply_count = agent_reply_count + 1",
        "update core.metrics_raw set agent_id = 'nobody' where metric_type = 'agent_reply'",
    ],
    "backlog_unlike_measurements": [
        "update core.backlog_daily set backlog_change = backlog_change + 1",
        "delete from core.metrics_raw where metric_type = 'backlog_left'",
    ],
    "hours_unlike_days": [
        "update core.channel_metrics_hourly set volume = volume + 1",
        "delete from core.channel_metrics_hourly where volume > 0",
    ],
    "overviews_unlike_rollups": [
        "update core.channel_metrics_daily set backlog = backlog + 1",
    ],
    "ratings_without_credit": [
        "update core.customer_satisfaction set agent_id = 'none'",
    ],
    "events_dated_ahead": [
        (
            "update core.metrics_raw set \"timestamp\" = clock_timestamp() + interval '1 hour'"
            " where metric_type = 'created'"
        ),
    ],
    "silent_sources": [
        "update core.current_build set as_of = as_of + interval '9 days'",
    ],
    "sources_without_news": [
        "update core.current_build set as_of = as_of + interval '9 days'",
    ],
}


@pytest.fixture(scope="module")
def desk(gated_desk: GatedDesk) -> GatedDesk:
    """A lifelike desk of three weeks whose deliveries came day by day."""
    for delivery in generate(SampleSpec(tickets=400, days=20, seed=3, until=AS_OF)):
        land(gated_desk.warehouse, registered_gate(), delivery_intake(delivery))
    with gated_desk.warehouse.connect(Role.OWNER) as connection:
        connection.execute("update raw.batches set received_at = newest_at + interval '5 minutes'")
    build(gated_desk.settings, gated_desk.warehouse, as_of=AS_OF)
    return gated_desk


@pytest.fixture
def undone(desk: GatedDesk) -> Iterator[Connection[Any]]:
    """A connection on which whatever is done to the marts is undone."""
    with desk.warehouse.connect(Role.TRANSFORMER) as connection:
        yield connection
        connection.rollback()


def test_marts_as_built_are_fit_by_every_rule(desk: GatedDesk) -> None:
    found = marts.examine(desk.warehouse)
    assert [str(one) for one in found.findings if not one.holds] == []
    assert {one.rule for one in found.findings} == {one.rule.name for one in RULES}
    assert (found.state.state, found.state.reasons) == ("fit", ())


def test_every_rule_that_refuses_has_a_breakage() -> None:
    assert {one.rule.name for one in RULES if one.rule.refuses} == set(BREAKAGES)


@pytest.mark.parametrize(
    ("name", "statement"),
    [(name, statement) for name, statements in BREAKAGES.items() for statement in statements],
)
def test_a_rule_sees_what_breaks_it(undone: Connection[Any], name: str, statement: str) -> None:
    assert undone.execute(statement.encode()).rowcount > 0
    found = marts.examine_by(undone, whole_report=False)
    finding = next(one for one in found.findings if one.rule == name)
    assert not finding.holds
    assert finding.examples
    assert found.state.state == "unfit"
    assert str(finding) in found.state.reasons


def test_more_than_two_in_a_hundred_ratings_without_credit_are_unfit(
    undone: Connection[Any],
) -> None:
    """Of 1,000 of the last 28 days; of few ratings, five may be."""
    rated = "from core.customer_satisfaction as c where rated_at is not null"
    undone.execute(
        "insert into core.customer_satisfaction select r.* from"
        f" (select c as one {rated} limit 1) as t"
        f" cross join generate_series(1, 1000 - (select count(*) {rated})) as n"
        " cross join lateral jsonb_populate_record("
        "t.one, jsonb_build_object('ticket_key', 'sample:more ' || n)) as r".encode()
    )
    undone.execute(
        "update core.customer_satisfaction set agent_id = 'someone', \"timestamp\" = %s", (AS_OF,)
    )
    nobodys = (
        "update core.customer_satisfaction set agent_id = 'none' where ticket_key in"
        f" (select ticket_key {rated} order by ticket_key limit %s)"
    )
    found = {}
    for count in (20, 21):
        undone.execute(nobodys.encode(), (count,))
        judged = marts.examine_by(undone, whole_report=False)
        found[count] = next(
            one.holds for one in judged.findings if one.rule == "ratings_without_credit"
        )
    assert found == {20: True, 21: False}
    assert not judged.state.is_fit


def test_a_defect_in_the_marts_is_named_until_it_is_cured(desk: GatedDesk) -> None:
    fit = marts.judge(desk.warehouse)
    with desk.warehouse.connect(Role.TRANSFORMER) as connection:
        connection.execute(
            "create table core.kept as select * from core.channel_metrics_daily"
            f' where "timestamp" = {TODAY}'.encode()
        )
        connection.execute(
            f'delete from core.channel_metrics_daily where "timestamp" = {TODAY}'.encode()
        )
    unfit = marts.judge(desk.warehouse)
    assert unfit.state == "unfit"
    assert unfit.since > fit.since
    assert "channels_unlike_measurements: 1 found, 0 allowed (2026-06-02)" in unfit.reasons
    again = marts.judge(desk.warehouse)
    assert (again.since, again.reasons) == (unfit.since, unfit.reasons)
    assert again.judged_at is not None
    assert unfit.judged_at is not None
    assert again.judged_at > unfit.judged_at
    with desk.warehouse.connect(Role.READER) as connection:
        assert read_data_state(connection) == again
    with desk.warehouse.connect(Role.TRANSFORMER) as connection:
        connection.execute("insert into core.channel_metrics_daily select * from core.kept")
        connection.execute("drop table core.kept")
    cured = marts.judge(desk.warehouse)
    assert (cured.state, cured.reasons) == ("fit", ())
    assert cured.since > unfit.since


def test_a_day_that_disagreed_is_looked_at_until_it_agrees(undone: Connection[Any]) -> None:
    """Also when it is none of the days whose turn it is."""
    marts.examine_by(undone, whole_report=False)
    day = datetime(2026, 5, 20, tzinfo=UTC)
    turn = next(
        build_id
        for build_id in range(1_000, 1_100)
        if day in days.choose(undone, build_id, AS_OF, "UTC", 10**9, ())
    )
    undone.execute(
        'update core.channel_metrics_daily set volume = volume + 1 where "timestamp" = %s', (day,)
    )
    fit = []
    for build_id in (turn - 1, turn, turn + 1):
        undone.execute(
            "insert into ops.builds (build_id, to_position, as_of, time_zone, project_hash, aside)"
            " select %s, to_position, as_of, time_zone, project_hash, aside from ops.builds"
            " where build_id = 1",
            (build_id,),
        )
        undone.execute("update core.current_build set build_id = %s", (build_id,))
        fit.append(marts.examine_by(undone, whole_report=False).state.is_fit)
    assert fit == [True, False, False]
    undone.execute(
        'update core.channel_metrics_daily set volume = volume - 1 where "timestamp" = %s', (day,)
    )
    assert marts.examine_by(undone, whole_report=False).state.is_fit


def test_what_is_judged_alike_again_and_again_is_one_row(desk: GatedDesk) -> None:
    marts.judge(desk.warehouse)
    before = desk.rows("select count(*) from ops.judgements")
    for _ in range(3):
        marts.judge(desk.warehouse)
    assert desk.rows("select count(*) from ops.judgements") == before


def test_a_refused_batch_that_waits_is_a_warning(desk: GatedDesk) -> None:
    with desk.warehouse.connect(Role.OWNER) as connection:
        connection.execute(
            "insert into raw.batches (batch_id, origin, state, event_count, quarantined_count,"
            " received_at) values (9999, 'x', 'refused', 1, 0, clock_timestamp())"
        )
    found = marts.examine(desk.warehouse)
    assert [(one.rule, one.examples) for one in found.findings if not one.holds] == [
        ("refused_batches_wait", ("batch 9999",))
    ]
    assert found.state.is_fit
    with desk.warehouse.connect(Role.OWNER) as connection:
        connection.execute("delete from raw.batches where batch_id = 9999")


def test_a_source_that_repeats_old_news_is_named(desk: GatedDesk) -> None:
    with desk.warehouse.connect(Role.OWNER) as connection:
        connection.execute(
            "update raw.batches set newest_at = newest_at - interval '10 days'"
            " where received_at > %s",
            (AS_OF - timedelta(days=4),),
        )
        assert [one.rule for one in marts.examine(desk.warehouse).findings if not one.holds] == []
        connection.commit()
        found = marts.examine(desk.warehouse)
        assert [str(one) for one in found.findings if not one.holds] == [
            "sources_without_news: 1 found, 0 allowed (sample)"
        ]
        connection.execute("update raw.batches set newest_at = received_at - interval '5 minutes'")
    assert marts.judge(desk.warehouse).is_fit


def test_marts_are_not_judged_while_a_build_changes_them(desk: GatedDesk) -> None:
    with desk.warehouse.connect(Role.TRANSFORMER) as builder:
        builder.execute("select pg_advisory_xact_lock(%s)", (Lock.BUILD,))
        with pytest.raises(Busy, match=r"a build has been running for more than 0\.1 s"):
            marts.examine(desk.warehouse, patience=0.1)


def test_a_warehouse_without_a_build_is_not_judged(
    desk: GatedDesk, undone: Connection[Any]
) -> None:
    undone.execute("drop table core.current_build cascade")
    before = read_data_state(undone)
    assert marts.examine_by(undone, whole_report=False) == marts.Judgement(before, ())


@pytest.mark.parametrize(
    ("identity", "table", "change"),
    [
        ("nothing_before_creation", "fct_tickets", "new.first_reply_calendar_seconds := -1;"),
        ("intervals_tile", "fct_ticket_intervals", "new.valid_from := new.valid_from + '1 s';"),
        ("streaks_follow", "fct_reply_streaks", "new.streak_number := 7;"),
        ("measured_as_stated", "metrics_raw", "new.value := new.value + 1;"),
    ],
)
def test_a_build_that_breaks_an_identity_fails_and_keeps_nothing_of_it(
    desk: GatedDesk, identity: str, table: str, change: str
) -> None:
    with desk.warehouse.connect(Role.TRANSFORMER) as connection:
        connection.execute(
            f"create function core.spoil() returns trigger language plpgsql as $$"
            f" begin {change} return new; end $$".encode()
        )
        connection.execute(
            f"create trigger spoil before insert on core.{table}"
            " for each row execute function core.spoil()".encode()
        )
    try:
        _late_reply(desk)
        before = desk.rows(f"select t::text from core.{table} as t order by 1", Role.TRANSFORMER)
        with pytest.raises(BuildFailed, match=rf"{table} failed.*identity {identity} is broken"):
            build(desk.settings, desk.warehouse, as_of=AS_OF)
        after = desk.rows(f"select t::text from core.{table} as t order by 1", Role.TRANSFORMER)
        assert after == before
    finally:
        with desk.warehouse.connect(Role.TRANSFORMER) as connection:
            connection.execute("drop function core.spoil() cascade")


def test_every_identity_of_tickets_is_held_by_a_build_and_by_a_test() -> None:
    macros = (PROJECT / "macros" / "ticket_identities.sql").read_text(encoding="utf-8")
    written = set(re.findall(r"macro identity_(\w+)", macros))
    models = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "models" / "marts").glob("*.sql")
    )
    tests = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "tests").glob("*.sql"))
    assert {name for name in written if f"'{name}': [" not in models} == set()
    assert {name for name in written if f"{{{{ identity_{name}(" not in tests} == set()


def test_the_build_after_a_broken_one_heals_and_is_fit(desk: GatedDesk) -> None:
    _late_reply(desk)
    build(desk.settings, desk.warehouse, as_of=AS_OF)
    assert marts.judge(desk.warehouse).is_fit


def test_check_tells_what_it_looked_at(
    desk: GatedDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.settings.database_url is not None
    monkeypatch.setenv("DESKHOUSE_HOME", str(desk.settings.home))
    monkeypatch.setenv("DESKHOUSE_DATABASE_URL", desk.settings.database_url)
    assert main(["check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {name: suite["good"] for name, suite in told.items()} == {
        "delivery": True, "tickets": True, "marts": True,
    }  # fmt: skip
    assert len(told["tickets"]["verdicts"]) == 9
    with desk.warehouse.connect(Role.TRANSFORMER) as connection:
        connection.execute("update core.fct_tickets set first_reply_calendar_seconds = -1")
        connection.execute("update core.channel_metrics_daily set backlog = -1")
    assert main(["check", "--suite", "tickets"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("tickets: an identity is broken\n")
    assert "BROKEN  nothing_of_a_ticket_precedes_its_creation: 400 found" in said
    assert main(["check", "--suite", "marts"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("marts: unfit since 20")
    assert "BROKEN  rates_out_of_range: " in said


def test_what_held_is_forgotten_before_what_broke_and_the_last_word_never(
    desk: GatedDesk,
) -> None:
    with desk.warehouse.connect(Role.OWNER) as connection:
        connection.execute(
            "insert into raw.batches (batch_id, position, source, origin, state, event_count,"
            " quarantined_count, received_at) select batch_id - 1000, -position, source, origin,"
            " state, event_count, quarantined_count, received_at"
            " from raw.batches where position < 9"
        )
        connection.execute(
            "insert into raw.batch_profiles select r.* from raw.batches as b"
            " cross join (select * from raw.batch_profiles limit 1) as p"
            " cross join lateral jsonb_populate_record(null::raw.batch_profiles,"
            " to_jsonb(p) || jsonb_build_object('batch_id', b.batch_id)) as r"
            " where b.batch_id < 0"
        )
        connection.execute(
            "insert into ops.judgements select suite, expectation, 1,"
            " first_judged_at - interval '1 h' * n, 1, last_judged_at, n = 1, refuses, 7, 0, '{}'"
            " from ops.judgements cross join generate_series(1, 2) as n"
            " where expectation = 'measured_twice'"
        )
    purge = "select ops.purge_verdicts(interval '0 s', interval '1 day')"
    assert desk.rows(purge, Role.TRANSFORMER) != [(0,)]
    left = desk.rows(
        "select expectation, count(*) filter (where passed), count(*) filter (where not passed)"
        " from ops.judgements group by 1"
    )
    assert {one.rule.name for one in RULES} == {name for name, _, _ in left}
    assert {passed for _, passed, _ in left} <= {0, 1}
    assert [broken for name, _, broken in left if name == "measured_twice"] == [1]
    assert desk.rows("select count(*) from raw.batch_profiles") == [(20,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.rows(purge, Role.READER)


def _late_reply(desk: GatedDesk) -> None:
    """A customer writes on a ticket that was solved: it is touched again."""
    ((ticket_id,),) = desk.rows(
        "select max(ticket_id) from marts.fct_tickets"
        " where is_countable and resolved_at is not null and first_reply_at is not null",
        Role.READER,
    )
    events = [
        {
            "event_id": f"late-{desk.rows('select max(batch_id) from raw.batches')[0][0]}-{kind}",
            "source": "sample",
            "ticket_id": ticket_id,
            "type": kind,
            "actor_kind": by,
            "actor_id": by,
            "occurred_at": (AS_OF - timedelta(minutes=minutes)).isoformat(),
        }
        for kind, by, minutes in (("public_reply", "customer", 9), ("public_reply", "agent", 5))
    ]
    desk.deliver(events)
