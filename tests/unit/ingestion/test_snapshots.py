from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.contract import Refusal, check
from ingestion.delivery import EventRow
from ingestion.eventlog.mapping import SnapshotMapping, find_mapping
from ingestion.eventlog.snapshots import Snapshots

RECEIVED_AT = datetime(2026, 7, 1, tzinfo=UTC)
PLAIN: dict[str, Any] = {
    "mode": "snapshots",
    "source": "desk",
    "ticket": "ticket",
    "at": "at",
    "order": "order",
    "created": {"at": "opened", "channel": "channel", "priority": "priority"},
    "lines": {
        "status": {"column": "state", "values": {"New": "new", "Work": "open", "Done": "solved"}},
        "team": "team",
        "assignee": "assignee",
        "priority": "priority",
    },
    "times": "%Y-%m-%d %H:%M",
    "nulls": ["?"],
}
ROW = {
    "ticket": "7",
    "at": "2026-06-09 10:00",
    "order": "1",
    "created.at": "2026-06-09 09:30",
    "created.channel": "phone",
    "created.priority": "low",
    "lines.status": "New",
    "lines.team": "?",
    "lines.assignee": "?",
    "lines.priority": "low",
}


def mapping(**changes: Any) -> SnapshotMapping:
    return SnapshotMapping.model_validate(PLAIN | changes)


def row(**changes: str) -> dict[str, str]:
    """A row with some cells changed; `team` stands for `lines.team`, `created` for `created.at`."""
    names = {name.rpartition(".")[2]: name for name in ROW if name.startswith("lines.")}
    names |= {"created": "created.at", "channel": "created.channel", "state": "lines.status"}
    changed = ROW | {names.get(name, name): cell for name, cell in changes.items()}
    return changed | {"created.priority": changed["lines.priority"]}


def added(
    rows: Iterable[dict[str, str]], zone: str = "UTC", **changes: Any
) -> tuple[Snapshots, list[str]]:
    found = mapping(**changes)
    snapshots = Snapshots(found, ZoneInfo(zone), RECEIVED_AT)
    refusals = [snapshots.add(tuple(cells[key] for key in found.columns)) for cells in rows]
    return snapshots, [refusal.reason for refusal in refusals if isinstance(refusal, Refusal)]


def events(*rows: dict[str, str], zone: str = "UTC", **changes: Any) -> list[EventRow]:
    snapshots, refusals = added(rows, zone, **changes)
    assert refusals == []
    return list(snapshots.events("desk"))


def brief(found: Iterable[EventRow]) -> list[tuple[str, str, str | None, str | None]]:
    return [
        (event.type, f"{event.occurred_at:%d %H:%M}", event.from_value, event.to_value)
        for event in found
    ]


def refusal(**changes: str) -> str:
    _, refusals = added([row(**changes)])
    assert len(refusals) == 1
    return refusals[0]


def test_a_first_row_is_the_creation_and_what_differs_from_new() -> None:
    created, status, team = events(row(state="Work", team="billing"))
    assert created == EventRow(
        "7-created",
        "desk",
        "7",
        "ticket_created",
        datetime(2026, 6, 9, 9, 30, tzinfo=UTC),
        attributes={"channel": "phone", "priority": "low"},
    )
    assert brief([status, team]) == [
        ("status_changed", "09 10:00", "new", "open"),
        ("team_changed", "09 10:00", None, "billing"),
    ]


def test_a_first_row_that_is_new_is_the_creation_alone() -> None:
    assert [event.type for event in events(row())] == ["ticket_created"]


def test_each_difference_becomes_an_event_of_its_rows_instant() -> None:
    found = events(
        row(),
        row(at="2026-06-09 11:00", order="2", assignee="a", team="t", priority="high"),
        row(at="2026-06-09 12:00", order="3", assignee="b", team="t", priority="high"),
        row(at="2026-06-09 13:00", order="4", assignee="?", team="t", state="Done", priority="?"),
    )
    assert brief(found[1:]) == [
        ("team_changed", "09 11:00", None, "t"),
        ("assignee_changed", "09 11:00", None, "a"),
        ("priority_changed", "09 11:00", "low", "high"),
        ("assignee_changed", "09 12:00", "a", "b"),
        ("status_changed", "09 13:00", "new", "solved"),
        ("assignee_changed", "09 13:00", "b", None),
        ("priority_changed", "09 13:00", "high", None),
    ]


def test_a_row_that_tells_no_status_changes_none() -> None:
    found = events(
        row(state="?"),
        row(order="2", state="Work"),
        row(order="3", state="?"),
        row(order="4", state="Work"),
    )
    assert brief(found[1:]) == [("status_changed", "09 10:00", "new", "open")]


def test_states_of_one_status_are_one_status() -> None:
    values = {"New": "new", "Waits for A": "hold", "Waits for B": "hold"}
    found = events(
        row(state="Waits for A"),
        row(order="2", state="Waits for B"),
        lines=PLAIN["lines"] | {"status": {"column": "state", "values": values}},
    )
    assert brief(found[1:]) == [("status_changed", "09 10:00", "new", "hold")]


