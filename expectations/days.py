"""Which days the marts suite looks at: a few, so that its cost does not grow with history.

The last three; those of what came since it was judged last; those that did not agree then; and
one more, another at each build, so that in time each has its turn.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

MOST_TOUCHED = 6
MOST_SUSPECT = 40
_MOST_EVENTS = 20_000

_CHOSEN = f"""
with since as (
    select e.occurred_at
    from raw.ticket_events as e
    where e.batch_id = any(%(batch_ids)s)
    limit {_MOST_EVENTS}
),
touched as (
    select distinct ops.day_start(quarter, %(zone)s) as day
    from (
        select distinct date_bin('15 minutes', occurred_at, '2000-01-01') as quarter from since
        where occurred_at <= %(as_of)s
    ) as q
    order by day desc limit {MOST_TOUCHED}
),
span as (
    select
        min("timestamp") as first_day,
        greatest(1, 1 + extract(day from %(as_of)s::timestamptz - min("timestamp"))::bigint) as n
    from core.channel_metrics_daily
)
select ops.day_start(%(as_of)s::timestamptz - n * interval '24 hours', %(zone)s)
from generate_series(0, 2) as n
union select day from touched
union select ops.day_start(
    first_day + interval '12 hours' + (%(build_id)s %% n) * interval '24 hours', %(zone)s)
from span where first_day is not null
union select unnest(%(suspect)s::timestamptz[])
order by 1
"""


def choose(
    connection: Connection[Any],
    build_id: int,
    as_of: datetime,
    zone: str,
    judged_up_to: int,
    suspect: Sequence[datetime],
) -> list[datetime]:
    """The instants at which the chosen days begin.

    `judged_up_to` is the position of the last batch that was judged with the marts.
    """
    batches = connection.execute(
        "select batch_id from raw.batches where position > %s order by position desc limit 1000",
        (judged_up_to,),
    ).fetchall()
    parameters = {
        "batch_ids": [batch_id for (batch_id,) in batches],
        "as_of": as_of,
        "zone": zone,
        "build_id": build_id,
        "suspect": list(suspect),
    }
    return [day for (day,) in connection.execute(_CHOSEN.encode(), parameters)]
