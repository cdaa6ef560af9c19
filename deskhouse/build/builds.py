"""`ops.builds`: which batches a build reads up to, and the instant it is judged at."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg

from deskhouse.warehouse.locks import Lock, held

News = Literal["events", "measurements", "ages", "nothing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What readers see now: the build in place, what it read up to, its as_of, zone and project."""

    build_id: int
    to_position: int
    as_of: datetime
    time_zone: str
    project_hash: str


def one_at_a_time(connection: psycopg.Connection, patience: float) -> AbstractContextManager[None]:
    """Hold the build lock for a block; `connection` must be in autocommit.

    Raises:
        Busy: another build held it for `patience` seconds.
    """
    return held(connection, Lock.BUILD, patience, "build")


def standing(connection: psycopg.Connection) -> Standing | None:
    """What readers see now, or None before the first build."""
    if connection.execute("select to_regclass('core.current_build')").fetchone() == (None,):
        return None
    row = connection.execute(
        "select b.build_id, b.to_position, b.as_of, b.time_zone, b.project_hash"
        " from core.current_build as c inner join ops.builds as b on b.build_id = c.build_id"
    ).fetchone()
    return Standing(*row) if row else None


def next_build_id(connection: psycopg.Connection) -> int:
    """The id that the next build will have; under the build lock nobody else takes it."""
    row = connection.execute("select coalesce(max(build_id), 0) + 1 from ops.builds").fetchone()
    assert row is not None
    return int(row[0])


def open_build(
    connection: psycopg.Connection,
    build_id: int,
    *,
    as_of: datetime,
    time_zone: str,
    project_hash: str,
    aside: bool,
) -> None:
    """Fix what the build reads: every batch accepted by now. One that still stands open was killed.

    The only reader of the watermark. It takes the batches' lock shared first, as a statement of
    its own, so that whoever holds a position has committed it.
    """
    connection.execute(
        "update ops.builds set state = 'failed', finished_at = clock_timestamp()"
        " where state = 'running'"
    )
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock_shared(%s)", (Lock.BATCHES,))
        connection.execute(
            "insert into ops.builds (build_id, to_position, as_of, time_zone, project_hash, aside)"
            " select %s, coalesce(max(position), 0), %s, %s, %s, %s from raw.batches",
            (build_id, as_of, time_zone, project_hash, aside),
        )


def last_position(connection: psycopg.Connection, build_id: int) -> int:
    """The position of the last batch that a build reads."""
    row = connection.execute(
        "select to_position from ops.builds where build_id = %s", (build_id,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def news(
    connection: psycopg.Connection, standing: Standing, build_id: int, as_of: datetime
) -> News:
    """What there is for a build since the one in place, the configuration apart.

    Events, if a batch came or the last build was not the one in place; else what is dated between
    its as_of and this one's: measurements, or nothing but tickets of the backlog that grew older.
    """
    row = connection.execute(
        """
        with passed as (
            select m.metric_type from core.metrics_raw as m
            where m."timestamp" > least(%(before)s, %(as_of)s)
                and m."timestamp" <= greatest(%(before)s, %(as_of)s)
                and m.counts_from is null
            union all
            select m.metric_type from core.metrics_raw as m
            where m.counts_from > least(%(before)s, %(as_of)s)
                and m.counts_from <= greatest(%(before)s, %(as_of)s)
        )
        select case
            when b.to_position <> %(position)s or exists (
                select from ops.builds as other
                where other.build_id > %(standing)s and other.build_id < %(build)s
            ) then 'events'
            when exists (
                select from passed
                where metric_type not in ('age_band_entered', 'age_band_left')
            ) then 'measurements'
            when exists (select from passed) then 'ages'
            else 'nothing'
        end
        from ops.builds as b where b.build_id = %(build)s
        """,
        {
            "position": standing.to_position,
            "standing": standing.build_id,
            "build": build_id,
            "before": standing.as_of,
            "as_of": as_of,
        },
    ).fetchone()
    assert row is not None
    found: News = row[0]
    return found


def calendar_tickets(connection: psycopg.Connection, build_id: int) -> int:
    """How many tickets a build computed again because a calendar of theirs is another."""
    return _tickets(connection, "int_ticket_calendar_changes", build_id)


def policy_tickets(connection: psycopg.Connection, build_id: int) -> int:
    """How many tickets a build computed again because SLA policies give them other targets."""
    return _tickets(connection, "int_ticket_sla_changes", build_id)


def _tickets(connection: psycopg.Connection, model: str, build_id: int) -> int:
    row = connection.execute(
        f"select count(*) from intermediate.{model} where build_id = %s",  # noqa: S608 - names of ours
        (build_id,),
    ).fetchone()
    assert row is not None
    return int(row[0])


def publish(connection: psycopg.Connection, build_id: int, schema: str) -> None:
    """Let readers see the build's as_of, and drop the logs that every model has taken."""
    with connection.transaction():
        connection.execute(
            f"update {schema}.current_build set (build_id, as_of, time_zone) ="  # noqa: S608 - a name of ours
            " (select build_id, as_of, time_zone from ops.builds where build_id = %s)",
            (build_id,),
        )
        intermediate = schema.replace("core", "intermediate")
        for log in (f"{schema}.metrics_changes", f"{intermediate}.int_tickets_changed"):
            connection.execute(
                f"delete from {log} where build_id <="  # noqa: S608 - names of ours
                f" (select min(build_id) from {schema}.marks where build_id > 0)"
            )


def close_build(connection: psycopg.Connection, build_id: int, state: str) -> None:
    """Say how the build ended: `done` or `failed`."""
    connection.execute(
        "update ops.builds set state = %s, finished_at = clock_timestamp() where build_id = %s",
        (state, build_id),
    )
