"""Accepting a batch: its events move from the landing into the warehouse, and it gets its place.

The place, `position`, is given out under the batches' lock as the last step before the commit, so
that positions become visible in their order: who holds the lock shared and reads up to one has
all that will ever be there up to it.
"""

from typing import Any

from psycopg import Connection, sql

from deskhouse.errors import WrongInput
from deskhouse.gate import Verdict
from deskhouse.warehouse.locks import Lock

COLUMNS = (
    "ticket_key",
    "source",
    "ticket_id",
    "event_id",
    "type",
    "occurred_at",
    "seq",
    "actor_id",
    "actor_kind",
    "via_automation",
    "from_value",
    "to_value",
    "attributes",
    "payload",
    "received_at",
    "batch_id",
    "line_number",
)
"""The columns of `raw.landing` and `raw.ticket_events`; `raw.agent_events` has no ticket's."""

_TICKET_COLUMNS = {"ticket_key", "ticket_id"}


def accept(connection: Connection[Any], batch_id: int) -> int:
    """Accept a batch that landed or was refused, in the caller's transaction; its events.

    To be its last step: it ends under the lock that orders batches.

    Raises:
        WrongInput: there is no such batch, or it is accepted already.
    """
    found = connection.execute(
        """
        select received_at, event_count from raw.batches
        where batch_id = %s and state <> 'accepted' for update
        """,
        (batch_id,),
    ).fetchone()
    if found is None:
        raise WrongInput(f"there is no batch {batch_id} that waits", "Nothing was changed.")
    received_at, event_count = found
    connection.execute("select raw.make_room(%s)", (received_at,))
    _move(connection, batch_id)
    connection.execute("select pg_advisory_xact_lock(%s)", (Lock.BATCHES,))
    connection.execute(
        """
        update raw.batches
        set
            state = 'accepted',
            accepted_at = clock_timestamp(),
            position = (select coalesce(max(position), 0) + 1 from raw.batches)
        where batch_id = %s
        """,
        (batch_id,),
    )
    return int(event_count)


def refuse(connection: Connection[Any], batch_id: int, verdict: Verdict) -> None:
    """Leave a batch in the landing, with the gate's reasons, in the caller's transaction."""
    connection.execute(
        "update raw.batches set state = 'refused', reasons = %s where batch_id = %s",
        (list(verdict.reasons), batch_id),
    )


def _move(connection: Connection[Any], batch_id: int) -> None:
    of_agents = tuple(name for name in COLUMNS if name not in _TICKET_COLUMNS)
    for table, columns, which in (
        ("ticket_events", COLUMNS, "ticket_key is not null"),
        ("agent_events", of_agents, "ticket_key is null"),
    ):
        statement = sql.SQL(
            "insert into raw.{table} ({columns})"
            " select {columns} from raw.landing where batch_id = {batch_id} and {which}"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            batch_id=sql.Literal(batch_id),
            which=sql.SQL(which),
        )
        connection.execute(statement)
    connection.execute("delete from raw.landing where batch_id = %s", (batch_id,))
