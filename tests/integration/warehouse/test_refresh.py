"""`deskhouse refresh`: what is due comes in, and as_of advances also when nothing does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deskhouse.gate import LineRules
from orchestration.pipeline import refresh
from tests.integration.warehouse.desk import MARTS, Desk

TRUTH = Path(__file__).parents[2] / "truth"
AS_OF = datetime(2026, 6, 2, 12, tzinfo=UTC)


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
    assert desk.rows("select count(*) from marts.fct_tickets") == [(20,)]
    later = AS_OF + timedelta(hours=3)
    second = refresh(desk.settings, desk.warehouse, LineRules(), as_of=later)
    assert (second.taken, second.build.from_nothing) == ((), "")
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
