"""A request becomes one statement, or one clear line that says why it cannot."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskhouse.errors import WrongInput
from deskhouse.metrics import Filter, Request, Statement, catalog, statement

BERLIN = ZoneInfo("Europe/Berlin")


def made(*metrics: str, **more: Any) -> Statement:
    return statement(catalog(), Request(metrics, **more), BERLIN)


@pytest.mark.parametrize(
    ("request_", "says", "hint"),
    [
        (Request(()), "no metric is asked for", "deskhouse metrics list names them."),
        (Request(("tickts",)), "there is no metric 'tickts'", "Did you mean tickets?"),
        (
            Request(("tickets",), by=("chanel",)),
            "there is no dimension 'chanel'",
            "Did you mean channel?",
        ),
        (
            Request(("tickets",), grain="fortnight"),  # type: ignore[arg-type]  # what is refused
            "there is no grain 'fortnight'",
            "There are: none, hour, day, week, month, quarter, year.",
        ),
        (
            Request(("csat", "tickets"), by=("agent",)),
            "tickets is not known by agent",
            (
                "It can be told apart by channel, team, priority, status, source;"
                " by agent, ask for tickets_handled."
            ),
        ),
        (
            Request(("backlog",), filters=(Filter("source", ("crm",)),)),
            "backlog is not known by source",
            "It can be told apart by channel, team, agent, priority, status, age_band.",
        ),
        (
            Request(("csat",), by=("duration_band",)),
            "csat is not known by duration_band",
            "It can be told apart by channel, team, agent, priority, status, source.",
        ),
        (
            Request(("tickets",), since=datetime(2026, 1, 1)),  # noqa: DTZ001 - what is refused
            "2026-01-01T00:00:00 has no offset",
            "Write it as 2026-03-01T00:00:00+00:00.",
        ),
        (
            Request(
                ("tickets",),
                since=datetime(2026, 2, 1, tzinfo=UTC),
                until=datetime(2026, 2, 1, tzinfo=UTC),
            ),
            "the range ends before it begins",
            "Give --from before --to.",
        ),
        (
            Request(("tickets", "backlog"), basis="creation"),
            "backlog is what stands at an instant, and is not known by creation",
            "Ask for it by itself, by what happened.",
        ),
        (
            Request(("tickets",), basis="creatoin"),  # type: ignore[arg-type]  # what is refused
            "there is no date basis 'creatoin'",
            "Did you mean creation?",
        ),
        (
            Request(("tickets", "backlog"), until=datetime(2026, 2, 1, 0, 30, tzinfo=UTC)),
            "backlog is known at the end of each hour, not at 2026-02-01T00:30:00+00:00",
            "Let the range end at a full hour.",
        ),
        (
            Request(("unresolved_time",), since=datetime(2026, 2, 1, 0, 30, tzinfo=UTC)),
            "unresolved_time is added up by the hour, not from 2026-02-01T00:30:00+00:00 on",
            "Let the range begin at a full hour.",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_a_line(
    request_: Request, says: str, hint: str
) -> None:
    with pytest.raises(WrongInput) as error:
        statement(catalog(), request_, BERLIN)
    assert (str(error.value), error.value.hint) == (says, hint)


def test_what_is_given_is_a_parameter_and_no_text() -> None:
    evil = "'; drop table marts.metrics_raw; --"
    since = datetime(2026, 1, 1, tzinfo=UTC)
    one = made("tickets", filters=(Filter("channel", (evil, "chat")),), since=since)
    assert evil not in one.text
    assert one.parameters == {"filter_0": [evil, "chat"], "since_0": since}
    assert '("channel" = any(%(filter_0)s) or "channel_id" = any(%(filter_0)s))' in one.text


def test_a_name_given_twice_is_one_column() -> None:
    one = made("tickets", "tickets", by=("team", "team"))
    assert ([metric.name for metric in one.metrics], one.by) == (["tickets"], ("team",))


def test_flows_and_stocks_are_joined_on_all_that_cells_are_told_apart_by() -> None:
    assert (
        'using ("timestamp", "team")' in made("tickets", "backlog", by=("team",), grain="day").text
    )
    assert "cross join (" in made("tickets", "backlog").text


def test_a_stock_is_read_by_hour_where_a_range_ends_within_a_day() -> None:
    berlins_midnight = datetime(2026, 2, 1, 23, tzinfo=UTC)
    assert "backlog_daily" in made("backlog", until=berlins_midnight).text
    assert "backlog_hourly" in made("backlog", until=datetime(2026, 2, 2, tzinfo=UTC)).text
    assert "backlog_hourly" in made("backlog", grain="hour").text
    within = datetime(2026, 2, 1, 3, tzinfo=UTC)
    assert "backlog_hourly" in made("unresolved_time", since=within).text
    assert "backlog_daily" in made("unresolved_time").text
    # What stood before the range is not asked for.
    assert "backlog_daily" in made("backlog", since=within).text


def test_a_stocks_range_begins_with_the_day_that_it_begins_in() -> None:
    noon = datetime(2026, 2, 2, 12, tzinfo=UTC)
    assert made("backlog", since=noon).parameters == {
        "since_0": datetime(2026, 2, 1, 23, tzinfo=UTC)
    }


def test_by_creation_the_range_and_the_buckets_are_of_the_creation() -> None:
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    for grain, bucket in (
        ("hour", 'h."timestamp" <= created_at)'),
        ("day", "created_day"),
        ("week", "date_trunc('week', created_day::timestamp)::date"),
    ):
        one = made("csat", basis="creation", grain=grain, since=since, until=until)
        assert f'{bucket} as "timestamp_bucket"' in one.text
        assert '"created_at" >= %(since_0)s' in one.text
        assert '"created_at" < %(until_0)s' in one.text
        assert '"timestamp" < %' not in one.text
