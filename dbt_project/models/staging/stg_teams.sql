{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    pre_hook="{{ bind_zone() }}",
    indexes=[
        {'columns': ['source', 'source_team_id', 'valid_from'], 'unique': true},
    ],
) }}
-- One row per team of a source named in teams.csv and stretch of time, and the team it
-- is part of then.
with

source as (
    select * from {{ source('raw', 'config_teams') }}
),

renamed as not materialized (
    select
        source,
        team_id as source_team_id,
        team as team_id,
        name,
        {{ starts_at('valid_from') }} as valid_from
    from source
),

-- Before its first dated row a team is part of nothing but itself.
filled as (
    select * from renamed
    union all
    select
        source,
        source_team_id,
        source || ':' || source_team_id as team_id,
        null as name,
        '-infinity' as valid_from
    from renamed
    group by source, source_team_id
    having min(valid_from) > '-infinity'
),

stretches as (
    select
        *,
        coalesce(
            lead(valid_from)
                over (partition by source, source_team_id order by valid_from),
            'infinity'
        ) as valid_to
    from filled
)

select * from stretches
