{{ config(materialized='view') }}
-- One row per calendar of the configuration.
with

source as (
    select * from {{ source('raw', 'config_calendars') }}
),

renamed as (
    select
        calendar_id,
        time_zone
    from source
)

select * from renamed
