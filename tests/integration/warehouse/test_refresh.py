"""`deskhouse refresh`: what is due comes in, and as_of advances also when nothing does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskhouse.errors import Busy, ServiceDown, WrongConfiguration
from deskhouse.gate import LineRules
from deskhouse.warehouse.connection import Role
from deskhouse.warehouse.locks import Lock
from orchestration.pipeline import Patience, Refreshed, refresh
from tests.integration.warehouse.desk import MARTS, Desk, Row

TRUTH = Path(__file__).parents[2] / "truth"
AS_OF = datetime(2026, 6, 2, 12, tzinfo=UTC)
_END_OTHERS = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and usename = current_user
"""


def test_a_refresh_takes_the_folder_once_and_advances_as_of(desk: Desk) -> None:
    incoming = desk.settings.config / "incoming"
    incoming.mkdir()
    (incoming / "a.ndjson").write_bytes((TRUTH / "worked_example.ndjson").read_bytes())
    (desk.settings.config / "sources.yml").write_text(
        "sources:\n  - {name: examples, kind: folder, format: events, path: incoming/*.ndjson}\n",
        encoding="utf-8",
    )
    first = refresh(desk.settings, desk.warehouse, LineRules(), as_of=AS_OF)
    assert [one.landed.events for one in first.taken if one.landed] == [99]
    written = {model.name: model.rows for model in first.build.models}
    assert (written["stg_ticket_events"], written["fct_tickets"]) == (99, 20)
    assert desk.rows("select count(*) from marts.fct_tickets") == [(20,)]
    later = AS_OF + timedelta(hours=3)
    second = refresh(desk.settings, desk.warehouse, LineRules(), as_of=later)
    assert (second.taken, second.build.from_nothing) == ((), "")
    assert (first.state.state, second.state.state) == ("fit", "fit")
    assert desk.rows('select max("timestamp") from marts.backlog_hourly') == [(later,)]


def test_a_build_after_which_only_time_passed_equals_one_from_nothing(desk: Desk) -> None:
    """The models that follow the clock are run, and no other; then all are as if built anew."""
    desk.deliver_file(TRUTH / "edge_cases.ndjson")
    everything = {model.name for model in desk.build(AS_OF).models}
    quiet = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
    desk.build(quiet - timedelta(hours=1))
    report = desk.build(quiet)
    assert {model.name for model in report.models} == {
        name for name in everything if "overview" in name or name == "dim_hours"
    } | {name for name in everything if name.startswith("deskhouse-on-run-start")}
    kept = desk.marts()
    desk.build(quiet, full_refresh=True)
    assert {name for name, rows in desk.marts().items() if rows != kept[name]} == set()


@pytest.mark.parametrize(
    ("hours", "rollups"),
    [
        # A ticket created at 10:00 is due, unanswered, at 12:00, and four hours old at 14:00.
        ((11, 12.5), ("agent_performance", "backlog", "channel_metrics")),
        ((13, 14), ("backlog",)),
        ((12.5, 11), ("agent_performance", "backlog", "channel_metrics")),
    ],
)
def test_of_what_time_alone_brings_the_rollups_are_run(
    desk: Desk, hours: tuple[float, float], rollups: tuple[str, ...]
) -> None:
    """And no fact is; then all are as if built anew. As_of may go back."""
    begun = datetime(2026, 3, 2, tzinfo=UTC)
    created = {"source": "s", "ticket_id": "1", "event_id": "1", "type": "ticket_created"}
    target = {"metric": "first_reply", "target_seconds": 7200, "hours": "calendar"}
    promised = created | {"event_id": "2", "type": "sla_target_set", "attributes": target}
    asked = {"occurred_at": "2026-03-02T10:00:00Z", "actor_kind": "customer", "actor_id": "c"}
    desk.deliver([created | asked, promised | {"occurred_at": "2026-03-02T10:00:00Z"}])
    everything = {model.name for model in desk.build(begun + timedelta(hours=hours[0])).models}
    until = begun + timedelta(hours=hours[1])
    run = {model.name for model in desk.build(until).models}
    assert {name for name in run if name.rpartition("_")[0] in rollups} == {
        f"{name}_{grain}" for name in rollups for grain in ("hourly", "daily")
    }
    assert {name for name in run if name.startswith(("fct_", "int_", "stg_", "metrics_"))} == set()
    assert run < everything
    kept = desk.marts()
    desk.build(until, full_refresh=True)
    assert {name for name, rows in desk.marts().items() if rows != kept[name]} == set()


def test_what_comes_after_quiet_builds_is_built_as_ever(desk: Desk) -> None:
    desk.deliver_file(TRUTH / "edge_cases.ndjson")
    end = datetime(2026, 11, 20, tzinfo=UTC)
    for hour in range(3):
        desk.build(end + timedelta(hours=hour))
    desk.deliver_file(TRUTH / "worked_example.ndjson")
    desk.build(end + timedelta(hours=3))
    kept = desk.marts()
    desk.build(end + timedelta(hours=3), full_refresh=True)
    made = desk.marts()
    assert {name for name in MARTS if made[name] != kept[name]} == set()


