{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    pre_hook="{{ bind_zone() }}",
    indexes=[{'columns': ['source', 'account_id', 'valid_from'], 'unique': true}],
) }}
-- One row per account of agents.csv and stretch of time, and the person it belongs to
-- then.
with

source as (
    select * from {{ source('raw', 'config_agents') }}
),

renamed as not materialized (
    select
        source,
        actor_id as account_id,
        agent_id,
        name,
        email,
        team_id,
        is_bot,
        {{ starts_at('valid_from') }} as valid_from
    from source
),

-- Before its first dated row an account belongs to nobody but itself.
filled as (
    select * from renamed
    union all
    select
        source,
        account_id,
        source || ':' || account_id as agent_id,
        null as name,
        null as email,
        null as team_id,
        false as is_bot,
        '-infinity' as valid_from
    from renamed
    group by source, account_id
    having min(valid_from) > '-infinity'
),

stretches as (
    select
        *,
        coalesce(
            lead(valid_from) over (partition by source, account_id order by valid_from),
            'infinity'
        ) as valid_to
    from filled
)

select * from stretches
