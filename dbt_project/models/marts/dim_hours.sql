{{ config(
    materialized='incremental',
    incremental_strategy='keep_first',
    pre_hook="{{ bind_new_instants() }}",
    meta={'secured_by': 'everybody', 'up_to_as_of': 'timestamp'},
    tags=['clock'],
    indexes=[{'columns': ['timestamp'], 'unique': true}],
) }}
{% do ref('fct_tickets') %}
-- One row per hour of the reporting zone from the first ticket to as_of, under its
-- local name.
with

hours as (
    select distinct
        z.name as zone,
        ops.hour_start(i.instant, z.name) as starts_at
    from new_instants as i
    cross join {{ reporting_zone() }} as z
),

final as (
    select
        starts_at as "timestamp",
        date_trunc('hour', starts_at at time zone zone) as local_hour,
        starts_at at time zone zone - starts_at at time zone 'UTC' as utc_offset,
        ops.day_start(starts_at, zone) as day_start,
        -- Where clocks move by half an hour, one of half an hour is left.
        case
            when ops.hour_start(starts_at + interval '30 minutes', zone) > starts_at
                then starts_at + interval '30 minutes'
            else ops.hour_start(starts_at + interval '1 hour', zone)
        end as ends_at
    from hours
)

select * from final
