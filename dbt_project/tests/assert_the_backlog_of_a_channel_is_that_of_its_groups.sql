-- Two roads to one number: what channel_metrics_* say of the backlog, and what backlog_* do.
with
{% for grain in ['hourly', 'daily'] %}
of_groups_{{ grain }} as (
    select
        c."timestamp",
        c.channel_type,
        c.team_id,
        coalesce(sum(b.backlog), 0)::bigint as backlog
    from {{ ref('channel_metrics_' ~ grain) }} as c
    left join {{ ref('backlog_' ~ grain) }} as b
        on
            c.channel_type = b.channel_type
            and c.team_id = b.team_id
            and tstzrange(b."timestamp", b.next_timestamp) @> c."timestamp"
    group by c."timestamp", c.channel_type, c.team_id
),

of_channels_{{ grain }} as (
    select
        "timestamp",
        channel_type,
        team_id,
        backlog
    from {{ ref('channel_metrics_' ~ grain) }}
){{ ',' if not loop.last }}
{% endfor %}

{{ only_on_one_side('of_groups_hourly', 'of_channels_hourly', 'hour') }}
union all
{{ only_on_one_side('of_groups_daily', 'of_channels_daily', 'day') }}
