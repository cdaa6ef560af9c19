"""The reference of tags and custom fields, by hand."""

from typing import Any

import pytest

from tests.reference.events import read
from tests.reference.fields import Fields, fields
from tests.reference.random_logs import random_log

Given = tuple[str, dict[str, Any]]


def told(*events: Given) -> Fields:
    """The fields after events of one ticket, a minute apart."""
    log = [
        {
            "source": "s",
            "ticket_id": "1",
            "event_id": f"{number:02}",
            "occurred_at": f"2026-03-02T12:{number:02}:00Z",
            "type": kind,
            **content,
        }
        for number, (kind, content) in enumerate(events)
    ]
    return fields(read(log)[0])


def adds(tag: str, **more: Any) -> Given:
    return "tag_added", {"to_value": tag, **more}


def removes(tag: str) -> Given:
    return "tag_removed", {"to_value": tag}


def says(kind: str = "internal_note", **attributes: Any) -> Given:
    return kind, {"attributes": attributes}


CREATED = says("ticket_created")


@pytest.mark.parametrize(
    ("events", "tags"),
    [
        ([CREATED], ()),
        ([CREATED, adds("b"), adds("a"), adds("Z")], ("Z", "a", "b")),
        ([CREATED, adds("a"), adds("a"), removes("a")], ()),
        ([CREATED, removes("a"), adds("a")], ("a",)),
        ([says("ticket_created", tags=["a", "b"]), removes("a")], ("b",)),
        ([CREATED, adds("a"), says(tags=["c"]), adds("b")], ("b", "c")),
        ([CREATED, adds("a"), says(tags=[])], ()),
        ([CREATED, adds("a"), says(tags=None)], ("a",)),
        ([CREATED, adds("a", attributes={"tags": ["b"]})], ("b",)),
    ],
)
def test_tags_come_and_go_and_a_set_takes_the_place_of_all(
    events: list[Given], tags: tuple[str, ...]
) -> None:
    assert told(*events).tags == tags


def test_custom_fields_are_set_one_by_one_and_a_null_unsets() -> None:
    found = told(
        says("ticket_created", custom={"plan": "gold", "seats": 5, "empty": ""}),
        says(custom={"seats": 7.5, "is_new": False}),
        says(custom={"plan": None, "never": None}),
    )
    assert found.custom_fields == {"seats": 7.5, "empty": "", "is_new": False}


def test_nothing_counts_while_deleted_and_the_deletion_and_the_restore_do() -> None:
    found = told(
        CREATED,
        says("deleted", custom={"deletion": 1}),
        adds("lost"),
        says("deleted", custom={"again": 1}),
        ("merged", {"to_value": "2"}),
        says("restored", custom={"restore": 1}),
        adds("kept"),
    )
    assert found == Fields(("kept",), {"deletion": 1, "restore": 1})


def test_nothing_counts_after_a_merge_and_the_merge_does() -> None:
    merge: Given = ("merged", {"to_value": "2", "attributes": {"custom": {"merge": 1}}})
    assert told(CREATED, adds("kept"), merge, adds("lost")) == Fields(("kept",), {"merge": 1})


def test_of_several_creations_the_first_says_what_there_is() -> None:
    found = told(says("ticket_created", tags=["a"]), says("ticket_created", tags=["b"]))
    assert found.tags == ("a",)


def test_random_logs_leave_tickets_with_and_without_of_each_kind() -> None:
    log = read(event for seed in range(5) for event in random_log(seed, tickets=30))
    found = [fields(ticket) for ticket in log]
    assert {len(one.tags) for one in found} >= {0, 1, 2, 3}
    assert {len(one.custom_fields) for one in found} >= {0, 1, 2, 3}
    assert {type(value) for one in found for value in one.custom_fields.values()} == {
        str, int, float, bool,
    }  # fmt: skip
