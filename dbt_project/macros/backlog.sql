{# backlog_hourly and _daily: one text, read with groups of an hour or of a day. #}
{% macro backlog() %}
-- One row per bucket and group in which the backlog changed; the view of it has one per bucket and
-- group in which there was any.
with

contributions as (
    select
        "timestamp",
        channel_type,
        team_id,
        assignee_id,
        priority,
        status,
        measurement_count,
        backlog_change
    from {{ bound('kept_rows', this) }}
    union all
    select
        "timestamp",
        channel_type,
        team_id,
        assignee_id,
        priority,
        status,
        {{ count_of('backlog_entered') }} + {{ count_of('backlog_left') }},
        {{ count_of('backlog_entered') }} - {{ count_of('backlog_left') }}
    from {{ changes() }}
    group by "timestamp", channel_type, team_id, assignee_id, priority, status
),

summed as (
    select
        "timestamp",
        channel_type,
        team_id,
        assignee_id,
        priority,
        status,
        sum(measurement_count)::bigint as measurement_count,
        sum(backlog_change)::bigint as backlog_change
    from contributions
    group by "timestamp", channel_type, team_id, assignee_id, priority, status
    having sum(measurement_count) <> 0
),

final as (
    select
        s."timestamp",
        s.channel_type,
        s.team_id,
        s.assignee_id,
        s.priority,
        s.status,
        s.measurement_count,
        s.backlog_change,
        coalesce(p.backlog - p.backlog_change, 0)
        + (sum(s.backlog_change) over running)::bigint as backlog,
        lead(s."timestamp") over running as next_timestamp
    from summed as s
    left join {{ bound('prior_levels', this) }} as p
        on
            s.channel_type = p.channel_type
            and s.team_id = p.team_id
            and s.assignee_id = p.assignee_id
            and s.priority = p.priority
            and s.status = p.status
    window running as (
        partition by s.channel_type, s.team_id, s.assignee_id, s.priority, s.status
        order by s."timestamp"
    )
)

select * from final
{% endmacro %}
