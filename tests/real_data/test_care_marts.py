"""The real customer-care conversations, taken in and built, against what their lines say."""

import json
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.integration.warehouse.desk import Desk

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def first_replies(log: Path) -> dict[str, int]:
    """Seconds from each ticket's creation to the first reply of an agent, from the log's lines."""

    def ticket(event: dict[str, Any]) -> str:
        return str(event["ticket_id"])

    def seconds(event: dict[str, Any]) -> float:
        return datetime.fromisoformat(event["occurred_at"]).timestamp()

    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    found: dict[str, int] = {}
    for ticket_id, own in groupby(sorted(events, key=ticket), key=ticket):
        in_order = sorted(own, key=lambda event: (event["occurred_at"], event["seq"]))
        created = next(event for event in in_order if event["type"] == "ticket_created")
        reply = next(
            event
            for event in in_order
            if event["type"] == "public_reply" and event["actor_kind"] == "agent"
        )
        found[ticket_id] = int(seconds(reply) - seconds(created))
    return found


def test_every_ticket_has_the_first_reply_that_its_lines_tell(
    settings: Settings, warehouse: Warehouse, real_data: Path
) -> None:
    log = real_data / "care" / "events.ndjson"
    desk = Desk(settings, warehouse)
    desk.deliver_file(log)
    desk.build(AS_OF)

    found: dict[str, int] = dict(
        desk.rows("select ticket_id, first_reply_calendar_seconds from marts.fct_tickets")
    )
    assert found == first_replies(log)
    assert (len(found), median(found.values())) == (525, 7_419)
    assert desk.rows(
        """
        select count(*), percentile_cont(0.5) within group (order by value)
        from marts.metrics_raw where metric_type = 'first_reply'
        """
    ) == [(525, 7_419)]
