{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    pre_hook="{{ bind_zone() }}",
    indexes=[
        {'columns': ['build_id', 'number'], 'unique': true},
    ],
) }}
-- One row per build, stretch of time and set of values a ticket may have, to which
-- sla_policies.csv gives other targets than before the build.
with

source as (
    select * from {{ source('raw', 'config_sla_changes') }}
),

renamed as (
    select
        build_id,
        number,

        -- what a ticket must have: one of a list, or none of it
        priorities,
        is_all_but_priorities,
        channels,
        is_all_but_channels,
        teams,
        is_all_but_teams,

        -- when
        {{ starts_at('valid_from') }} as valid_from,
        case
            when valid_to is null then 'infinity'
            else {{ starts_at('valid_to') }}
        end as valid_to
    from source
)

select * from renamed
