"""What the tests of ingestion ask of the warehouse, and the events they send."""

import json
from typing import Any

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
        "occurred_at": "2026-06-09T20:00:00Z",
    }
    return json.dumps(event | changes).encode() + b"\n"


def log(count: int) -> bytes:
    """So many good lines."""
    return b"".join(line(number) for number in range(count))
