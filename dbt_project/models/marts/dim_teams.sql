{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    indexes=[{'columns': ['team_id', 'valid_from'], 'unique': true}],
    meta={'secured_by': 'everybody'},
) }}
-- One row per team and stretch of time in which its name holds.
with

configured as (
    select
        team_id,
        name,
        valid_from
    from {{ ref('stg_teams') }}
),

-- Teams that events name and teams.csv does not.
unconfigured as (
    select
        s.source || ':' || s.id as team_id,
        null as name,
        '-infinity'::timestamptz as valid_from
    from {{ ref('stg_ids_seen') }} as s
    left join {{ ref('stg_teams') }} as t
        on s.source = t.source and s.id = t.source_team_id
    where s.kind = 'team' and t.team_id is null
),

rows_of_teams as (
    select * from configured
    union all
    select * from unconfigured
),

teams as (
    select
        team_id,
        max(name) as name,
        valid_from
    from rows_of_teams
    group by team_id, valid_from
),

dated as (
    select
        team_id,
        coalesce(name, team_id) as name,
        first_value(coalesce(name, team_id))
            over (partition by team_id order by valid_from desc)
            as last_name,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by team_id order by valid_from), 'infinity'
        )
            as valid_to
    from teams
),

final as (
    select
        team_id,
        name,
        {{ label('team_id', 'last_name', 'No team') }} as label,
        valid_from,
        valid_to
    from dated
)

select * from final
