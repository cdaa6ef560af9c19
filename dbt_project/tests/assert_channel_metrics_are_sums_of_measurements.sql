{% set counts = {
    'volume': 'created', 'resolution_count': 'resolution', 'reopen_count': 'reopen',
    'customer_message_count': 'customer_message', 'agent_reply_count': 'agent_reply',
    'automated_reply_count': 'automated_reply', 'merged_count': 'merged',
    'deleted_count': 'deleted', 'first_reply_count': 'first_reply',
    'next_reply_count': 'next_reply_wait', 'first_resolution_count': 'first_resolution',
    'full_resolution_count': 'full_resolution', 'csat_offered_count': 'csat_offered',
    'csat_rated_count': 'csat_rated', 'csat_positive_count': 'csat_positive',
    'csat_bad_to_good_count': 'csat_bad_to_good', 'csat_good_to_bad_count': 'csat_good_to_bad',
    'zero_touch_count': 'zero_touch', 'one_touch_count': 'one_touch', 'two_touch_count': 'two_touch',
    'multi_touch_count': 'multi_touch', 'sla_met_count': 'sla_met',
    'sla_breached_count': 'sla_breached', 'csat_uncredited_count': 'csat_uncredited',
} %}
{% set sums = {
    'first_reply_calendar_seconds': 'first_reply',
    'next_reply_calendar_seconds': 'next_reply_wait',
    'first_resolution_calendar_seconds': 'first_resolution',
    'full_resolution_calendar_seconds': 'full_resolution',
} %}
{% set business_sums = {
    'first_reply_business_seconds': 'first_reply',
    'next_reply_business_seconds': 'next_reply_wait',
    'first_resolution_business_seconds': 'first_resolution',
    'full_resolution_business_seconds': 'full_resolution',
} %}
-- Every channel and bucket holds the measurements of its time up to as_of, and no other row is
-- there.
with
{% for grain, bucket in {'hourly': 'hour_start', 'daily': 'day_start'}.items() %}
measured_{{ grain }} as (
    select
        {{ bucket }} as "timestamp",
        channel as channel_type,
        team_id,
        count(*) as measurement_count,
        count(distinct ticket_key) filter (where metric_type = 'resolution')
            as tickets_resolved,
        {% for name, type in counts.items() %}
        count(*) filter (where metric_type = '{{ type }}') as {{ name }},
        {% endfor %}
        {% for name, type in sums.items() %}
        coalesce(sum(value) filter (where metric_type = '{{ type }}'), 0)::bigint as {{ name }},
        {% endfor %}
        {% for name, type in business_sums.items() %}
        coalesce(sum(business_value) filter (where metric_type = '{{ type }}'), 0)::bigint as {{ name }},
        {% endfor %}
        coalesce(sum(value) filter (where metric_type = 'csat_score'), 0) as csat_score,
        count(*) filter (where metric_type = 'created')
        - count(distinct ticket_key) filter (where metric_type = 'resolution') as net_flow
    from {{ ref('metrics_raw') }}
    where
        coalesce(counts_from, "timestamp") <= {{ judged_at() }}
        and metric_type not in ('age_band_entered', 'age_band_left')
    group by {{ bucket }}, channel, team_id
),

kept_{{ grain }} as (
    select
        "timestamp",
        channel_type,
        team_id,
        measurement_count,
        tickets_resolved,
        {{ counts.keys() | join(', ') }},
        {{ sums.keys() | join(', ') }},
        {{ business_sums.keys() | join(', ') }},
        csat_score,
        net_flow
    from {{ ref('channel_metrics_' ~ grain) }}
){{ ',' if not loop.last }}
{% endfor %}

{{ only_on_one_side('measured_hourly', 'kept_hourly', 'hour') }}
union all
{{ only_on_one_side('measured_daily', 'kept_daily', 'day') }}
