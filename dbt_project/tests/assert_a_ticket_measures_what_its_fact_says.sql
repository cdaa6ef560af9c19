-- Two roads to one number, ticket by ticket: its row, and its measurements. What is not countable
-- measures its end alone, and a merged ticket its time in the backlog.
{% set counts = {
    'created': '1', 'customer_message': 'customer_message_count',
    'agent_reply': 'agent_reply_count', 'automated_reply': 'automated_reply_count',
    'resolution': 'resolution_count', 'reopen': 'reopen_count', 'csat_offered': '(csat_offered_at is not null)::integer',
    'csat_rated': '(csat_rated_at is not null)::integer',
    'csat_positive': 'coalesce(is_csat_positive, false)::integer',
    'csat_bad_to_good': 'coalesce(is_csat_positive and not is_first_csat_positive, false)::integer',
    'csat_good_to_bad': 'coalesce(is_first_csat_positive and not is_csat_positive, false)::integer',
} %}
{% set values = {
    'first_reply': 'first_reply_calendar_seconds',
    'first_response_any': 'first_response_any_calendar_seconds',
    'first_assignment': 'first_assignment_calendar_seconds',
    'first_resolution': 'first_resolution_calendar_seconds',
    'full_resolution': 'full_resolution_calendar_seconds',
} %}
with

waits as (
    select
        ticket_key,
        count(*) as wait_count,
        sum(wait_calendar_seconds) as wait_seconds
    from {{ ref('fct_reply_streaks') }}
    where ended_by = 'reply'
    group by ticket_key
),

stated as (
    select
        f.ticket_key,
        {% for name, formula in counts.items() %}
        case when f.is_countable then {{ formula }} else 0 end::bigint as {{ name }}_count,
        {% endfor %}
        {% for name, formula in values.items() %}
        case when f.is_countable then {{ formula }} end::numeric as {{ name }}_value,
        {% endfor %}
        case when f.is_countable then coalesce(w.wait_count, 0) else 0 end as wait_count,
        case when f.is_countable then coalesce(w.wait_seconds, 0) else 0 end as wait_seconds,
        f.is_merged::integer::bigint as merged_count,
        f.is_deleted::integer::bigint as deleted_count,
        (f.is_countable and f.status not in ('solved', 'closed'))::integer::bigint as standing_count
    from {{ ref('fct_tickets') }} as f
    left join waits as w on f.ticket_key = w.ticket_key
),

measured as (
    select
        f.ticket_key,
        {% for name in counts %}
        count(*) filter (where m.metric_type = '{{ name }}') as {{ name }}_count,
        {% endfor %}
        {% for name in values %}
        sum(m.value) filter (where m.metric_type = '{{ name }}') as {{ name }}_value,
        {% endfor %}
        count(*) filter (where m.metric_type in ('opening_reply_wait', 'next_reply_wait'))
            as wait_count,
        coalesce(
            sum(m.value) filter (where m.metric_type in ('opening_reply_wait', 'next_reply_wait')),
            0
        ) as wait_seconds,
        count(*) filter (where m.metric_type = 'merged') as merged_count,
        count(*) filter (where m.metric_type = 'deleted') as deleted_count,
        count(*) filter (where m.metric_type = 'backlog_entered')
        - count(*) filter (where m.metric_type = 'backlog_left') as standing_count
    from {{ ref('fct_tickets') }} as f
    left join {{ ref('metrics_raw') }} as m on f.ticket_key = m.ticket_key
    group by f.ticket_key
)

{{ only_on_one_side('stated', 'measured', 'ticket') }}
