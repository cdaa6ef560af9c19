"""Which calendar a ticket has when, what a change of calendars computes again, what is reported."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from deskhouse.build.build import BuildReport
from deskhouse.errors import WrongConfiguration
from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import Desk
from tests.reference.calendars import Calendars, Dated, read_calendars
from tests.reference.configuration import Configuration
from tests.reference.events import read
from tests.reference.facts import facts_of
from tests.reference.random_logs import random_log

TRUTH = Path(__file__).parents[2] / "truth"
AS_OF = datetime(2026, 8, 1, tzinfo=UTC)
SEEDS = (1, 6, 7)
NEW_YEAR = Dated(date(2026, 1, 1), (time(10), time(11)))


def of_truth(channels: dict[str, str], default: str = "new_york") -> Calendars:
    return replace(read_calendars(TRUTH), channels=channels, default=default)


def with_exception(calendars: Calendars, calendar_id: str) -> Calendars:
    """The same but for one day of a calendar."""
    calendar = calendars.by_id[calendar_id]
    other = replace(calendar, exceptions=(*calendar.exceptions, NEW_YEAR))
    return replace(calendars, by_id={**calendars.by_id, calendar_id: other})


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """The worked examples, and random logs, built with the worked examples' calendars."""
    desk.configure_calendars(of_truth(channels={"voicemail": "cairo", "chat": "lord_howe"}))
    desk.deliver_file(TRUTH / "edge_cases.ndjson")
    desk.deliver(
        {**record, "source": f"{record['source']}-{seed}"}
        for seed in SEEDS
        for record in random_log(seed, tickets=30)
    )
    desk.build(AS_OF)
    return desk


def named_calendars(desk: Desk) -> list[tuple[object, ...]]:
    return desk.rows(
        "select ticket_key, happened_at, calendar_id from intermediate.int_ticket_events_ordered"
        " where is_last_of_instant order by 1, 2",
        Role.TRANSFORMER,
    )


def expected_calendars(desk: Desk, calendars: Calendars) -> list[tuple[object, ...]]:
    """What the reference says of the same instants of the same log."""
    columns = (
        "source, ticket_id, event_id, type, occurred_at, seq, actor_id, actor_kind,"
        " via_automation, to_value, attributes"
    )
    with desk.warehouse.connect(Role.OWNER) as connection:
        rows = connection.execute(
            f"select row_to_json(e) from (select {columns} from raw.ticket_events"
            " order by batch_id, line_number) as e"
        ).fetchall()
    records = [json.loads(json.dumps(row[0])) for row in rows]
    by_key = {facts.ticket_key: facts.history for facts in facts_of(read(records), Configuration())}
    return [
        (key, at, calendars.of(by_key[str(key)], at))
        for key, at, _ in named_calendars(desk)
        if isinstance(at, datetime)
    ]


def test_every_ticket_has_the_calendar_of_the_reference_at_every_instant(busy: Desk) -> None:
    calendars = of_truth(channels={"voicemail": "cairo", "chat": "lord_howe"})
    found = named_calendars(busy)
    assert found == expected_calendars(busy, calendars)
    assert len(found) > 300
    assert {row[2] for row in found} == {
        "new_york", "cairo", "lord_howe", "lisbon_night", "havana_always",
    }  # fmt: skip


def changed_tickets(desk: Desk, report: BuildReport) -> set[str]:
    """Whose lines name something that a build found changed; the build says how many."""
    rows = desk.rows(
        "select ticket_key from intermediate.int_ticket_calendar_changes"
        f" where build_id = {report.build_id}",
        Role.TRANSFORMER,
    )
    assert report.calendar_tickets == len(rows)
    assert report.from_nothing == ""
    return {row[0] for row in rows}


def rewritten_tickets(desk: Desk, before: dict[str, str]) -> set[str]:
    """The tickets whose facts were written again since."""
    return {key for key, version in versions(desk).items() if before[key] != version}


