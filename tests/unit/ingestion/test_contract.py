import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ingestion.contract import Refusal, check, event_schema
from ingestion.delivery import EventRow
from tests.unit.ingestion.examples import ABSENT, BAD, BAD_BEYOND_SCHEMA, GOOD, record

RECEIVED_AT = datetime(2026, 7, 1, tzinfo=UTC)
PUBLISHED = Path(__file__).parents[3] / "docs" / "reference" / "event.schema.json"
TRUTH = Path(__file__).parents[2] / "truth"


def row(named: str | None = None, **changes: Any) -> EventRow:
    found = check(record(**changes), received_at=RECEIVED_AT, source=named)
    assert isinstance(found, EventRow), found
    return found


def reason(named: str | None = None, **changes: Any) -> str:
    found = check(record(**changes), received_at=RECEIVED_AT, source=named)
    assert isinstance(found, Refusal)
    return found.reason


@cache
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(event_schema())
    return jsonschema.Draft202012Validator(event_schema())


@pytest.mark.parametrize("good", GOOD, ids=str)
def test_takes_every_type_and_so_does_the_schema(good: dict[str, Any]) -> None:
    assert isinstance(check(good, received_at=RECEIVED_AT), EventRow)
    validator().validate(good)


@pytest.mark.parametrize(("bad", "problem"), BAD, ids=lambda value: str(value)[:80])
def test_refuses_what_breaks_the_contract_and_so_does_the_schema(
    bad: dict[str, Any], problem: str
) -> None:
    found = check(bad, received_at=RECEIVED_AT)
    assert isinstance(found, Refusal)
    assert problem in found.reason
    assert not validator().is_valid(bad)


@pytest.mark.parametrize(("bad", "problem"), BAD_BEYOND_SCHEMA, ids=lambda value: str(value)[:80])
def test_refuses_what_no_schema_can_say(bad: dict[str, Any], problem: str) -> None:
    found = check(bad, received_at=RECEIVED_AT)
    assert isinstance(found, Refusal)
    assert problem in found.reason
    assert validator().is_valid(bad)


def test_the_published_schema_is_the_model() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == event_schema()


def test_the_examples_name_every_type_of_the_schema() -> None:
    types = set(event_schema()["discriminator"]["mapping"])
    assert {good["type"] for good in GOOD} == types


@pytest.mark.parametrize("name", ["worked_example.ndjson", "edge_cases.ndjson"])
def test_takes_every_line_of_the_worked_examples(name: str) -> None:
    for line in (TRUTH / name).read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        found = check(event, received_at=datetime(2027, 1, 1, tzinfo=UTC))
        assert isinstance(found, EventRow)
        assert "_unused" not in found.payload
        validator().validate(event)


def test_defaults_stand_for_what_is_absent_or_null() -> None:
    absent = row()
    assert absent == row(seq=None, actor_id=None, actor_kind=None, via_automation=None)
    assert (absent.seq, absent.actor_kind, absent.via_automation) == (0, "system", False)
    assert (absent.attributes, absent.payload) == ({}, {})


def test_an_empty_text_is_an_absent_one_where_a_text_may_be_absent() -> None:
    unassigned = row(type="assignee_changed", actor_id="", from_value="", to_value="")
    assert unassigned == row(type="assignee_changed")
    assert row(type="ticket_created", attributes={"team_id": "", "subject": ""}).attributes == {}


def test_an_instant_keeps_its_microseconds_and_loses_what_is_finer() -> None:
    found = row(occurred_at="2026-06-09T20:00:00.123456999+02:00")
    assert found.occurred_at == datetime(2026, 6, 9, 18, 0, 0, 123456, tzinfo=UTC)


def test_an_event_may_be_dated_24_hours_after_its_receipt_and_no_more() -> None:
    latest = RECEIVED_AT + timedelta(hours=24)
    assert row(occurred_at=latest.isoformat()).occurred_at == latest
    after = latest + timedelta(microseconds=1)
    assert reason(occurred_at=after.isoformat()) == (
        "occurred_at: is more than 24 h after its receipt"
    )


def test_a_named_source_is_for_events_that_name_none() -> None:
    assert row("zendesk", source=None).source == "zendesk"
    assert row("desk").source == "desk"
    assert reason("zendesk") == "source: is 'desk', not 'zendesk' as the delivery says"


def test_an_event_without_any_source_is_of_the_source_unknown() -> None:
    assert row(source=ABSENT).source == "unknown"


def test_what_a_type_does_not_use_is_kept_in_the_payload_as_it_came() -> None:
    found = row(
        to_value=["any"],
        received_at="yesterday",
        note=None,
        attributes={"scale": 0, "stars": None, "tags": ["vip"]},
        payload={"id": 1},
    )
    assert found.to_value is None
    assert found.attributes == {"tags": ["vip"]}
    assert found.payload == {
        "id": 1,
        "_unused": {
            "to_value": ["any"],
            "received_at": "yesterday",
            "attributes": {"scale": 0},
        },
    }


def test_the_sources_own_key_of_that_name_is_not_lost() -> None:
    found = row(payload={"_unused": "mine", "id": 1}, note=2)
    assert found.payload == {"id": 1, "_unused": {"note": 2, "payload": {"_unused": "mine"}}}
    assert row(payload={"_unused": "mine"}).payload == {"_unused": "mine"}


def test_an_agents_state_belongs_to_no_ticket() -> None:
    found = row(type="agent_state_changed", actor_id="a1", to_value="away")
    assert found.ticket_id is None
    assert found.payload == {"_unused": {"ticket_id": "7"}}


def test_several_problems_are_told_at_once_up_to_three() -> None:
    assert reason(event_id=1, ticket_id=2, occurred_at=3, seq="x") == (
        "event_id: must be text; occurred_at: must be text; seq: must be a whole number; 1 more"
    )


@pytest.mark.parametrize("value", [[], "text", 5, None])
def test_only_an_object_is_an_event(value: Any) -> None:
    assert check(value, received_at=RECEIVED_AT) == Refusal("not a JSON object")


@pytest.mark.parametrize("good", GOOD, ids=str)
def test_a_row_gives_back_the_record_it_came_from(good: dict[str, Any]) -> None:
    first = check(good, received_at=RECEIVED_AT)
    assert isinstance(first, EventRow)
    without_unused = first._replace(payload={})
    assert check(without_unused.record(), received_at=RECEIVED_AT) == without_unused
