{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    indexes=[{'columns': ['calendar_id'], 'unique': true}],
    meta={'secured_by': 'everybody'},
) }}
-- One row per calendar that is configured or that a ticket names.
with

assigned as (
    select
        calendar_id,
        array_agg(name order by name) filter (where kind = 'channel') as channels,
        bool_or(kind = 'default') as is_default
    from {{ ref('stg_calendar_names') }}
    group by calendar_id
),

configured as not materialized (
    select
        c.calendar_id,
        c.time_zone,
        coalesce(a.is_default, false) as is_default,
        coalesce(a.channels, '{}') as channels
    from {{ ref('stg_calendars') }} as c
    left join assigned as a on c.calendar_id = a.calendar_id
),

-- What no row of the configuration names is the default by another name.
unconfigured as (
    select distinct
        s.id as calendar_id,
        d.time_zone,
        d.calendar_id as counted_calendar_id
    from {{ ref('stg_ids_seen') }} as s
    inner join configured as d on d.is_default
    left join {{ ref('stg_calendars') }} as c on s.id = c.calendar_id
    where s.kind = 'calendar' and c.calendar_id is null
),

final as (
    select
        calendar_id,
        time_zone,
        true as is_configured,
        calendar_id as counted_calendar_id,
        is_default,
        channels
    from configured
    union all
    select
        calendar_id,
        time_zone,
        false as is_configured,
        counted_calendar_id,
        false as is_default,
        '{}' as channels
    from unconfigured
)

select * from final
