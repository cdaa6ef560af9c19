"""dbt's own tests hold over real tables, and see what they are there to see."""

from pathlib import Path

import pytest
import yaml

from deskhouse.build.project import PROJECT
from deskhouse.build.transform import Transformer, Verdict
from deskhouse.gate import LineRules
from deskhouse.warehouse.connection import Role
from ingestion.intake import delivery_intake
from ingestion.landing import land
from ingestion.sample import SampleSpec, generate
from tests.integration.warehouse.desk import Desk
from tests.integration.warehouse.test_worked_examples import TRUTH
from tests.reference.calendars import read_calendars
from tests.reference.random_logs import random_configuration, random_log, window_of

SEED = 1

# Created and deleted in one instant, restored and deleted in another: it ended, and never was.
NEVER_THERE = [
    {
        "event_id": f"never-{number}",
        "source": "never",
        "ticket_id": "1",
        "type": what,
        "occurred_at": at,
        "seq": number,
        "attributes": attributes,
    }
    for number, (what, at, attributes) in enumerate(
        [
            ("ticket_created", "2026-04-02T05:00:00Z", {"channel": "email"}),
            ("deleted", "2026-04-02T05:00:00Z", {"reason": "spam"}),
            ("restored", "2026-04-03T07:00:00Z", {}),
            ("deleted", "2026-04-03T07:00:00Z", {"reason": "spam"}),
        ]
    )
]