def test_what_the_first_row_says_of_the_creation_stands() -> None:
    found = events(row(channel="phone"), row(at="2026-06-09 11:00", channel="email"))
    assert len(found) == 1
    assert found[0].attributes["channel"] == "phone"


def test_rows_are_ordered_by_instant_then_count_then_place() -> None:
    later = row(at="2026-06-09 11:00", order="1", assignee="c")
    first, second = row(order="9", assignee="a"), row(order="10", assignee="b")
    tied = row(order="10", assignee="x")
    assert [event.to_value for event in events(later, second, tied, first)[1:]] == list("abxc")


def test_ids_and_seq_say_which_row_it_was() -> None:
    found = events(
        row(order="3", assignee="a"),
        row(order="3", assignee="b"),
        row(order="3", assignee="b"),
        row(order="4", assignee="c"),
    )
    assert [(event.event_id, event.seq) for event in found] == [
        ("7-created", 0),
        ("7-20260609T100000-3-assignee", 3000),
        ("7-20260609T100000-3.1-assignee", 3001),
        ("7-20260609T100000-4-assignee", 4000),
    ]


def test_without_an_order_rows_of_an_instant_stand_as_in_the_file() -> None:
    found = events(row(assignee="b", order="9"), row(assignee="a", order="1"), order=None)
    assert [(event.event_id, event.seq, event.to_value) for event in found[1:]] == [
        ("7-20260609T100000-assignee", 0, "b"),
        ("7-20260609T100000.1-assignee", 1, "a"),
    ]


def test_seconds_and_their_parts_are_kept_where_the_log_has_them() -> None:
    found = events(
        row(at="2026-06-09 10:00:01.250000", created="2026-06-09 10:00:00.5", assignee="a"),
        times="%Y-%m-%d %H:%M:%S.%f",
    )
    assert found[0].occurred_at == datetime(2026, 6, 9, 10, 0, 0, 500_000, tzinfo=UTC)
    assert found[1].occurred_at == datetime(2026, 6, 9, 10, 0, 1, 250_000, tzinfo=UTC)
    assert found[1].event_id == "7-20260609T100001.250000-1-assignee"


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-01-31 10:00", "2026-01-31 09:00"),
        ("2026-03-29 02:30", "2026-03-29 01:30"),  # skipped: the offset before the change
        ("2025-10-26 02:30", "2025-10-26 00:30"),  # twice: the first
        ("2025-10-26 03:00", "2025-10-26 02:00"),
    ],
)
def test_a_local_time_is_of_the_logs_zone(local: str, utc: str) -> None:
    found = events(row(created=local, at=local), zone="Europe/Berlin")
    assert f"{found[0].occurred_at:%Y-%m-%d %H:%M}" == utc


def test_an_offset_that_the_log_writes_stands() -> None:
    found = events(
        row(created="2026-06-09 10:00+0530", at="2026-06-09 10:00+0530", assignee="a"),
        zone="Europe/Berlin",
        times="%Y-%m-%d %H:%M%z",
    )
    assert brief(found) == [
        ("ticket_created", "09 04:30", None, None),
        ("assignee_changed", "09 04:30", None, "a"),
    ]
    assert found[1].event_id == "7-20260609T043000-1-assignee"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ticket": "?"}, "ticket: missing"),
        ({"ticket": " "}, "ticket: missing"),
        ({"ticket": "t" * 201}, "ticket: must have at most 200 characters"),
        ({"ticket": "a\0b"}, "ticket: holds NUL, which Postgres cannot keep"),
        ({"at": "?"}, "at: missing"),
        ({"at": "9.6.2026"}, "at: '9.6.2026' is not written as %Y-%m-%d %H:%M"),
        ({"at": "2026-02-30 10:00"}, "at: '2026-02-30 10:00' is not written as %Y-%m-%d %H:%M"),
        ({"at": "0001-01-01 00:00"}, "at: '0001-01-01 00:00' is before 2000 or after its receipt"),
        ({"at": "2026-07-02 00:01"}, "at: '2026-07-02 00:01' is before 2000 or after its receipt"),
        ({"created": "1999-12-31 23:59"}, "opened: '1999-12-31 23:59' is before 2000 or after"),
        ({"order": "x"}, "order: 'x' is no whole number"),
        ({"order": "-1"}, "order: '-1' is no whole number"),
        ({"state": "Parked"}, "state: 'Parked' is not among the mapping's values"),
        ({"channel": "c" * 51}, "channel: must have at most 50 characters"),
        ({"assignee": "a" * 201}, "assignee: must have at most 200 characters"),
    ],
)
def test_a_cell_that_cannot_be_read_makes_a_bad_row(changes: dict[str, str], reason: str) -> None:
    assert refusal(**changes).startswith(reason)


def test_a_bad_row_is_as_if_it_were_not_there() -> None:
    rows = [row(), row(order="2", assignee="a", state="Parked"), row(order="3", assignee="b")]
    snapshots, refusals = added(rows)
    assert refusals == ["state: 'Parked' is not among the mapping's values"]
    assert list(snapshots.events("desk")) == events(rows[0], rows[2])


def test_without_rows_there_are_no_events() -> None:
    assert events() == []


