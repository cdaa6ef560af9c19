"""What a change of SLA policies computes again, and that a build says how many tickets it is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from deskhouse.build.build import BuildReport
from deskhouse.errors import WrongConfiguration
from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import Desk, Row
from tests.reference.configuration import Configuration, TeamRow

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
MARCH = date(2026, 3, 1)
REST = (9, "rest", None, None, None, "first_reply", "business", 900, None)
URGENT = (1, "urgent", "urgent", None, None, "first_reply", "calendar", 60, None)


def event(ticket_id: str, at: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"{ticket_id}-{at}-{kind}",
        "source": "s",
        "ticket_id": ticket_id,
        "type": kind,
        "occurred_at": f"2026-{at}T12:00:00Z",
        **fields,
    }


def log() -> Iterator[dict[str, Any]]:
    """A ticket for each way to be touched or not."""
    for name, attributes in {
        "plain": {"channel": "email"},
        "urgent": {"channel": "email", "priority": "urgent"},
        "chat": {"channel": "chat"},
        "of team 1": {"channel": "email", "team_id": "1"},
        "moved": {"channel": "email"},
        "solved in February": {"channel": "email"},
        "reopened": {"channel": "email"},
    }.items():
        yield event(name, "02-01", "ticket_created", attributes=attributes)
    yield event("moved", "02-15", "priority_changed", to_value="urgent")
    yield event("moved", "02-20", "priority_changed", to_value="low")
    yield event("solved in February", "02-10", "status_changed", to_value="solved")
    yield event("reopened", "02-10", "status_changed", to_value="solved")
    yield event("reopened", "03-10", "status_changed", to_value="open")


@pytest.fixture(scope="module")
def built(standing_desk: Desk) -> Desk:
    """A desk in New York of which a team has a name, built."""
    desk = standing_desk
    desk.settings = desk.settings.model_copy(update={"time_zone": "America/New_York"})
    desk.configure(Configuration(teams=(TeamRow("s", "1", "orders", None),)))
    desk.deliver(log())
    desk.build(AS_OF)
    return desk


@pytest.fixture
def busy(built: Desk) -> Desk:
    """That desk with one target for all."""
    built.configure_policies([REST])
    built.build(AS_OF)
    return built


def rewritten(desk: Desk, *policies: Row) -> set[str]:
    """The tickets whose facts a build writes again for these policies; it says how many."""
    before = versions(desk)
    desk.configure_policies(policies)
    report = desk.build(AS_OF)
    found = {key for key, version in versions(desk).items() if before[key] != version}
    assert report.from_nothing == ""
    assert report.policy_tickets == len(found)
    assert told(report) == (
        f"; {len(found)} tickets computed again, their SLA policies changed" if found else ""
    )
    return found


def told(report: BuildReport) -> str:
    return str(report).partition(" s;")[1][2:] + str(report).partition(" s;")[2]


def everybody(desk: Desk) -> set[str]:
    return set(versions(desk))


def versions(desk: Desk) -> dict[str, str]:
    return dict(desk.rows("select ticket_id, xmin::text from core.fct_tickets", Role.TRANSFORMER))


def test_another_target_computes_again_who_is_given_it_and_no_other(busy: Desk) -> None:
    assert rewritten(busy, REST) == set()
    assert rewritten(busy, URGENT, REST) == {"urgent", "moved"}
    # A row behind another is for whom that leaves to it: also for who was urgent for some days.
    assert rewritten(busy, URGENT, (*REST[:7], 800, None)) == everybody(busy) - {"urgent"}
    chat = (5, "chat", None, "chat", None, "first_reply", "business", 800, None)
    assert rewritten(busy, URGENT, chat, (*REST[:7], 800, None)) == {"chat"}


def test_other_positions_in_the_same_order_compute_nothing_again(busy: Desk) -> None:
    rewritten(busy, URGENT, REST)
    assert rewritten(busy, (2, *URGENT[1:]), (3, *REST[1:])) == set()
    query = "select position from staging.stg_sla_policies order by 1"
    assert busy.rows(query, Role.TRANSFORMER) == [(2,), (3,)]


def test_a_team_is_the_one_that_the_configuration_makes_of_it(busy: Desk) -> None:
    orders = (1, "orders", None, None, "orders", "resolution", "calendar", 60, None)
    assert rewritten(busy, orders, REST) == {"of team 1"}
    unmapped = (1, "orders", None, None, "s:1", "resolution", "calendar", 60, None)
    assert rewritten(busy, unmapped, REST) == {"of team 1"}
    assert rewritten(busy, (*unmapped[:7], 30, None), REST) == set()


def test_a_target_from_a_local_date_on_leaves_alone_what_was_over_by_then(busy: Desk) -> None:
    dated = (1, "from March", None, None, None, "resolution", "calendar", 60, MARCH)
    assert rewritten(busy, dated, REST) == everybody(busy) - {"solved in February"}
    found = busy.rows(
        "select valid_from::text from staging.stg_sla_policies where valid_from > '-infinity'",
        Role.TRANSFORMER,
    )
    assert found == [("2026-03-01 05:00:00+00",)]
    assert rewritten(busy, REST) == everybody(busy) - {"solved in February"}


def test_a_wrong_row_stops_the_build_before_anything_is_done(busy: Desk) -> None:
    builds = busy.rows("select count(*) from ops.builds", Role.TRANSFORMER)
    busy.configure_policies([(*REST[:5], "first_repli", *REST[6:])])
    with pytest.raises(
        WrongConfiguration, match=r"sla_policies.csv, row 2, column metric: must be"
    ):
        busy.build(AS_OF)
    assert busy.rows("select count(*) from ops.builds", Role.TRANSFORMER) == builds


def test_the_folder_as_it_is_shipped_touches_nobody(busy: Desk) -> None:
    """Its examples are comments."""
    rewritten(busy)
    before = versions(busy)
    shipped = Path(__file__).parents[3] / "config" / "sla_policies.csv"
    (busy.settings.config / "sla_policies.csv").write_bytes(shipped.read_bytes())
    assert busy.build(AS_OF).policy_tickets == 0
    assert versions(busy) == before


def test_a_build_cut_short_before_the_intervals_leaves_no_ticket_behind(busy: Desk) -> None:
    """What it had found changed is in `int_tickets_changed`; the intervals do not tell of it."""
    busy.deliver([event("late", "03-20", "ticket_created", attributes={"priority": "high"})])
    busy.build(AS_OF)
    with busy.warehouse.connect(Role.TRANSFORMER) as connection:
        connection.execute(
            "update core.fct_ticket_intervals set priority = 'low' where ticket_id = 'late'"
        )
        connection.execute(
            "update core.marks set build_id = build_id - 1 where model = 'fct_ticket_intervals'"
        )
        connection.execute(
            "insert into intermediate.int_tickets_changed"
            " select max(build_id), 's:late' from ops.builds on conflict do nothing"
        )
    assert rewritten(busy, (1, "high", "high", *URGENT[3:]), REST) == {"late"}
