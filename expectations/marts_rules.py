"""The marts suite: what is expected of what readers see.

Sums and keys are held to on a few days (`expectations.days`), so that the cost does not grow with
history; each day comes round in time. The parameters are `as_of`, `now`, `zone` and `days`, the
instants at which the days begin. `looked_at` are the days' measurements; `habits` is how often a
source delivered in the last 35 days, and how new it was: one that was silent for longer has ended.
"""

from dataclasses import dataclass

from expectations.rules import Rule

# `offset 0` has each day looked up by itself: as a join it would read all measurements.
PRELUDE = """
with days as materialized (
    select d as day from unnest(%(days)s::timestamptz[]) as d
),
looked_at as materialized (
    select m.*
    from days as d
    cross join lateral (
        select
            r.day_start, r.hour_start, r.metric_type, r.value, r.business_value,
            r.ticket_key, r.agent_id, r.team_id, r.channel, r.priority, r.status, r.age_band
        from core.metrics_raw as r
        where
            r."timestamp" >= d.day and r."timestamp" < d.day + interval '25 hours'
            and r.day_start = d.day and coalesce(r.counts_from, r."timestamp") <= %(as_of)s
        offset 0
    ) as m
),
received as (
    select
        source, received_at, newest_at,
        lag(received_at) over (partition by source order by received_at, batch_id) as before,
        max(newest_at) over (
            partition by source order by received_at, batch_id
            rows between unbounded preceding and 1 preceding
        ) as newest_before
    from raw.batches
    where
        state = 'accepted' and source is not null and received_at <= %(as_of)s
        and received_at > %(as_of)s::timestamptz - interval '35 days'
),
habits as (
    select
        source,
        %(as_of)s::timestamptz - max(received_at) as silent_for,
        greatest(interval '1 day', 2 * max(received_at - before)) as twice_pause,
        %(as_of)s::timestamptz - max(least(newest_at, received_at)) as newest_age,
        greatest(
            interval '1 day',
            2 * max(received_at - newest_before) filter (where newest_at > newest_before)
        ) as twice_age
    from received group by source
    having count(*) >= 5 and max(received_at) - min(received_at) >= interval '7 days'
)
"""


@dataclass(frozen=True, slots=True)
class MartsRule:
    """A rule, and a scalar query of how many rows may break it.

    Where it `is_of_days`, the place of a row is its day.
    """

    rule: Rule
    allowed: str = "0"
    is_of_days: bool = True


_TICKET = "day::text as place, ops.key_shown(ticket_key) as key"
_RECENT_TICKET = "ticket_key as place, ops.key_shown(ticket_key) as key"
_DAY = "day::text as place, to_char(day at time zone %(zone)s, 'YYYY-MM-DD') as key"

_ONCE = (
    "'created', 'first_reply', 'first_response_any', 'first_assignment', 'first_resolution',"
    " 'full_resolution', 'csat_offered', 'csat_rated', 'merged', 'deleted'"
)
_EVENTS = "'created', 'customer_message', 'agent_reply', 'resolution', 'reopen'"


def _unlike(left: str, right: str) -> str:
    """Days on which two queries, each with `day` first, do not give the same rows."""
    return f"""
    select distinct {_DAY} from (
        (({left}) except all ({right})) union all (({right}) except all ({left}))
    ) as d
    """


def _of_type(metric_type: str) -> str:
    return f"count(*) filter (where metric_type = '{metric_type}')"


def _total(value: str, metric_type: str) -> str:
    return f"coalesce(sum({value}) filter (where metric_type = '{metric_type}'), 0)"


_CHANNEL_COUNTS = {
    "volume": "created",
    "resolution_count": "resolution",
    "reopen_count": "reopen",
    "customer_message_count": "customer_message",
    "agent_reply_count": "agent_reply",
    "first_reply_count": "first_reply",
    "full_resolution_count": "full_resolution",
    "csat_rated_count": "csat_rated",
    "csat_positive_count": "csat_positive",
    "sla_met_count": "sla_met",
    "sla_breached_count": "sla_breached",
}
_AGENT_COUNTS = {
    name: _CHANNEL_COUNTS[name]
    for name in ("agent_reply_count", "resolution_count", "reopen_count", "first_reply_count",
                 "full_resolution_count", "csat_rated_count", "csat_positive_count",
                 "sla_met_count", "sla_breached_count")
}  # fmt: skip
_SECONDS = {
    "first_reply_calendar_seconds": ("value", "first_reply"),
    "full_resolution_calendar_seconds": ("value", "full_resolution"),
    "first_reply_business_seconds": ("business_value", "first_reply"),
    "full_resolution_business_seconds": ("business_value", "full_resolution"),
}


