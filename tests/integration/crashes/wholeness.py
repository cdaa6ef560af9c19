"""What holds of a warehouse whatever was killed: each question is answered by what is wrong.

An empty list is the good answer; a finding is one line for people.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from deskhouse.warehouse.connection import Role, Warehouse
from tests.integration.warehouse.desk import MARTS

_HALVES = """
    with events as (
        select batch_id, count(*) as events
        from (
            select batch_id from raw.ticket_events union all select batch_id from raw.agent_events
        ) as received
        group by batch_id
    ),
    landing as (select batch_id, count(*) as landing from raw.landing group by batch_id),
    quarantine as (select batch_id, count(*) as bad from raw.quarantine group by batch_id)
    select
        batch_id, coalesce(b.state, 'unknown'),
        coalesce(b.event_count, 0), coalesce(events, 0), coalesce(landing, 0),
        coalesce(b.quarantined_count, 0), coalesce(bad, 0)
    from raw.batches as b
    full join events using (batch_id)
    full join landing using (batch_id)
    full join quarantine using (batch_id)
    where (b.state, b.event_count, 0, b.quarantined_count) is distinct from
            ('accepted', coalesce(events, 0), coalesce(landing, 0), coalesce(bad, 0))
        and (b.state, 0, b.event_count, b.quarantined_count) is distinct from
            ('refused', coalesce(events, 0), coalesce(landing, 0), coalesce(bad, 0))
    order by batch_id
"""
_UNPLACED = """
    select count(*) from raw.batches having max(position) <> count(position)
"""
# An accepted event is staged once: the first that was received of its key.
_TICKETS = """
    select
        (select count(distinct ticket_key) from raw.ticket_events),
        (select count(*) from core.fct_tickets),
        (select count(distinct (ticket_key, event_id)) from raw.ticket_events),
        (select count(*) from staging.stg_ticket_events)
"""


def half_batches(warehouse: Warehouse) -> list[str]:
    """Batches that are there in part, or though they were not accepted; gaps in their order."""
    with warehouse.connect(Role.OWNER) as connection:
        found = [
            f"batch {batch} is {state}: {noted} events noted, {events} there, {landing} landing;"
            f" {bad_noted} bad lines noted, {bad} there"
            for batch, state, noted, events, landing, bad_noted, bad in connection.execute(_HALVES)
        ]
        found += [f"positions of {n} batches have gaps" for (n,) in connection.execute(_UNPLACED)]
    return found


def lost_batches(warehouse: Warehouse, succeeded: Collection[int]) -> list[str]:
    """Batches whose success was said, and that are not accepted."""
    with warehouse.connect(Role.OWNER) as connection:
        accepted = connection.execute("select batch_id from raw.batches where state = 'accepted'")
        kept = {batch for (batch,) in accepted}
    return [f"batch {batch} is lost" for batch in sorted(set(succeeded) - kept)]


def accepted_batches(warehouse: Warehouse) -> int:
    """How many there are."""
    with warehouse.connect(Role.OWNER) as connection:
        row = connection.execute("select count(position) from raw.batches").fetchone()
    assert row is not None
    return int(row[0])


def models_done(warehouse: Warehouse, *, aside: bool) -> set[str]:
    """The kept tables that the last build, which was killed, had brought up to itself."""
    schema = "core_next" if aside else "core"
    with warehouse.connect(Role.TRANSFORMER) as connection:
        if connection.execute("select to_regclass(%s)", (f"{schema}.marks",)).fetchone() == (None,):
            return set()
        rows = connection.execute(
            f"select model from {schema}.marks"
            " where build_id = (select max(build_id) from ops.builds)"
        ).fetchall()
    return {model for (model,) in rows}


def missing_events(warehouse: Warehouse, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Events of a delivery that are not in the warehouse."""
    with warehouse.connect(Role.OWNER) as connection:
        received = connection.execute(
            "select source, ticket_id, event_id from raw.ticket_events"
            " union all select source, null, event_id from raw.agent_events"
        )
        known = Counter(received.fetchall())
    wanted = {(r["source"], r.get("ticket_id"), r["event_id"]) for r in records}
    return [f"event {json.dumps(key)} is missing" for key in wanted if key not in known]


def tickets_apart(warehouse: Warehouse) -> list[str]:
    """After a build: tickets that were accepted against facts, events against staged ones."""
    with warehouse.connect(Role.OWNER) as connection, warehouse.connect(Role.TRANSFORMER) as dbt:
        received = connection.execute("select state from ops.builds order by build_id desc limit 1")
        state = received.fetchone()
        counts = dbt.execute(_TICKETS).fetchone()
    assert counts is not None
    tickets, facts, events, staged = counts
    found = [] if state == ("done",) else [f"the last build is said to be {state}"]
    if tickets != facts:
        found.append(f"{tickets} tickets were accepted, {facts} have facts")
    if events != staged:
        found.append(f"{events} events were accepted, {staged} are staged")
    return found


def unreadable_marts(warehouse: Warehouse) -> list[str]:
    """Marts that the reader cannot read, or finds empty; for a desk that was built once."""
    found = []
    with warehouse.connect(Role.READER, autocommit=True) as reader:
        for name in MARTS:
            row = reader.execute(f"select count(*) from marts.{name}").fetchone()
            if row == (0,):
                found.append(f"marts.{name} is empty")
    return found


def differing_marts(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> list[str]:
    """Marts whose rows are not the same in two states, and how many rows differ."""
    found = []
    for name in one:
        left, right = Counter(one[name]), Counter(other[name])
        if left != right:
            extra, lacking = (left - right).total(), (right - left).total()
            found.append(f"{name}: {extra} rows too many, {lacking} too few")
    return found