@pytest.mark.parametrize(
    ("unlisted", "found"), [("keep", "Self Service"), ("snake_case", "self_service")]
)
def test_an_unlisted_label_is_kept_or_put_in_snake_case(unlisted: str, found: str) -> None:
    channel = {"column": "channel", "values": {"Tel.": "phone"}, "unlisted": unlisted}
    created = PLAIN["created"] | {"channel": channel}
    assert events(row(channel="Tel."), created=created)[0].attributes["channel"] == "phone"
    assert events(row(channel="Self Service"), created=created)[0].attributes["channel"] == found


def test_an_unlisted_label_may_make_a_bad_row() -> None:
    channel = {"column": "channel", "values": {"Tel.": "phone"}, "unlisted": "refuse"}
    _, refusals = added([row()], created=PLAIN["created"] | {"channel": channel})
    assert refusals == ["channel: 'phone' is not among the mapping's values"]


def test_the_shipped_mapping_of_servicenow_says_what_its_words_mean() -> None:
    found = find_mapping("servicenow")
    assert found.lines.status.values == {
        "New": "new",
        "Active": "open",
        "-100": "open",
        "Awaiting User Info": "pending",
        "Awaiting Problem": "hold",
        "Awaiting Vendor": "hold",
        "Awaiting Evidence": "hold",
        "Resolved": "solved",
        "Closed": "closed",
    }


# Any log, told a second way: row by row, ticket by ticket, in plain Python.

TIMES = [f"2026-06-09 1{hour}:00" for hour in range(3)]
ROWS = st.builds(
    row,
    ticket=st.sampled_from("12"),
    at=st.sampled_from(TIMES),
    order=st.sampled_from(["1", "2", "10"]),
    state=st.sampled_from(["New", "Work", "Done", "?"]),
    team=st.sampled_from(["t", "u", "?"]),
    assignee=st.sampled_from(["a", "b", "?"]),
    priority=st.sampled_from(["low", "high", "?"]),
)
STATUS = {"New": "new", "Work": "open", "Done": "solved"}


def states(rows: list[dict[str, str]]) -> dict[str, list[tuple[str | None, ...]]]:
    """Per ticket, its status, team, assignee and priority after each of its rows."""
    found: dict[str, list[tuple[str | None, ...]]] = {}
    for cells in sorted(rows, key=lambda cells: (cells["at"], int(cells["order"]))):
        line = found.setdefault(cells["ticket"], [])
        status = STATUS.get(cells["lines.status"], line[-1][0] if line else "new")
        others = (cells[f"lines.{name}"] for name in ("team", "assignee", "priority"))
        line.append((status, *(None if cell == "?" else cell for cell in others)))
    return found


def replayed(found: list[EventRow]) -> dict[str, list[tuple[str | None, ...]]]:
    """Per ticket, the same four after each instant and seq of its events, as METRICS.md orders."""
    names = ("status_changed", "team_changed", "assignee_changed", "priority_changed")
    told: dict[str, list[tuple[str | None, ...]]] = {}
    tickets = {event.ticket_id for event in found}
    for ticket in sorted(map(str, tickets)):
        own = [event for event in found if event.ticket_id == ticket]
        creation = next(event for event in own if event.type == "ticket_created")
        now: list[str | None] = ["new", None, None, creation.attributes.get("priority")]
        told[ticket] = [tuple(now)]
        changes = sorted(
            (event for event in own if event is not creation),
            key=lambda event: (event.occurred_at, event.seq),
        )
        for place, event in enumerate(changes):
            assert now[names.index(event.type)] == event.from_value
            now[names.index(event.type)] = event.to_value
            after = changes[place + 1 : place + 2]
            if not after or (after[0].occurred_at, after[0].seq) != (event.occurred_at, event.seq):
                told[ticket].append(tuple(now))
    return told


def melted(line: list[tuple[str | None, ...]]) -> list[tuple[str | None, ...]]:
    return [state for place, state in enumerate(line) if place == 0 or state != line[place - 1]]


@given(st.lists(ROWS, max_size=12))
def test_the_events_replayed_give_the_states_of_the_rows(rows: list[dict[str, str]]) -> None:
    found = events(*rows)
    assert len({event.event_id for event in found}) == len(found)
    for event in found:
        assert check(event.record(), received_at=RECEIVED_AT) == event
    expected = {
        ticket: melted([("new", None, None, line[0][3]), *line])
        for ticket, line in states(rows).items()
    }
    assert replayed(found) == expected


@given(st.lists(ROWS, max_size=12), st.integers(0, 12))
def test_a_longer_log_tells_again_what_a_shorter_one_told(
    rows: list[dict[str, str]], length: int
) -> None:
    """A later extract goes on where the earlier one ended: in time, not within a minute."""
    in_order = sorted(rows, key=lambda cells: cells["at"])
    cut = in_order[min(length, len(rows) - 1)]["at"] if rows else ""
    earlier = [cells for cells in in_order if cells["at"] < cut]
    told = {event.event_id: event for event in events(*in_order)}
    for event in events(*earlier):
        assert told[event.event_id] == event
