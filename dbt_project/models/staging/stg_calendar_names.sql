{{ config(materialized='view') }}
-- One row per name that a ticket's calendar goes by and the configuration knows.
with

calendars as (
    select * from {{ source('raw', 'config_calendars') }}
),

assignments as (
    select * from {{ source('raw', 'config_calendar_assignments') }}
),

named as (
    select
        'calendar' as kind,
        calendar_id as name,
        calendar_id
    from calendars
    union all
    select
        case when channel is null then 'default' else 'channel' end as kind,
        coalesce(channel, '') as name,
        calendar_id
    from assignments
)

select * from named
