{{ config(materialized='view') }}
-- One row per calendar and stretch of time in which it is open.
with

source as (
    select * from {{ source('raw', 'config_calendar_openings') }}
),

renamed as (
    select
        calendar_id,
        opens_at,
        closes_at
    from source
)

select * from renamed