def versions(desk: Desk) -> dict[str, str]:
    return dict(desk.rows("select ticket_key, xmin::text from core.fct_tickets", Role.TRANSFORMER))


def test_a_change_of_a_calendar_computes_again_the_tickets_that_name_it_and_no_other(
    busy: Desk,
) -> None:
    calendars = of_truth(channels={"voicemail": "cairo", "chat": "lord_howe"})
    for calendar_id in ("cairo", "lord_howe", "new_york"):
        with_it = {str(row[0]) for row in named_calendars(busy) if row[2] == calendar_id}
        before = versions(busy)
        calendars = with_exception(calendars, calendar_id)
        busy.configure_calendars(calendars)
        report = busy.build(AS_OF)
        touched = changed_tickets(busy, report)
        assert rewritten_tickets(busy, before) == touched
        # Who names it while deleted, or in a creation that does not stand, is touched as well.
        assert with_it <= touched < set(before)
        assert f"{len(touched):,} tickets computed again, their calendars changed" in str(report)
    marts = busy.marts()
    busy.build(AS_OF, full_refresh=True)
    assert busy.marts() == marts


def test_a_channel_given_another_calendar_moves_its_tickets_and_a_rebuild_agrees(
    busy: Desk,
) -> None:
    calendars = of_truth(channels={"voicemail": "cairo", "email": "cairo"}, default="lisbon_night")
    busy.configure_calendars(calendars)
    report = busy.build(AS_OF)
    assert report.calendar_tickets > 0
    kept = named_calendars(busy)
    assert kept == expected_calendars(busy, calendars)
    openings = busy.rows(
        "select * from intermediate.int_calendar_openings order by 1, 2", Role.TRANSFORMER
    )
    marts = busy.marts()
    busy.build(AS_OF, full_refresh=True)
    assert named_calendars(busy) == kept
    assert busy.marts() == marts
    assert openings == busy.rows(
        "select * from intermediate.int_calendar_openings order by 1, 2", Role.TRANSFORMER
    )


def test_a_later_year_extends_the_openings_and_computes_no_ticket_again(busy: Desk) -> None:
    before = versions(busy)
    report = busy.build(datetime(2028, 2, 1, tzinfo=UTC))
    assert report.calendar_tickets == 0
    assert rewritten_tickets(busy, before) == set()
    last = busy.rows(
        "select max(opens_at) from intermediate.int_calendar_openings"
        " where calendar_id = 'new_york'",
        Role.TRANSFORMER,
    )
    assert last == [(datetime(2029, 12, 31, 14, tzinfo=UTC),)]


def test_what_is_configured_and_what_only_tickets_name_is_told(busy: Desk) -> None:
    found = busy.rows(
        "select calendar_id, time_zone, is_configured, counted_calendar_id, is_default, channels"
        " from marts.dim_calendars order by 1"
    )
    assert found == [
        ("cairo", "Africa/Cairo", True, "cairo", False, ["voicemail"]),
        ("havana_always", "America/Havana", True, "havana_always", False, []),
        ("lisbon_night", "Europe/Lisbon", True, "lisbon_night", False, []),
        ("lord_howe", "Australia/Lord_Howe", True, "lord_howe", False, ["chat"]),
        ("new_york", "America/New_York", True, "new_york", True, []),
        ("nowhere", "America/New_York", False, "new_york", False, []),
    ]


def test_a_wrong_row_stops_the_build_before_anything_is_done(desk: Desk) -> None:
    desk.configure_calendars(read_calendars(TRUTH))
    path = desk.settings.config / "calendar_weekly_hours.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Africa/Cairo", "Africa/Kairo", 1), encoding="utf-8")
    with pytest.raises(WrongConfiguration, match=r"calendar_weekly_hours.csv, row \d+, column tim"):
        desk.build(AS_OF)
    assert desk.rows("select count(*) from ops.builds", Role.TRANSFORMER) == [(0,)]
