{{ config(materialized='view') }}
-- One row per SLA metric that has policies and stretch of time in which the same ones
-- hold.
with

dates as (
    select
        metric,
        valid_from
    from {{ ref('stg_sla_policies') }}
    union
    select
        metric,
        '-infinity' as valid_from
    from {{ ref('stg_sla_policies') }}
),

final as (
    select
        metric,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by metric order by valid_from), 'infinity'
        ) as valid_to
    from dates
)

select * from final