def test_a_second_refresh_says_that_another_runs(desk: Desk) -> None:
    waits: list[float] = []
    with desk.warehouse.connect(Role.TRANSFORMER, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", (Lock.REFRESH,))
        with pytest.raises(Busy, match=r"another refresh has been running for more than 0\.2 s"):
            refresh(
                desk.settings,
                desk.warehouse,
                LineRules(),
                patience=Patience(for_another=0.2, wait=waits.append),
            )
    assert waits == []
    assert desk.rows("select count(*) from ops.builds", Role.OWNER) == [(0,)]


def test_what_failed_for_a_moment_is_tried_again(desk: Desk) -> None:
    """Every session of the warehouse is ended while the first model is built."""
    desk.deliver_file(TRUTH / "worked_example.ndjson")
    waits: list[float] = []

    def cut(_: str) -> None:
        if not waits and not ended:
            ended.extend(desk.rows(_END_OTHERS, Role.TRANSFORMER))

    ended: list[Row] = []
    done = refresh(
        desk.settings,
        desk.warehouse,
        LineRules(),
        as_of=AS_OF,
        progress=cut,
        patience=Patience(back_off=(7, 8), wait=waits.append),
    )
    assert ended
    assert waits == [7]
    states = desk.rows("select state from ops.builds order by build_id", Role.OWNER)
    assert states == [("failed",), ("done",)]
    assert done.build.build_id == 2
    assert desk.rows("select count(*) from marts.fct_tickets") == [(20,)]


def test_what_would_fail_again_is_not_tried_again(desk: Desk) -> None:
    (desk.settings.config / "agents.csv").write_text("nonsense\n", encoding="utf-8")
    waits: list[float] = []
    with pytest.raises(WrongConfiguration):
        refresh(
            desk.settings,
            desk.warehouse,
            LineRules(),
            patience=Patience(back_off=(7, 8), wait=waits.append),
        )
    assert waits == []


def test_who_registered_is_told_and_who_cannot_be_told_holds_nobody_up(desk: Desk) -> None:
    heard = []

    class Deaf:
        name = "deaf"

        def refreshed(self, done: Refreshed) -> None:
            raise ServiceDown("nobody there")

    class Keen:
        name = "keen"

        def refreshed(self, done: Refreshed) -> None:
            heard.append((done.build.build_id, desk.rows("select count(*) from marts.fct_tickets")))

    desk.deliver_file(TRUTH / "worked_example.ndjson")
    listeners = (Deaf(), Keen())
    done = refresh(desk.settings, desk.warehouse, LineRules(), as_of=AS_OF, listeners=listeners)
    assert heard == [(1, [(20,)])]
    assert done.untold == ("deaf: nobody there",)


@pytest.mark.parametrize(
    "moment",
    ["2026-06-03T00:00", "2026-10-25T01:00", "2026-03-29T01:00", "2026-10-25T00:00"],
    ids=["midnight", "autumn", "spring", "the first of two equal hours"],
)
def test_the_clock_moves_over_a_border_and_hours_and_days_follow(
    standing_desk: Desk, moment: str
) -> None:
    """With no event: before, at and after a midnight and both changes of clocks in Berlin."""
    zone = ZoneInfo("Europe/Berlin")
    desk = Desk(
        standing_desk.settings.model_copy(update={"time_zone": zone.key}), standing_desk.warehouse
    )
    if not desk.rows("select 1 from raw.batches", Role.OWNER):
        desk.deliver([creation_at(datetime(2026, 3, 28, 9, tzinfo=UTC))])
    border = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    for minutes in (-1, 0, 1, 61):
        as_of = border + timedelta(minutes=minutes)
        refresh(desk.settings, desk.warehouse, LineRules(), as_of=as_of)
        local = as_of.astimezone(zone)
        hour = as_of - timedelta(minutes=local.minute)
        day = local.replace(hour=0, minute=0, fold=0).astimezone(UTC)
        assert desk.rows('select max("timestamp") from marts.backlog_hourly') == [(hour,)]
        assert desk.rows('select max("timestamp") from marts.backlog_daily') == [(day,)]
        assert desk.rows('select max("timestamp") from marts.dim_hours') == [(hour,)]


def test_a_measurement_dated_ahead_shows_when_its_time_comes(desk: Desk) -> None:
    """An event that as_of has not reached counts nowhere; then, with nothing new, everywhere."""
    at = datetime(2026, 6, 2, 11, 59, tzinfo=UTC)
    desk.deliver([creation_at(at)])
    counts = (
        "select count(*), (select sum(volume) from marts.channel_metrics_daily)"
        " from marts.metrics_raw where metric_type = 'created'"
    )
    before = refresh(desk.settings, desk.warehouse, LineRules(), as_of=at - timedelta(seconds=1))
    assert desk.rows(counts) == [(0, None)]
    after = refresh(desk.settings, desk.warehouse, LineRules(), as_of=at)
    assert (before.taken, after.taken) == ((), ())
    assert desk.rows(counts) == [(1, 1)]


def creation_at(instant: datetime) -> dict[str, object]:
    return {
        "event_id": "e1",
        "source": "desk",
        "ticket_id": "1",
        "type": "ticket_created",
        "occurred_at": instant.isoformat(),
        "actor_kind": "customer",
        "actor_id": "c1",
        "attributes": {"channel": "email"},
    }
