{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    pre_hook="{{ bind_zone() }}",
    indexes=[
        {'columns': ['metric', 'position'], 'unique': true},
    ],
) }}
-- One row per SLA metric and position in sla_policies.csv: the target of the tickets
-- that match it, unless one of a lower position does too.
with

source as (
    select * from {{ source('raw', 'config_sla_policies') }}
),

renamed as (
    select
        metric,
        position,
        policy_id,

        -- what a ticket must have; null: any
        priority,
        channel,
        team_id,

        -- what it is given
        hours,
        target_seconds,
        {{ starts_at('valid_from') }} as valid_from
    from source
)

select * from renamed
