{% set counts = {
    'agent_reply_count': ['agent_reply'], 'first_reply_count': ['first_reply'],
    'response_count': ['opening_reply_wait', 'next_reply_wait'],
    'resolution_count': ['resolution'], 'reopen_count': ['reopen'],
    'full_resolution_count': ['full_resolution'], 'csat_offered_count': ['csat_offered'],
    'csat_rated_count': ['csat_rated'], 'csat_positive_count': ['csat_positive'],
    'csat_bad_to_good_count': ['csat_bad_to_good'],
    'csat_good_to_bad_count': ['csat_good_to_bad'],
    'zero_touch_count': ['zero_touch'], 'one_touch_count': ['one_touch'],
    'two_touch_count': ['two_touch'], 'multi_touch_count': ['multi_touch'],
    'sla_met_count': ['sla_met'], 'sla_breached_count': ['sla_breached'],
} %}
{% set sums = {
    'first_reply_calendar_seconds': ['first_reply'],
    'response_calendar_seconds': ['opening_reply_wait', 'next_reply_wait'],
    'full_resolution_calendar_seconds': ['full_resolution'],
} %}
{% set business_sums = {
    'first_reply_business_seconds': ['first_reply'],
    'response_business_seconds': ['opening_reply_wait', 'next_reply_wait'],
    'full_resolution_business_seconds': ['full_resolution'],
} %}
{% set types = counts.values() | sum(start=['csat_score']) %}
-- Every agent and bucket holds what is credited to the agent in its time up to as_of, and no other
-- row is there.
with
{% for grain, bucket in {'hourly': 'hour_start', 'daily': 'day_start'}.items() %}
measured_{{ grain }} as (
    select
        {{ bucket }} as "timestamp",
        agent_id,
        team_id,
        {% for name, its_types in counts.items() %}
        count(*) filter (where metric_type in ('{{ its_types | join("', '") }}')) as {{ name }},
        {% endfor %}
        {% for name, its_types in sums.items() %}
        coalesce(
            sum(value) filter (where metric_type in ('{{ its_types | join("', '") }}')), 0
        )::bigint as {{ name }},
        {% endfor %}
        {% for name, its_types in business_sums.items() %}
        coalesce(
            sum(business_value) filter (where metric_type in ('{{ its_types | join("', '") }}')), 0
        )::bigint as {{ name }},
        {% endfor %}
        coalesce(sum(value) filter (where metric_type = 'csat_score'), 0) as csat_score,
        count(distinct ticket_key) filter (where metric_type = 'resolution')
            as tickets_resolved,
        count(distinct ticket_key) filter (where metric_type in ('agent_reply', 'resolution'))
            as tickets_handled
    from {{ ref('metrics_raw') }}
    where
        coalesce(counts_from, "timestamp") <= {{ judged_at() }}
        and agent_id <> 'none'
        and metric_type in ('{{ types | join("', '") }}')
    group by {{ bucket }}, agent_id, team_id
),

kept_{{ grain }} as (
    select
        "timestamp",
        agent_id,
        team_id,
        {{ counts.keys() | join(', ') }},
        {{ sums.keys() | join(', ') }},
        {{ business_sums.keys() | join(', ') }},
        csat_score,
        tickets_resolved,
        tickets_handled
    from {{ ref('agent_performance_' ~ grain) }}
){{ ',' if not loop.last }}
{% endfor %}

{{ only_on_one_side('measured_hourly', 'kept_hourly', 'hour') }}
union all
{{ only_on_one_side('measured_daily', 'kept_daily', 'day') }}
