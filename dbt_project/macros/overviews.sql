{# The bounded views that dashboards open: buckets with the trend up to each and the period before. A
   period is `length` buckets; half a bucket more tells days of 23 and 25 hours apart. #}
{% macro recent(relation, days) -%}
    select * from {{ relation }}
    where "timestamp" > (select next_as_of from {{ schema_of('core') }}.current_build) - interval '{{ days }} days'
{%- endmacro %}

{% macro trailing(length, bucket) -%}
    range between interval '{{ length - 1 }} {{ bucket }}s {{ half(bucket) }}' preceding and current row
{%- endmacro %}

{% macro period_before(length, bucket) -%}
    range between interval '{{ 2 * length - 1 }} {{ bucket }}s {{ half(bucket) }}' preceding
        and interval '{{ length - 1 }} {{ bucket }}s {{ half(bucket) }}' preceding
{%- endmacro %}

{% macro half(bucket) %}{{ return({'hour': '30 minutes', 'day': '12 hours'}[bucket]) }}{% endmacro %}

{% macro channel_overview(relation, days, length, bucket) %}
-- One row per channel, team and bucket of a bounded window, with trend and period before.
with

recent as (
    {{ recent(relation, days) }}
),

compared as (
    select
        "timestamp",
        channel_type,
        team_id,
        volume,
        sum(volume) over trend as trailing_volume,
        sum(volume) over period_before as previous_volume,
        tickets_resolved,
        resolution_count,
        sum(resolution_count) over trend as trailing_resolution_count,
        sum(resolution_count) over period_before as previous_resolution_count,
        reopen_count,
        avg_response_time,
        sum(first_reply_calendar_seconds) over trend as trailing_first_reply_seconds,
        sum(first_reply_count) over trend as trailing_first_reply_count,
        sum(first_reply_calendar_seconds) over period_before as previous_first_reply_seconds,
        sum(first_reply_count) over period_before as previous_first_reply_count,
        avg_resolution_time,
        sum(full_resolution_calendar_seconds) over trend as trailing_resolution_seconds,
        sum(full_resolution_count) over trend as trailing_full_resolution_count,
        sum(full_resolution_calendar_seconds) over period_before as previous_resolution_seconds,
        sum(full_resolution_count) over period_before as previous_full_resolution_count,
        csat_positive_rate,
        sum(csat_positive_count) over trend as trailing_csat_positive_count,
        sum(csat_rated_count) over trend as trailing_csat_rated_count,
        sum(csat_positive_count) over period_before as previous_csat_positive_count,
        sum(csat_rated_count) over period_before as previous_csat_rated_count,
        backlog
    from recent
    window
        trend as (
            partition by channel_type, team_id order by "timestamp" {{ trailing(length, bucket) }}
        ),
        period_before as (
            partition by channel_type, team_id order by "timestamp" {{ period_before(length, bucket) }}
        )
),

final as (
    select
        "timestamp",
        channel_type,
        team_id,
        volume,
        trailing_volume::bigint as trailing_volume,
        coalesce(previous_volume, 0)::bigint as previous_volume,
        tickets_resolved,
        resolution_count,
        trailing_resolution_count::bigint as trailing_resolution_count,
        coalesce(previous_resolution_count, 0)::bigint as previous_resolution_count,
        reopen_count,
        avg_response_time,
        {{ mean('trailing_first_reply_seconds', 'trailing_first_reply_count') }} as trailing_avg_response_time,
        {{ mean('previous_first_reply_seconds', 'previous_first_reply_count') }} as previous_avg_response_time,
        avg_resolution_time,
        {{ mean('trailing_resolution_seconds', 'trailing_full_resolution_count') }} as trailing_avg_resolution_time,
        {{ mean('previous_resolution_seconds', 'previous_full_resolution_count') }} as previous_avg_resolution_time,
        csat_positive_rate,
        {{ mean('trailing_csat_positive_count', 'trailing_csat_rated_count') }} as trailing_csat_positive_rate,
        {{ mean('previous_csat_positive_count', 'previous_csat_rated_count') }} as previous_csat_positive_rate,
        backlog
    from compared
)

select * from final
{% endmacro %}

{% macro agent_overview(relation, days, length, bucket) %}
-- One row per agent, team and bucket of a bounded window, with trend and period before.
with

recent as (
    {{ recent(relation, days) }}
),

compared as (
    select
        "timestamp",
        agent_id,
        team_id,
        tickets_handled,
        agent_reply_count,
        sum(agent_reply_count) over trend as trailing_agent_reply_count,
        sum(agent_reply_count) over period_before as previous_agent_reply_count,
        resolution_count,
        sum(resolution_count) over trend as trailing_resolution_count,
        sum(resolution_count) over period_before as previous_resolution_count,
        avg_response_time,
        sum(response_calendar_seconds) over trend as trailing_response_seconds,
        sum(response_count) over trend as trailing_response_count,
        sum(response_calendar_seconds) over period_before as previous_response_seconds,
        sum(response_count) over period_before as previous_response_count,
        avg_resolution_time,
        csat_positive_rate,
        sum(csat_positive_count) over trend as trailing_csat_positive_count,
        sum(csat_rated_count) over trend as trailing_csat_rated_count,
        sum(csat_positive_count) over period_before as previous_csat_positive_count,
        sum(csat_rated_count) over period_before as previous_csat_rated_count
    from recent
    window
        trend as (
            partition by agent_id, team_id order by "timestamp" {{ trailing(length, bucket) }}
        ),
        period_before as (
            partition by agent_id, team_id order by "timestamp" {{ period_before(length, bucket) }}
        )
),

final as (
    select
        "timestamp",
        agent_id,
        team_id,
        tickets_handled,
        agent_reply_count,
        trailing_agent_reply_count::bigint as trailing_agent_reply_count,
        coalesce(previous_agent_reply_count, 0)::bigint as previous_agent_reply_count,
        resolution_count,
        trailing_resolution_count::bigint as trailing_resolution_count,
        coalesce(previous_resolution_count, 0)::bigint as previous_resolution_count,
        avg_response_time,
        {{ mean('trailing_response_seconds', 'trailing_response_count') }} as trailing_avg_response_time,
        {{ mean('previous_response_seconds', 'previous_response_count') }} as previous_avg_response_time,
        avg_resolution_time,
        csat_positive_rate,
        {{ mean('trailing_csat_positive_count', 'trailing_csat_rated_count') }} as trailing_csat_positive_rate,
        {{ mean('previous_csat_positive_count', 'previous_csat_rated_count') }} as previous_csat_positive_rate
    from compared
)

select * from final
{% endmacro %}
