{# backlog_hourly and _daily: one text, read with groups of an hour or of a day.

   The time that tickets were in a group within a bucket needs no ticket cut at its bounds. Each that
   stands at the end gives all of the bucket, less what passed before it came; each that left, what
   passed before it left. So it is kept by adding, as the backlog is. #}
{% macro backlog() %}
-- One row per bucket and group in which the backlog changed; the view of it has one per bucket and
-- group in which there was any.
with

contributions as (
    select
        {{ backlog_group() }},
        measurement_count,
        backlog_change,
        countable_change,
        unresolved_calendar_seconds
    from {{ bound('kept_rows', this) }}
    union all
    select
        {{ backlog_group() }},
        sum(sign),
        sum(sign * direction),
        sum(sign * direction * value),
        -sum(sign * direction * value * seconds_into)
    from (
        select
            *,
            case when metric_type in ('backlog_entered', 'age_band_entered') then 1 else -1 end
                as direction,
            -- A ticket is of the next band a microsecond later than it is there for who asks.
            extract(
                epoch from measured_at - "timestamp"
                + case when metric_type in ('age_band_entered', 'age_band_left')
                    then interval '1 microsecond' else interval '0' end
            ) as seconds_into
        from {{ changes() }}
    ) as moves
    group by {{ backlog_group() }}
),

summed as (
    select
        {{ backlog_group() }},
        sum(measurement_count)::bigint as measurement_count,
        sum(backlog_change)::bigint as backlog_change,
        sum(countable_change)::bigint as countable_change,
        round(sum(unresolved_calendar_seconds), 6) as unresolved_calendar_seconds
    from contributions
    group by {{ backlog_group() }}
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
        s.age_band,
        s.measurement_count,
        s.backlog_change,
        coalesce(p.backlog - p.backlog_change, 0)
        + (sum(s.backlog_change) over running)::bigint as backlog,
        s.countable_change,
        coalesce(p.countable_backlog - p.countable_change, 0)
        + (sum(s.countable_change) over running)::bigint as countable_backlog,
        s.unresolved_calendar_seconds,
        lead(s."timestamp") over running as next_timestamp
    from summed as s
    left join {{ bound('prior_levels', this) }} as p
        on
            s.channel_type = p.channel_type
            and s.team_id = p.team_id
            and s.assignee_id = p.assignee_id
            and s.priority = p.priority
            and s.status = p.status
            and s.age_band = p.age_band
    window running as (
        partition by s.channel_type, s.team_id, s.assignee_id, s.priority, s.status, s.age_band
        order by s."timestamp"
    )
)

select * from final
{% endmacro %}

{% macro backlog_group() -%}
"timestamp", channel_type, team_id, assignee_id, priority, status, age_band
{%- endmacro %}

{# A ticket is in the first band that it is younger than; none is older than the last. #}
{% macro age_bands() -%}
(
        values
        ('4h', null, interval '4 hours'),
        ('1d', interval '4 hours', interval '24 hours'),
        ('3d', interval '24 hours', interval '72 hours'),
        ('7d', interval '72 hours', interval '168 hours'),
        ('30d', interval '168 hours', interval '720 hours'),
        ('more', interval '720 hours', null)
    ) as b (age_band, from_age, to_age)
{%- endmacro %}

{# In the dense view, the time of a bucket `d` of the row `r` that says what stands at its end. #}
{% macro time_unresolved(as_of) -%}
    round(
        case when d."timestamp" = r."timestamp" then r.unresolved_calendar_seconds else 0 end
        + r.countable_backlog * extract(epoch from least(d.ends_at, {{ as_of }}) - d."timestamp"),
        6
    )
{%- endmacro %}