def _measured(keys: str, counts: dict[str, str], also: str = "", which: str = "true") -> str:
    columns = [_of_type(name) for name in counts.values()]
    columns += [_total(*of) for of in _SECONDS.values()]
    return (
        f"select day_start as day, {keys}, {', '.join(columns)}{also}"
        f" from looked_at where {which} group by day_start, {keys}"
    )


_CREDITED = (
    "agent_id <> 'none' and metric_type in ('agent_reply', 'first_reply', 'opening_reply_wait',"
    " 'next_reply_wait', 'resolution', 'full_resolution', 'reopen', 'csat_offered', 'csat_rated',"
    " 'csat_positive', 'csat_score', 'csat_bad_to_good', 'csat_good_to_bad', 'zero_touch',"
    " 'one_touch', 'two_touch', 'multi_touch', 'sla_met', 'sla_breached')"
)


def _kept(table: str, keys: str, counts: dict[str, str], also: str = "") -> str:
    return (
        f'select k."timestamp" as day, {keys}, {", ".join((*counts, *_SECONDS))}{also}'
        f' from core.{table} as k inner join days as d on k."timestamp" = d.day'
    )


_CHANNEL_DAYS = _kept(
    "channel_metrics_daily", "channel_type, team_id", _CHANNEL_COUNTS, ", measurement_count"
)
_HOURS = ", ".join(f"sum({name})" for name in (*_CHANNEL_COUNTS, *_SECONDS, "measurement_count"))
_OF_HOURS = f"""
select d.day, channel_type, team_id, {_HOURS}
from days as d inner join core.channel_metrics_hourly as h
    on h."timestamp" >= d.day and h."timestamp" < d.day + interval '25 hours'
    and h."timestamp" < ops.day_start(d.day + interval '30 hours', %(zone)s)
group by d.day, channel_type, team_id
"""

