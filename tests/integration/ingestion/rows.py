"""What the tests of ingestion ask of the warehouse, and the events they send."""

import json
from typing import Any

from psycopg import Connection

from deskhouse.gate import Verdict
from deskhouse.warehouse.connection import Role, Warehouse


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The answer to a query, as the owner gets it."""
    with warehouse.connect(Role.OWNER) as connection:
        return connection.execute(query).fetchall()


def counts(warehouse: Warehouse) -> dict[str, int]:
    """Rows per table that a delivery may write to."""
    tables = ("batches", "landing", "ticket_events", "agent_events", "quarantine", "taken_files")
    return {name: rows(warehouse, f"select count(*) from raw.{name}")[0][0] for name in tables}


NOTHING = dict.fromkeys(
    ("batches", "landing", "ticket_events", "agent_events", "quarantine", "taken_files"), 0
)


def line(number: int, **changes: Any) -> bytes:
    """A public reply as a line of NDJSON."""
    event = {
        "event_id": f"e{number}",
        "source": "desk",
        "ticket_id": f"t{number % 7}",
        "type": "public_reply",
        "occurred_at": f"2026-06-09T20:{number // 60 % 60:02}:{number % 60:02}Z",
    }
    return json.dumps(event | changes).encode() + b"\n"


def log(count: int) -> bytes:
    """So many good lines."""
    return b"".join(line(number) for number in range(count))


HEADER = (
    "number,incident_state,sys_mod_count,caller_id,opened_at,sys_updated_at,contact_type,"
    "priority,assignment_group,assigned_to,note\n"
)
NEW = "INC1,New,0,Caller 1,29/2/2016 01:16,29/2/2016 01:23,Self service,3 - Moderate,Group 5,?,\n"
ACTIVE = 'INC1,Active,1,?,29/2/2016 01:16,1/3/2016 9:05,Phone,1 - Critical,Group 5,Me,"a\nb"\n'
CLOSED = "INC1,Closed,2,?,29/2/2016 01:16,1/3/2016 9:05,Phone,1 - Critical,?,Me,\n"
LOG = (HEADER + NEW + CLOSED + ACTIVE).encode()


class NoGate:
    """A gate that refuses, with two reasons."""

    def judge(self, connection: Connection[Any], batch_id: int) -> Verdict:
        found = connection.execute(
            "select count(*) from raw.landing where batch_id = %s", (batch_id,)
        ).fetchone()
        assert found is not None
        return Verdict(accepted=False, reasons=(f"{found[0]} events", "too few"))