# An identity, and statements each of which breaks it.
BREAKAGES = {
    "assert_openings_of_a_calendar_follow_each_other": [
        (
            "delete from intermediate.int_calendar_openings"
            " where open_microseconds_before = 0 and calendar_id = 'cairo'"
        ),
        (
            "update intermediate.int_calendar_openings"
            " set open_microseconds_before = open_microseconds_before + 1"
            " where open_microseconds_before > 1e14"
        ),
        (
            "update intermediate.int_calendar_openings set closes_microseconds = opens_microseconds"
            " where calendar_id = 'havana_always'"
        ),
    ],
    "assert_intervals_tile_the_life_of_a_ticket": [
        (
            "delete from core.fct_ticket_intervals where (ticket_key, valid_from) = (select"
            " ticket_key, min(valid_from) from core.fct_ticket_intervals group by 1"
            " having count(*) > 2 limit 1)"
        ),
        "delete from core.fct_ticket_intervals where valid_to is null",
        "update core.fct_ticket_intervals set valid_from = valid_from - interval '1 microsecond'",
        (
            "update core.fct_ticket_intervals"
            " set duration_calendar_seconds = duration_calendar_seconds + 0.000001"
        ),
        (
            "update core.fct_ticket_intervals"
            " set duration_business_seconds = duration_calendar_seconds + 0.000001"
        ),
    ],
    "assert_segments_of_a_clock_follow_each_other": [
        "delete from core.fct_sla_segments where number = 1",
        (
            "update core.fct_sla_segments set segment_to = segment_to - interval '1 microsecond'"
            " where segment_to > segment_from"
        ),
        "update core.fct_sla_segments set segment_to = last_event_at where segment_to is null",
        (
            "update core.fct_sla_segments"
            " set calendar_microseconds_from = calendar_microseconds_from + 1"
        ),
        (
            "update core.fct_sla_segments"
            " set business_microseconds_to = calendar_microseconds_to + 1 where stopped_at is null"
        ),
        (
            "update core.fct_sla_segments set is_counting = false"
            " where calendar_microseconds_to > calendar_microseconds_from"
        ),
        "update core.fct_sla_segments set target_since = started_at - interval '1 microsecond'",
    ],
    "assert_a_clock_is_in_one_state_at_any_as_of": [
        "delete from core.fct_sla_instances where state = 'cancelled'",
        "delete from core.fct_sla_instances where judged_from > '-infinity'",
        "delete from core.fct_sla_segments where stopped_at is not null",
        (
            "update core.fct_sla_instances set judged_to = judged_to + interval '1 microsecond'"
            " where judged_to < 'infinity'"
        ),
        "update core.fct_sla_instances set judged_to = '2030-01-01Z' where state = 'met'",
        "update core.fct_sla_instances set state = 'breached' where state = 'met'",
        "update core.fct_sla_instances set state = 'met' where state = 'breached'",
        "update core.fct_sla_instances set state = 'cancelled' where state = 'active'",
        (
            "update core.fct_sla_instances set breached_at = breached_at + interval '1 microsecond'"
            " where state = 'breached'"
        ),
        (
            "update core.fct_sla_instances set elapsed_seconds = elapsed_seconds - 1"
            " where state = 'breached'"
        ),
        "update core.fct_sla_instances set running_seconds = 0 where state = 'cancelled'",
        "update core.fct_sla_instances set is_at_risk = null where state = 'active'",
        "update core.fct_sla_instances set account_id = 'ann' where state = 'cancelled'",
    ],
    "assert_a_clock_took_what_its_ticket_measures": [
        (
            "update core.fct_sla_instances set elapsed_seconds = elapsed_seconds + 1"
            " where metric = 'agent_work'"
        ),
        "update core.fct_reply_streaks set wait_business_seconds = wait_business_seconds + 1",
        (
            "update core.fct_tickets"
            " set requester_wait_calendar_seconds = requester_wait_calendar_seconds + 2"
        ),
        "update core.fct_reply_streaks set is_first_contact = not is_first_contact",
        "update core.fct_sla_instances set over_at = null where metric = 'first_reply'",
    ],
    "assert_times_in_status_are_sums_of_intervals": [
        "update core.fct_tickets set agent_wait_calendar_seconds = agent_wait_calendar_seconds + 1",
        "update core.fct_tickets set on_hold_calendar_seconds = null",
        "update core.fct_tickets set agent_work_business_seconds = agent_work_business_seconds + 1",
        (
            "update core.fct_ticket_intervals"
            " set duration_calendar_seconds = duration_calendar_seconds + 1"
            " where status = 'pending'"
        ),
    ],
    "assert_streaks_of_a_ticket_follow_each_other": [
        (
            "update core.fct_reply_streaks set waiting_since = waiting_since - interval '1 year'"
            " where streak_number = 2"
        ),
        "update core.fct_reply_streaks set wait_calendar_seconds = wait_calendar_seconds + 1",
        "update core.fct_reply_streaks set wait_business_seconds = null",
        "update core.fct_reply_streaks set ended_by = null where ended_by = 'merge'",
        "delete from core.fct_reply_streaks where streak_number = 1",
    ],
    "assert_a_ticket_measures_what_its_fact_says": [
        (
            "delete from core.metrics_raw where metric_type = 'customer_message'"
            " and (tableoid, ctid) = (select tableoid, ctid from core.metrics_raw"
            " where metric_type = 'customer_message' limit 1)"
        ),
        "update core.metrics_raw set value = value + 1 where metric_type = 'full_resolution'",
        "delete from core.metrics_raw where metric_type = 'backlog_left'",
        "update core.fct_tickets set is_countable = false where is_countable",
    ],
    "assert_channel_metrics_are_sums_of_measurements": [
        "update core.channel_metrics_hourly set volume = volume + 1",
        "update core.channel_metrics_daily set tickets_resolved = 0 where tickets_resolved = 1",
        "delete from core.channel_metrics_daily where volume = 0",
        "update core.metrics_raw set team_id = 'none' where metric_type = 'reopen'",
    ],
    "assert_agent_performance_is_sums_of_measurements": [
        "update core.agent_performance_hourly set tickets_handled = tickets_handled + 1",
        (
            "update core.agent_performance_daily"
            " set response_calendar_seconds = response_calendar_seconds - 1"
        ),
        "delete from core.agent_performance_hourly where agent_reply_count = 0",
    ],
    "assert_the_backlog_changes_by_what_entered_less_what_left": [
        "update core.backlog_hourly set backlog = backlog + 1 where next_timestamp is null",
        "update core.backlog_daily set next_timestamp = null where next_timestamp is not null",
        "delete from core.metrics_raw where metric_type = 'backlog_entered'",
    ],
    "assert_the_backlog_of_a_channel_is_that_of_its_groups": [
        "update core.channel_metrics_daily set backlog = backlog + 1",
        "update core.backlog_hourly set backlog = backlog - 1 where backlog = 1",
    ],
    "assert_the_backlog_is_what_stands_unresolved": [
        "update core.backlog_daily set backlog = backlog + 1 where next_timestamp is null",
        "update core.fct_tickets set is_deleted = true where is_countable",
    ],
    "assert_overviews_show_what_rollups_hold": [
        "update core.channel_metrics_daily set volume = volume + 1",
        "update core.channel_metrics_hourly set volume = volume + 1",
        "update core.agent_performance_daily set agent_reply_count = agent_reply_count + 1",
        "update core.agent_performance_hourly set agent_reply_count = agent_reply_count + 1",
    ],
    "assert_nothing_of_a_ticket_precedes_its_creation": [
        (
            "update core.fct_tickets set resolved_at = created_at - interval '1 microsecond'"
            " where resolved_at is not null"
        ),
        "update core.fct_tickets set first_reply_calendar_seconds = -1",
        (
            "update core.fct_tickets"
            " set full_resolution_business_seconds = full_resolution_calendar_seconds + 1"
        ),
    ],
    "assert_a_resolved_ticket_has_one_touch_class": [
        "update core.fct_tickets set is_two_touch = true where is_one_touch",
        "update core.fct_tickets set is_zero_touch = false where is_zero_touch is null",
    ],
    "assert_every_accepted_event_is_staged_once": [
        "delete from staging.stg_ticket_events where type = 'internal_note'",
        "update staging.stg_ticket_events set event_id = event_id || '?' where type = 'merged'",
    ],
    "assert_every_ticket_of_the_log_has_its_fact": [
        "delete from core.fct_tickets where is_merged",
    ],
    "assert_the_hour_of_a_measurement_lies_in_its_day": [
        "update core.metrics_raw set hour_start = hour_start - interval '1 hour'",
        "update core.metrics_raw set day_start = day_start - interval '1 day'",
    ],
    "unique_rows_int_tickets_changed_build_id__ticket_key": [
        (
            "insert into intermediate.int_tickets_changed (build_id, ticket_key)"
            " values (1, 'twice'), (1, 'twice')"
        ),
    ],
}