RULES = (
    MartsRule(
        Rule(
            "measurements_without_ticket",
            "A measurement is of a ticket that has a row.",
            f"""
            select {_TICKET} from (
                select distinct l.ticket_key, l.day_start as day from looked_at as l
                left join core.fct_tickets as f on l.ticket_key = f.ticket_key
                where f.ticket_key is null
            ) as t
            """,
        )
    ),
    MartsRule(
        Rule(
            "measured_twice",
            "What a ticket has once is measured once.",
            f"""
            select {_TICKET} from (
                select ticket_key, min(day_start) as day
                from looked_at where metric_type in ({_ONCE})
                group by ticket_key, metric_type having count(*) > 1
            ) as t
            """,
        )
    ),
    MartsRule(
        Rule(
            "tickets_not_measured",
            "A ticket that counts is measured on the day it was created.",
            f"""
            select {_TICKET} from (
                select f.ticket_key, d.day from days as d
                inner join core.fct_tickets as f
                    on f.created_at >= d.day and f.created_at < d.day + interval '25 hours'
                    and f.created_at < ops.day_start(d.day + interval '30 hours', %(zone)s)
                where f.is_countable and f.created_at <= %(as_of)s
                except
                select ticket_key, day_start from looked_at where metric_type = 'created'
            ) as t
            """,
        )
    ),
    MartsRule(
        Rule(
            "values_out_of_range",
            "No measurement is negative, and a normalised score is at most 1.",
            f"""
            select {_TICKET} from (
                select ticket_key, day_start as day from looked_at
                where value < 0 or (metric_type = 'csat_score' and value > 1)
            ) as t
            """,
        )
    ),
    MartsRule(
        Rule(
            "rates_out_of_range",
            "Rates lie between 0 and 1, percentiles rise, and no backlog is negative.",
            f"""
            select distinct {_DAY} from (
                select k."timestamp" as day from core.channel_metrics_daily as k
                inner join days as d on k."timestamp" = d.day
                where
                    k.csat_positive_rate not between 0 and 1
                    or k.csat_response_rate < 0
                    or k.p50_first_reply_calendar_seconds > k.p90_first_reply_calendar_seconds
                    or k.p50_full_resolution_calendar_seconds
                    > k.p90_full_resolution_calendar_seconds
                    or k.backlog < 0
            ) as t
            """,
        )
    ),
    MartsRule(
        Rule(
            "channels_unlike_measurements",
            "A day of a channel is the sum of its measurements.",
            _unlike(
                _measured(
                    "channel, team_id",
                    _CHANNEL_COUNTS,
                    ", count(*)",
                    "metric_type not in ('age_band_entered', 'age_band_left')",
                ),
                _CHANNEL_DAYS,
            ),
        )
    ),
    MartsRule(
        Rule(
            "agents_unlike_measurements",
            "A day of an agent is the sum of what is credited to the agent.",
            _unlike(
                _measured("agent_id, team_id", _AGENT_COUNTS, which=_CREDITED),
                _kept("agent_performance_daily", "agent_id, team_id", _AGENT_COUNTS),
            ),
        )
    ),
    MartsRule(
        Rule(
            "backlog_unlike_measurements",
            "The backlog of a group changes in a day by what entered it less what left it.",
            _unlike(
                """
                select day_start as day, channel, team_id, agent_id, priority, status, age_band,
                    count(*) filter (where metric_type in ('backlog_entered', 'age_band_entered'))
                    - count(*) filter (where metric_type in ('backlog_left', 'age_band_left'))
                from looked_at where age_band is not null
                group by 1, 2, 3, 4, 5, 6, 7
                """,
                """
                select k."timestamp" as day, channel_type, team_id, assignee_id, priority, status,
                    age_band, backlog_change
                from core.backlog_daily as k inner join days as d on k."timestamp" = d.day
                """,
            ),
        )
    ),
    MartsRule(
        Rule(
            "hours_unlike_days",
            "The hours of a day add up to the day.",
            _unlike(
                _OF_HOURS,
                _CHANNEL_DAYS,
            ),
        )
    ),
    MartsRule(
        Rule(
            "overviews_unlike_rollups",
            "A bounded overview holds what its rollup holds.",
            _unlike(
                """
                select k."timestamp" as day, channel_type, team_id, volume, resolution_count,
                    backlog
                from core.channel_overview_daily as k inner join days as d on k."timestamp" = d.day
                """,
                """
                select k."timestamp" as day, channel_type, team_id, volume, resolution_count,
                    backlog
                from core.channel_metrics_daily as k inner join days as d on k."timestamp" = d.day
                where k."timestamp" > %(as_of)s::timestamptz - interval '400 days'
                """,
            ),
        )
    ),
    MartsRule(
        Rule(
            "ratings_without_credit",
            "Of 28 days' ratings, hardly any is credited to nobody.",
            f"""
            select {_RECENT_TICKET} from core.customer_satisfaction
            where "timestamp" > %(as_of)s::timestamptz - interval '28 days'
                and "timestamp" <= %(as_of)s and rated_at is not null and agent_id = 'none'
            """,
        ),
        allowed="""
        select greatest(5, ceil(0.02 * count(*))) from core.customer_satisfaction
        where "timestamp" > %(as_of)s::timestamptz - interval '28 days'
            and "timestamp" <= %(as_of)s and rated_at is not null
        """,
        is_of_days=False,
    ),
    MartsRule(
        Rule(
            "events_dated_ahead",
            "Hardly anything is dated ahead of its time: clocks and zones of sources are right.",
            f"""
            select {_RECENT_TICKET} from core.metrics_raw
            where "timestamp" > %(now)s::timestamptz + interval '15 minutes'
                and metric_type in ({_EVENTS})
            """,
        ),
        allowed="20",
        is_of_days=False,
    ),
    MartsRule(
        Rule(
            "silent_sources",
            "Every source delivers as it is used to.",
            "select source as place, source as key from habits where silent_for > twice_pause",
        ),
        is_of_days=False,
    ),
    MartsRule(
        Rule(
            "sources_without_news",
            "What a source delivers is as new as it is used to be.",
            "select source as place, source as key from habits where newest_age > twice_age",
        ),
        is_of_days=False,
    ),
    MartsRule(
        Rule(
            "refused_batches_wait",
            "No refused batch waits to be looked at.",
            """
            select batch_id as place, 'batch ' || batch_id as key from raw.batches
            where state = 'refused' and received_at > %(now)s::timestamptz - interval '28 days'
            """,
            refuses=False,
        ),
        is_of_days=False,
    ),
)
"""The suite."""
