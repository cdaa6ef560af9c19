{% set keys = 'channel_type, team_id, assignee_id, priority, status, age_band' %}
-- From one bucket to the next of a group the backlog differs by what entered it and left it in
-- between; it begins at nothing and is never negative, and each row knows the next.
with
{% for grain, bucket in {'hourly': 'hour_start', 'daily': 'day_start'}.items() %}
measured_{{ grain }} as (
    select
        "timestamp",
        {{ keys }},
        backlog_change,
        sum(backlog_change) over (partition by {{ keys }} order by "timestamp") as backlog,
        lead("timestamp") over (partition by {{ keys }} order by "timestamp") as next_timestamp,
        false as is_negative
    from (
        select
            {{ bucket }} as "timestamp",
            channel as channel_type,
            team_id,
            agent_id as assignee_id,
            priority,
            status,
            age_band,
            count(*) filter (where metric_type in ('backlog_entered', 'age_band_entered'))
            - count(*) filter (where metric_type in ('backlog_left', 'age_band_left'))
                as backlog_change
        from {{ ref('metrics_raw') }}
        where
            "timestamp" <= {{ judged_at() }}
            and metric_type in ('backlog_entered', 'backlog_left', 'age_band_entered', 'age_band_left')
        group by {{ bucket }}, channel, team_id, agent_id, priority, status, age_band
    ) as changes
),

kept_{{ grain }} as (
    select
        "timestamp",
        {{ keys }},
        backlog_change,
        backlog::numeric as backlog,
        next_timestamp,
        backlog < 0 as is_negative
    from {{ ref('backlog_' ~ grain) }}
){{ ',' if not loop.last }}
{% endfor %}

{{ only_on_one_side('measured_hourly', 'kept_hourly', 'hour') }}
union all
{{ only_on_one_side('measured_daily', 'kept_daily', 'day') }}
