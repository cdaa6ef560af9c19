{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    indexes=[{'columns': ['agent_id', 'valid_from'], 'unique': true}],
    meta={'secured_by': 'everybody'},
) }}
-- One row per agent, as a person, and stretch of time in which what is known of the
-- agent holds.
with

configured as (
    select
        agent_id,
        name,
        email,
        team_id,
        is_bot,
        valid_from
    from {{ ref('stg_accounts') }}
),

-- Accounts that events name and agents.csv does not.
unconfigured as (
    select
        s.source || ':' || s.id as agent_id,
        null as name,
        null as email,
        null as team_id,
        false as is_bot,
        '-infinity'::timestamptz as valid_from
    from {{ ref('stg_ids_seen') }} as s
    left join {{ ref('stg_accounts') }} as a
        on s.source = a.source and s.id = a.account_id
    where s.kind = 'agent' and a.account_id is null
),

rows_of_agents as (
    select * from configured
    union all
    select * from unconfigured
),

-- Accounts of one person agree on a day (the configuration is held to it).
persons as (
    select
        agent_id,
        max(name) as name,
        max(email) as email,
        max(team_id) as team_id,
        bool_or(is_bot) as is_bot,
        valid_from
    from rows_of_agents
    group by agent_id, valid_from
),

dated as (
    select
        agent_id,
        coalesce(name, agent_id) as name,
        first_value(coalesce(name, agent_id))
            over (partition by agent_id order by valid_from desc)
            as last_name,
        email,
        coalesce(team_id, 'none') as team_id,
        is_bot,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by agent_id order by valid_from),
            'infinity'
        )
            as valid_to
    from persons
),

final as (
    select
        agent_id,
        name,
        {{ label('agent_id', 'last_name', 'No agent') }} as label,
        email,
        team_id,
        is_bot,
        valid_from,
        valid_to
    from dated
)

select * from final
