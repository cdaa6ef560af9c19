{{ config(materialized='view') }}
-- One row per build and ticket to which a name of its calendar means something else
-- since.
with

named as (
    select
        c.build_id,
        n.ticket_key
    from {{ ref('int_ticket_calendar_names') }} as n
    inner join {{ ref('stg_config_changes') }} as c
        on n.kind = c.kind and n.name = c.id
),

-- What the configuration does not name is the default by another name.
defaulted as (
    select
        c.build_id,
        n.ticket_key
    from {{ ref('int_ticket_calendar_names') }} as n
    left join {{ ref('stg_calendar_names') }} as k
        on n.kind = k.kind and n.name = k.name
    inner join {{ ref('stg_config_changes') }} as c on c.kind = 'default'
    where k.name is null
),

final as (
    select * from named
    union
    select * from defaulted
)

select * from final
