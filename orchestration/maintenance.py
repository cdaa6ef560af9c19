"""What keeps a warehouse that runs for years from growing for no use.

Made ahead: the months that deliveries will be put in. Thrown away: Dagster's records of old runs,
verdicts and builds that nobody asks for any more. None of it is looked at by readers, and all of
it may be done at any time, and again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import Connection, sql

from deskhouse.errors import Failed, ServiceDown
from deskhouse.warehouse.beside import database_beside
from deskhouse.warehouse.connection import Role, Warehouse, loss_told

MONTHS_AHEAD = 3
KEPT_RUNS = 500
"""So many runs stay on Dagster's record: 41 hours of them at one in five minutes."""
KEPT_FAILURES = 100
"""So many of those that failed stay, however old."""
KEPT_DAYS = 100
"""So many days of builds and verdicts stay; of what broke, a year of verdicts."""

_log = logging.getLogger(__name__)

# A run stays that is young, unfinished, one of the last that failed, or the last in which an asset
# was made or a check was made: where the pages show when that was, they show by which run.
_OLD_RUNS = """
create temp table old_runs on commit drop as
with ranked as (
    select
        run_id, status,
        row_number() over (order by id desc) as place,
        row_number() over (partition by status order by id desc) as place_of_status
    from runs
),
last_made as (
    select e.run_id from event_logs as e
    where e.id in (
        select max(id) from event_logs
        where dagster_event_type = 'ASSET_MATERIALIZATION' group by asset_key
    )
    union
    select c.run_id from asset_check_executions as c
    where c.id in (
        select max(id) from asset_check_executions
        where execution_status in ('SUCCEEDED', 'FAILED') group by asset_key, check_name
    )
)
select run_id from ranked
where
    place > %(runs)s
    and status in ('SUCCESS', 'FAILURE', 'CANCELED')
    and not (status = 'FAILURE' and place_of_status <= %(failures)s)
    and run_id not in (select run_id from last_made where run_id is not null)
"""
_TAGS_OF_OLD_RUNS = """
delete from asset_event_tags
where event_id in (select e.id from event_logs as e inner join old_runs using (run_id))
"""
_GROWING = ("event_logs", "asset_check_executions", "run_tags", "runs")


@dataclass(frozen=True, slots=True)
class Maintained:
    """What was done: months of `raw` made ahead; runs, verdicts and builds thrown away."""

    months: int
    runs: int
    verdicts: int
    builds: int

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.months} months made ahead; {self.runs:,} runs, {self.verdicts:,} verdicts"
            f" and {self.builds:,} builds thrown away"
        )


def maintain(warehouse: Warehouse, *, now: datetime, kept_runs: int = KEPT_RUNS) -> Maintained:
    """Do what is due at `now`.

    Raises:
        ServiceDown: Postgres does not answer, or went away.
        Failed: it would not.
    """
    try:
        with loss_told("the maintenance"):
            return Maintained(
                months=_make_months(warehouse, now),
                runs=_purge_runs(database_beside(warehouse, "dagster"), kept_runs),
                verdicts=_purge_verdicts(warehouse),
                builds=_purge_builds(warehouse, now),
            )
    except psycopg.Error as error:
        problem = str(error).strip().splitlines()[0]
        raise Failed(f"the maintenance failed: {problem}") from error


def _make_months(warehouse: Warehouse, now: datetime) -> int:
    """Make this month of `raw` and the next, so that no delivery has to wait for its partition."""
    with warehouse.connect(Role.LOADER) as connection:
        before = _months(connection)
        connection.execute(
            "select raw.make_room(date_trunc('month', %(now)s::timestamptz, 'UTC')"
            " + make_interval(months => n)) from generate_series(0, %(ahead)s) as n",
            {"now": now, "ahead": MONTHS_AHEAD},
        )
        return _months(connection) - before


def _months(connection: Connection[Any]) -> int:
    return _one(
        connection,
        "select count(*) from pg_inherits where inhparent = 'raw.ticket_events'::regclass",
    )


def _purge_runs(dagster: Warehouse, kept: int) -> int:
    """Forget old runs with all that was logged of them; none where Dagster never ran."""
    try:
        connection = dagster.connect(Role.OWNER)
    except ServiceDown:
        _log.info("there is no database of Dagster")
        return 0
    with connection:
        if _one(connection, "select count(to_regclass('event_logs'))") == 0:
            return 0
        connection.execute(_OLD_RUNS, {"runs": kept, "failures": KEPT_FAILURES})
        gone = _one(connection, "select count(*) from old_runs")
        if gone:
            connection.execute(_TAGS_OF_OLD_RUNS)
            for table in _GROWING:
                connection.execute(
                    sql.SQL("delete from {} where run_id in (select run_id from old_runs)").format(
                        sql.Identifier(table)
                    )
                )
    if gone:
        # At once, that what comes next takes the room of what went.
        with dagster.connect(Role.OWNER, autocommit=True) as connection:
            for table in ("asset_event_tags", *_GROWING):
                connection.execute(
                    sql.SQL("vacuum (analyze, skip_locked) {}").format(sql.Identifier(table))
                )
    return gone


def _purge_verdicts(warehouse: Warehouse) -> int:
    with warehouse.connect(Role.TRANSFORMER) as connection:
        return _one(
            connection,
            "select ops.purge_verdicts(make_interval(days => %(days)s), interval '1 year')",
            days=KEPT_DAYS,
        )


def _purge_builds(warehouse: Warehouse, now: datetime) -> int:
    """Forget builds that no table was built by and no reader sees."""
    with warehouse.connect(Role.TRANSFORMER) as connection:
        if _one(connection, "select count(to_regclass('core.marks'))") == 0:
            return 0
        floor = _one(
            connection,
            "select least((select min(build_id) from core.marks where build_id > 0),"
            " (select min(build_id) from core.current_build))",
        )
    with warehouse.connect(Role.OWNER) as connection:
        return connection.execute(
            "delete from ops.builds where build_id < %(floor)s and started_at < %(before)s",
            {"floor": floor, "before": now - timedelta(days=KEPT_DAYS)},
        ).rowcount


def _one(connection: Connection[Any], query: str, **values: object) -> int:
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return int(row[0] or 0)