@pytest.fixture(scope="module")
def built(standing_desk: Desk) -> Desk:
    """Every oddity and a lifelike desk, built in three steps, in a zone of half-hour changes."""
    window = window_of(SEED)
    desk = standing_desk
    desk.settings = desk.settings.model_copy(update={"time_zone": window.zone})
    log = random_log(SEED, tickets=60)
    desk.deliver(NEVER_THERE)
    desk.deliver(log[::2])
    desk.build(window.start)
    desk.configure(random_configuration(SEED))
    desk.configure_calendars(read_calendars(TRUTH))
    desk.deliver_file(TRUTH / "edge_cases.ndjson")
    for delivery in generate(SampleSpec(tickets=150, days=20, seed=1, until=window.end)):
        land(desk.warehouse, LineRules(), delivery_intake(delivery))
    desk.build(window.end)
    desk.deliver(log[1::2])
    desk.build(window.change)
    return desk


@pytest.fixture(scope="module")
def verdicts(built: Desk) -> dict[str, Verdict]:
    """What dbt's tests say of it."""
    found = Transformer(built.warehouse, built.settings.home).test("live")
    return {verdict.name: verdict for verdict in found}


def test_every_identity_and_every_unit_test_holds(verdicts: dict[str, Verdict]) -> None:
    assert {v.name: v.message for v in verdicts.values() if v.failures} == {}
    written = {path.stem for path in (PROJECT / "tests").glob("*.sql")}
    written |= {
        test["name"]
        for path in Path(PROJECT / "models").rglob("*.yml")
        for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", [])
    }
    assert written - set(verdicts) == set()


def test_every_identity_has_a_breakage() -> None:
    written = {path.stem for path in (PROJECT / "tests").glob("*.sql")}
    assert written - set(BREAKAGES) == set()


@pytest.mark.parametrize(
    ("identity", "statement"),
    [(identity, statement) for identity, found in BREAKAGES.items() for statement in found],
)
def test_an_identity_sees_what_breaks_it(
    built: Desk, verdicts: dict[str, Verdict], identity: str, statement: str
) -> None:
    query = verdicts[identity].query
    with built.warehouse.connect(Role.TRANSFORMER) as connection:
        assert connection.execute(query).fetchall() == []
        assert connection.execute(statement).rowcount > 0
        assert connection.execute(query).fetchall() != []
        connection.rollback()
