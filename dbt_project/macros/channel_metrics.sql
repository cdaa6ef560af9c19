{# channel_metrics_hourly and _daily: one text, read with groups of an hour or of a day. #}
{% macro channel_metrics() %}
-- One row per channel, team and bucket in which something was measured.
with

contributions as (
    select
        "timestamp",
        channel_type,
        team_id,
        measurement_count,
        volume,
        resolution_count,
        reopen_count,
        customer_message_count,
        agent_reply_count,
        automated_reply_count,
        merged_count,
        deleted_count,
        zero_touch_count,
        one_touch_count,
        two_touch_count,
        multi_touch_count,
        first_reply_count,
        first_reply_calendar_seconds,
        first_reply_business_seconds,
        next_reply_count,
        next_reply_calendar_seconds,
        next_reply_business_seconds,
        first_resolution_count,
        first_resolution_calendar_seconds,
        first_resolution_business_seconds,
        full_resolution_count,
        full_resolution_calendar_seconds,
        full_resolution_business_seconds,
        csat_offered_count,
        csat_rated_count,
        csat_positive_count,
        csat_uncredited_count,
        csat_score,
        csat_bad_to_good_count,
        csat_good_to_bad_count,
        sla_met_count,
        sla_breached_count,
        backlog_change
    from {{ bound('kept_rows', this) }}
    union all
    select
        "timestamp",
        channel_type,
        team_id,
        sum(sign),
        {{ count_of('created') }},
        {{ count_of('resolution') }},
        {{ count_of('reopen') }},
        {{ count_of('customer_message') }},
        {{ count_of('agent_reply') }},
        {{ count_of('automated_reply') }},
        {{ count_of('merged') }},
        {{ count_of('deleted') }},
        {{ count_of('zero_touch') }},
        {{ count_of('one_touch') }},
        {{ count_of('two_touch') }},
        {{ count_of('multi_touch') }},
        {{ count_of('first_reply') }},
        {{ sum_of('first_reply') }},
        {{ business_sum_of('first_reply') }},
        {{ count_of('next_reply_wait') }},
        {{ sum_of('next_reply_wait') }},
        {{ business_sum_of('next_reply_wait') }},
        {{ count_of('first_resolution') }},
        {{ sum_of('first_resolution') }},
        {{ business_sum_of('first_resolution') }},
        {{ count_of('full_resolution') }},
        {{ sum_of('full_resolution') }},
        {{ business_sum_of('full_resolution') }},
        {{ count_of('csat_offered') }},
        {{ count_of('csat_rated') }},
        {{ count_of('csat_positive') }},
        {{ count_of('csat_uncredited') }},
        {{ sum_of('csat_score') }},
        {{ count_of('csat_bad_to_good') }},
        {{ count_of('csat_good_to_bad') }},
        {{ count_of('sla_met') }},
        {{ count_of('sla_breached') }},
        {{ count_of('backlog_entered') }} - {{ count_of('backlog_left') }}
    from {{ changes() }}
    group by "timestamp", channel_type, team_id
),

summed as (
    select
        "timestamp",
        channel_type,
        team_id,
        sum(measurement_count)::bigint as measurement_count,
        sum(volume)::bigint as volume,
        sum(resolution_count)::bigint as resolution_count,
        sum(reopen_count)::bigint as reopen_count,
        sum(customer_message_count)::bigint as customer_message_count,
        sum(agent_reply_count)::bigint as agent_reply_count,
        sum(automated_reply_count)::bigint as automated_reply_count,
        sum(merged_count)::bigint as merged_count,
        sum(deleted_count)::bigint as deleted_count,
        sum(zero_touch_count)::bigint as zero_touch_count,
        sum(one_touch_count)::bigint as one_touch_count,
        sum(two_touch_count)::bigint as two_touch_count,
        sum(multi_touch_count)::bigint as multi_touch_count,
        sum(first_reply_count)::bigint as first_reply_count,
        sum(first_reply_calendar_seconds)::bigint as first_reply_calendar_seconds,
        sum(first_reply_business_seconds)::bigint as first_reply_business_seconds,
        sum(next_reply_count)::bigint as next_reply_count,
        sum(next_reply_calendar_seconds)::bigint as next_reply_calendar_seconds,
        sum(next_reply_business_seconds)::bigint as next_reply_business_seconds,
        sum(first_resolution_count)::bigint as first_resolution_count,
        sum(first_resolution_calendar_seconds)::bigint as first_resolution_calendar_seconds,
        sum(first_resolution_business_seconds)::bigint as first_resolution_business_seconds,
        sum(full_resolution_count)::bigint as full_resolution_count,
        sum(full_resolution_calendar_seconds)::bigint as full_resolution_calendar_seconds,
        sum(full_resolution_business_seconds)::bigint as full_resolution_business_seconds,
        sum(csat_offered_count)::bigint as csat_offered_count,
        sum(csat_rated_count)::bigint as csat_rated_count,
        sum(csat_positive_count)::bigint as csat_positive_count,
        sum(csat_uncredited_count)::bigint as csat_uncredited_count,
        round(sum(csat_score), 12) as csat_score,
        sum(csat_bad_to_good_count)::bigint as csat_bad_to_good_count,
        sum(csat_good_to_bad_count)::bigint as csat_good_to_bad_count,
        sum(sla_met_count)::bigint as sla_met_count,
        sum(sla_breached_count)::bigint as sla_breached_count,
        sum(backlog_change)::bigint as backlog_change
    from contributions
    group by "timestamp", channel_type, team_id
    having sum(measurement_count) <> 0
),

-- What cannot be added up.
exact as (
    select
        "timestamp",
        channel_type,
        team_id,
        count(distinct ticket_key) filter (where metric_type = 'resolution') as tickets_resolved,
        {{ percentiles('first_reply') }} as first_reply,
        {{ business_percentiles('first_reply') }} as first_reply_business,
        {{ percentiles('next_reply_wait') }} as next_reply,
        {{ business_percentiles('next_reply_wait') }} as next_reply_business,
        {{ percentiles('first_resolution') }} as first_resolution,
        {{ business_percentiles('first_resolution') }} as first_resolution_business,
        {{ percentiles('full_resolution') }} as full_resolution,
        {{ business_percentiles('full_resolution') }} as full_resolution_business
    from {{ touched_measurements() }}
    group by "timestamp", channel_type, team_id
),

final as (
    select
        s."timestamp",
        s.channel_type,
        s.team_id,

        -- volume
        s.measurement_count,
        s.volume,
        coalesce(x.tickets_resolved, 0) as tickets_resolved,
        s.resolution_count,
        s.reopen_count,
        s.volume - coalesce(x.tickets_resolved, 0) as net_flow,
        s.customer_message_count,
        s.agent_reply_count,
        s.automated_reply_count,
        s.merged_count,
        s.deleted_count,

        -- quality
        s.zero_touch_count,
        s.one_touch_count,
        s.two_touch_count,
        s.multi_touch_count,

        -- speed
        s.first_reply_count,
        s.first_reply_calendar_seconds,
        {{ mean('s.first_reply_calendar_seconds', 's.first_reply_count') }} as avg_response_time,
        {{ percentile('x.first_reply', 1) }} as p50_first_reply_calendar_seconds,
        {{ percentile('x.first_reply', 2) }} as p75_first_reply_calendar_seconds,
        {{ percentile('x.first_reply', 3) }} as p90_first_reply_calendar_seconds,
        {{ percentile('x.first_reply', 4) }} as p95_first_reply_calendar_seconds,
        s.first_reply_business_seconds,
        {{ mean('s.first_reply_business_seconds', 's.first_reply_count') }}
            as avg_first_reply_business_seconds,
        {{ percentile('x.first_reply_business', 1) }} as p50_first_reply_business_seconds,
        {{ percentile('x.first_reply_business', 2) }} as p75_first_reply_business_seconds,
        {{ percentile('x.first_reply_business', 3) }} as p90_first_reply_business_seconds,
        {{ percentile('x.first_reply_business', 4) }} as p95_first_reply_business_seconds,
        s.next_reply_count,
        s.next_reply_calendar_seconds,
        {{ mean('s.next_reply_calendar_seconds', 's.next_reply_count') }}
            as avg_next_reply_calendar_seconds,
        {{ percentile('x.next_reply', 1) }} as p50_next_reply_calendar_seconds,
        {{ percentile('x.next_reply', 2) }} as p75_next_reply_calendar_seconds,
        {{ percentile('x.next_reply', 3) }} as p90_next_reply_calendar_seconds,
        {{ percentile('x.next_reply', 4) }} as p95_next_reply_calendar_seconds,
        s.next_reply_business_seconds,
        {{ mean('s.next_reply_business_seconds', 's.next_reply_count') }}
            as avg_next_reply_business_seconds,
        {{ percentile('x.next_reply_business', 1) }} as p50_next_reply_business_seconds,
        {{ percentile('x.next_reply_business', 2) }} as p75_next_reply_business_seconds,
        {{ percentile('x.next_reply_business', 3) }} as p90_next_reply_business_seconds,
        {{ percentile('x.next_reply_business', 4) }} as p95_next_reply_business_seconds,
        s.first_resolution_count,
        s.first_resolution_calendar_seconds,
        {{ mean('s.first_resolution_calendar_seconds', 's.first_resolution_count') }}
            as avg_first_resolution_calendar_seconds,
        {{ percentile('x.first_resolution', 1) }} as p50_first_resolution_calendar_seconds,
        {{ percentile('x.first_resolution', 2) }} as p75_first_resolution_calendar_seconds,
        {{ percentile('x.first_resolution', 3) }} as p90_first_resolution_calendar_seconds,
        {{ percentile('x.first_resolution', 4) }} as p95_first_resolution_calendar_seconds,
        s.first_resolution_business_seconds,
        {{ mean('s.first_resolution_business_seconds', 's.first_resolution_count') }}
            as avg_first_resolution_business_seconds,
        {{ percentile('x.first_resolution_business', 1) }} as p50_first_resolution_business_seconds,
        {{ percentile('x.first_resolution_business', 2) }} as p75_first_resolution_business_seconds,
        {{ percentile('x.first_resolution_business', 3) }} as p90_first_resolution_business_seconds,
        {{ percentile('x.first_resolution_business', 4) }} as p95_first_resolution_business_seconds,
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
        s.csat_uncredited_count,
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
        {{ mean('s.sla_met_count', '(s.sla_met_count + s.sla_breached_count)') }} as sla_achievement,

        -- backlog
        s.backlog_change,
        coalesce(p.backlog - p.backlog_change, 0) + (
            sum(s.backlog_change) over (
                partition by s.channel_type, s.team_id order by s."timestamp"
            )
        )::bigint as backlog
    from summed as s
    left join exact as x
        on
            s."timestamp" = x."timestamp"
            and s.channel_type = x.channel_type
            and s.team_id = x.team_id
    left join {{ bound('prior_levels', this) }} as p
        on s.channel_type = p.channel_type and s.team_id = p.team_id
)

select * from final
{% endmacro %}
