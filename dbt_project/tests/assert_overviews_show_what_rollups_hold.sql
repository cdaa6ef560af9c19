-- The bounded views hold the recent rows of their rollups, and their trends are sums of them: over
-- 24 hours, or seven days of the calendar.
{% set overviews = {
    'channel_overview_hourly': ['channel_metrics_hourly', 'channel_type', 'volume', '14 days'],
    'channel_overview_daily': ['channel_metrics_daily', 'channel_type', 'volume', '400 days'],
    'agent_overview_hourly':
        ['agent_performance_hourly', 'agent_id', 'agent_reply_count', '14 days'],
    'agent_overview_daily':
        ['agent_performance_daily', 'agent_id', 'agent_reply_count', '400 days'],
} %}
with
{% for overview, (rollup_of, key, number, window) in overviews.items() %}
recent_{{ overview }} as (
    select
        r."timestamp",
        r.{{ key }},
        r.team_id,
        r.{{ number }},
        d.calendar_date
    from {{ ref(rollup_of) }} as r
    left join {{ ref('dim_dates') }} as d on r."timestamp" = d."timestamp"
    where r."timestamp" > {{ judged_at() }} - interval '{{ window }}'
),

expected_{{ overview }} as (
    select
        r."timestamp",
        r.{{ key }},
        r.team_id,
        r.{{ number }},
        sum(b.{{ number }}) filter (where b.is_in_trend)::bigint as trailing_number,
        coalesce(sum(b.{{ number }}) filter (where not b.is_in_trend), 0)::bigint as previous_number
    from recent_{{ overview }} as r
    cross join lateral (
        select
            o.{{ number }},
            {% if overview.endswith('daily') %}
            o.calendar_date > r.calendar_date - 7 as is_in_trend
            {% else %}
            o."timestamp" > r."timestamp" - interval '24 hours' as is_in_trend
            {% endif %}
        from recent_{{ overview }} as o
        where
            o.{{ key }} = r.{{ key }}
            and o.team_id = r.team_id
            and o."timestamp" <= r."timestamp"
            {% if overview.endswith('daily') %}
            and o.calendar_date > r.calendar_date - 14
            {% else %}
            and o."timestamp" > r."timestamp" - interval '48 hours'
            {% endif %}
    ) as b
    group by r."timestamp", r.{{ key }}, r.team_id, r.{{ number }}
),

shown_{{ overview }} as (
    select
        "timestamp",
        {{ key }},
        team_id,
        {{ number }},
        trailing_{{ number }} as trailing_number,
        previous_{{ number }} as previous_number
    from {{ ref(overview) }}
){{ ',' if not loop.last }}
{% endfor %}

{% for overview in overviews %}
{{ only_on_one_side('expected_' ~ overview, 'shown_' ~ overview, overview) }}
{{ 'union all' if not loop.last }}
{% endfor %}
