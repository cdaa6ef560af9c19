{# agent_performance_hourly and _daily: one text, read with groups of an hour or of a day. #}
{% macro agent_performance() %}
-- One row per agent, team and bucket in which something was credited to the agent.
with

contributions as (
    select
        "timestamp",
        agent_id,
        team_id,
        measurement_count,
        agent_reply_count,
        first_reply_count,
        first_reply_calendar_seconds,
        first_reply_business_seconds,
        response_count,
        response_calendar_seconds,
        response_business_seconds,
        resolution_count,
        reopen_count,
        zero_touch_count,
        one_touch_count,
        two_touch_count,
        multi_touch_count,
        full_resolution_count,
        full_resolution_calendar_seconds,
        full_resolution_business_seconds,
        csat_offered_count,
        csat_rated_count,
        csat_positive_count,
        csat_score,
        csat_bad_to_good_count,
        csat_good_to_bad_count,
        sla_met_count,
        sla_breached_count
    from {{ bound('kept_rows', this) }}
    union all
    select
        "timestamp",
        agent_id,
        team_id,
        sum(sign),
        {{ count_of('agent_reply') }},
        {{ count_of('first_reply') }},
        {{ sum_of('first_reply') }},
        {{ business_sum_of('first_reply') }},
        {{ count_of('opening_reply_wait') }} + {{ count_of('next_reply_wait') }},
        {{ sum_of('opening_reply_wait') }} + {{ sum_of('next_reply_wait') }},
        {{ business_sum_of('opening_reply_wait') }} + {{ business_sum_of('next_reply_wait') }},
        {{ count_of('resolution') }},
        {{ count_of('reopen') }},
        {{ count_of('zero_touch') }},
        {{ count_of('one_touch') }},
        {{ count_of('two_touch') }},
        {{ count_of('multi_touch') }},
        {{ count_of('full_resolution') }},
        {{ sum_of('full_resolution') }},
        {{ business_sum_of('full_resolution') }},
        {{ count_of('csat_offered') }},
        {{ count_of('csat_rated') }},
        {{ count_of('csat_positive') }},
        {{ sum_of('csat_score') }},
        {{ count_of('csat_bad_to_good') }},
        {{ count_of('csat_good_to_bad') }},
        {{ count_of('sla_met') }},
        {{ count_of('sla_breached') }}
    from {{ changes() }}
    group by "timestamp", agent_id, team_id
),

summed as (
    select
        "timestamp",
        agent_id,
        team_id,
        sum(measurement_count)::bigint as measurement_count,
        sum(agent_reply_count)::bigint as agent_reply_count,
        sum(first_reply_count)::bigint as first_reply_count,
        sum(first_reply_calendar_seconds)::bigint as first_reply_calendar_seconds,
        sum(first_reply_business_seconds)::bigint as first_reply_business_seconds,
        sum(response_count)::bigint as response_count,
        sum(response_calendar_seconds)::bigint as response_calendar_seconds,
        sum(response_business_seconds)::bigint as response_business_seconds,
        sum(resolution_count)::bigint as resolution_count,
        sum(reopen_count)::bigint as reopen_count,
        sum(zero_touch_count)::bigint as zero_touch_count,
        sum(one_touch_count)::bigint as one_touch_count,
        sum(two_touch_count)::bigint as two_touch_count,
        sum(multi_touch_count)::bigint as multi_touch_count,
        sum(full_resolution_count)::bigint as full_resolution_count,
        sum(full_resolution_calendar_seconds)::bigint as full_resolution_calendar_seconds,
        sum(full_resolution_business_seconds)::bigint as full_resolution_business_seconds,
        sum(csat_offered_count)::bigint as csat_offered_count,
        sum(csat_rated_count)::bigint as csat_rated_count,
        sum(csat_positive_count)::bigint as csat_positive_count,
        round(sum(csat_score), 12) as csat_score,
        sum(csat_bad_to_good_count)::bigint as csat_bad_to_good_count,
        sum(csat_good_to_bad_count)::bigint as csat_good_to_bad_count,
        sum(sla_met_count)::bigint as sla_met_count,
        sum(sla_breached_count)::bigint as sla_breached_count
    from contributions
    group by "timestamp", agent_id, team_id
    having sum(measurement_count) <> 0
),

-- What cannot be added up.
exact as (
    select
        "timestamp",
        agent_id,
        team_id,
        count(distinct ticket_key) filter (where metric_type in ('agent_reply', 'resolution'))
            as tickets_handled,
        count(distinct ticket_key) filter (where metric_type = 'resolution') as tickets_resolved,
        {{ percentiles('opening_reply_wait', 'next_reply_wait') }} as response,
        {{ business_percentiles('opening_reply_wait', 'next_reply_wait') }} as response_business,
        {{ percentiles('full_resolution') }} as full_resolution,
        {{ business_percentiles('full_resolution') }} as full_resolution_business
    from {{ touched_measurements() }}
    group by "timestamp", agent_id, team_id
),

final as (
    select
        s."timestamp",
        s.agent_id,
        s.team_id,

        -- volume
        s.measurement_count,
        coalesce(x.tickets_handled, 0) as tickets_handled,
        coalesce(x.tickets_resolved, 0) as tickets_resolved,
        s.agent_reply_count,
        s.resolution_count,
        s.reopen_count,

        -- quality
        s.zero_touch_count,
        s.one_touch_count,
        s.two_touch_count,
        s.multi_touch_count,

        -- speed
        s.first_reply_count,
        s.first_reply_calendar_seconds,
        {{ mean('s.first_reply_calendar_seconds', 's.first_reply_count') }}
            as avg_first_reply_calendar_seconds,
        s.first_reply_business_seconds,
        {{ mean('s.first_reply_business_seconds', 's.first_reply_count') }}
            as avg_first_reply_business_seconds,
        s.response_count,
        s.response_calendar_seconds,
        {{ mean('s.response_calendar_seconds', 's.response_count') }} as avg_response_time,
        {{ percentile('x.response', 1) }} as p50_response_calendar_seconds,
        {{ percentile('x.response', 2) }} as p75_response_calendar_seconds,
        {{ percentile('x.response', 3) }} as p90_response_calendar_seconds,
        {{ percentile('x.response', 4) }} as p95_response_calendar_seconds,
        s.response_business_seconds,
        {{ mean('s.response_business_seconds', 's.response_count') }}
            as avg_response_business_seconds,
        {{ percentile('x.response_business', 1) }} as p50_response_business_seconds,
        {{ percentile('x.response_business', 2) }} as p75_response_business_seconds,
        {{ percentile('x.response_business', 3) }} as p90_response_business_seconds,
        {{ percentile('x.response_business', 4) }} as p95_response_business_seconds,
        s.full_resolution_count,
        s.full_resolution_calendar_seconds,
        {{ mean('s.full_resolution_calendar_seconds', 's.full_resolution_count') }}
            as avg_resolution_time,
        {{ percentile('x.full_resolution', 1) }} as p50_full_resolution_calendar_seconds,
        {{ percentile('x.full_resolution', 2) }} as p75_full_resolution_calendar_seconds,
        {{ percentile('x.full_resolution', 3) }} as p90_full_resolution_calendar_seconds,
        {{ percentile('x.full_resolution', 4) }} as p95_full_resolution_calendar_seconds,
        s.full_resolution_business_seconds,
        {{ mean('s.full_resolution_business_seconds', 's.full_resolution_count') }}
            as avg_full_resolution_business_seconds,
        {{ percentile('x.full_resolution_business', 1) }} as p50_full_resolution_business_seconds,
        {{ percentile('x.full_resolution_business', 2) }} as p75_full_resolution_business_seconds,
        {{ percentile('x.full_resolution_business', 3) }} as p90_full_resolution_business_seconds,
        {{ percentile('x.full_resolution_business', 4) }} as p95_full_resolution_business_seconds,

        -- satisfaction
        s.csat_offered_count,
        s.csat_rated_count,
        s.csat_positive_count,
        {{ mean('s.csat_rated_count', 's.csat_offered_count') }} as csat_response_rate,
        {{ mean('s.csat_positive_count', 's.csat_rated_count') }} as csat_positive_rate,
        {{ wilson(-1, 's.csat_positive_count', 's.csat_rated_count') }} as csat_positive_rate_low,
        {{ wilson(1, 's.csat_positive_count', 's.csat_rated_count') }} as csat_positive_rate_high,
        s.csat_score,
        {{ mean('s.csat_score', 's.csat_rated_count') }} as avg_csat_score,
        s.csat_bad_to_good_count,
        s.csat_good_to_bad_count,

        -- promises
        s.sla_met_count,
        s.sla_breached_count,
        {{ mean('s.sla_met_count', '(s.sla_met_count + s.sla_breached_count)') }} as sla_achievement
    from summed as s
    left join exact as x
        on s."timestamp" = x."timestamp" and s.agent_id = x.agent_id and s.team_id = x.team_id
)

select * from final
{% endmacro %}
