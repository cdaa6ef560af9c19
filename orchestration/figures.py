"""The main figures of the last four weeks, as text tables for a terminal."""

from typing import Any

import psycopg

from deskhouse.tables import Column, text_table

_CHANNELS = """
with recent as (
    select m.* from marts.metrics_raw as m
    where m."timestamp" > (
        select max(b."timestamp") - interval '27 days' from marts.backlog_daily as b
    )
),
standing as (
    select b.channel_type, sum(b.backlog)::bigint as backlog from marts.backlog_daily as b
    where b."timestamp" = (select max(l."timestamp") from marts.backlog_daily as l)
    group by b.channel_type
)
select
    r.channel,
    count(*) filter (where r.metric_type = 'created'),
    count(distinct r.ticket_key) filter (where r.metric_type = 'resolution'),
    percentile_cont(0.5) within group (order by r.value)
        filter (where r.metric_type = 'first_reply'),
    percentile_cont(0.5) within group (order by r.value)
        filter (where r.metric_type = 'full_resolution'),
    count(*) filter (where r.metric_type = 'reopen'),
    count(*) filter (where r.metric_type = 'csat_positive')::numeric
    / nullif(count(*) filter (where r.metric_type = 'csat_rated'), 0),
    coalesce(max(s.backlog), 0)
from recent as r
left join standing as s on r.channel = s.channel_type
group by r.channel
having count(*) filter (where r.metric_type <> 'backlog_left') > 0
order by 2 desc, 1
"""

_AGENTS = """
select
    coalesce(d.name, r.agent_id),
    count(distinct r.ticket_key)
        filter (where r.metric_type in ('agent_reply', 'resolution')) as handled,
    count(*) filter (where r.metric_type = 'agent_reply'),
    percentile_cont(0.5) within group (order by r.value)
        filter (where r.metric_type in ('opening_reply_wait', 'next_reply_wait')),
    percentile_cont(0.5) within group (order by r.value)
        filter (where r.metric_type = 'full_resolution'),
    count(*) filter (where r.metric_type = 'reopen'),
    count(*) filter (where r.metric_type = 'csat_positive')::numeric
    / nullif(count(*) filter (where r.metric_type = 'csat_rated'), 0)
from marts.metrics_raw as r
left join marts.dim_agents as d on r.agent_id = d.agent_id and d.valid_to = 'infinity'
where
    r.agent_id <> 'none'
    and r."timestamp" > (
        select max(b."timestamp") - interval '27 days' from marts.backlog_daily as b
    )
    and r.metric_type not in ('backlog_entered', 'backlog_left')
group by 1
order by handled desc, 1
limit 15
"""


def main_figures(connection: psycopg.Connection[Any]) -> str:
    """Two tables of the last 28 days up to the as_of: by channel, and the 15 busiest agents."""
    channels = (
        Column("channel", "name"),
        Column("created"),
        Column("resolved"),
        Column("first reply", "seconds"),
        Column("resolution", "seconds"),
        Column("reopened"),
        Column("CSAT", "share"),
        Column("backlog"),
    )
    agents = (
        Column("agent", "name"),
        Column("handled"),
        Column("replies"),
        Column("reply wait", "seconds"),
        Column("resolution", "seconds"),
        Column("reopened"),
        Column("CSAT", "share"),
    )
    by_channel = text_table(channels, connection.execute(_CHANNELS).fetchall())
    by_agent = text_table(agents, connection.execute(_AGENTS).fetchall())
    return (
        "The last four weeks by channel (times are medians):\n\n"
        f"{by_channel}\n\nThe busiest agents:\n\n{by_agent}"
    )
