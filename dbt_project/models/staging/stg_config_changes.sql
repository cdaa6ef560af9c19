{{ config(materialized='view') }}
-- One row per build and account, team or calendar whose meaning changed before it.
with

source as (
    select * from {{ source('raw', 'config_changes') }}
),

renamed as (
    select
        build_id,
        kind,
        source,
        id
    from source
)

select * from renamed
