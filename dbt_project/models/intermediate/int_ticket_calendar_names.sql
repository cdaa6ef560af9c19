{{ config(materialized='view') }}
-- One row per ticket and name that its calendar goes by at some time.
with

-- Its own at the creation or by a change; without one at the creation, its channel
-- then.
named as (
    select
        ticket_key,
        case when calendar_id is null then 'channel' else 'calendar' end as kind,
        coalesce(calendar_id, channel, 'unknown') as name
    from {{ ref('stg_ticket_events') }}
    where type = 'ticket_created' or calendar_id is not null
),

uncreated as (
    select
        ticket_key,
        'channel' as kind,
        'unknown' as name
    from {{ ref('stg_ticket_events') }}
    group by ticket_key
    having not bool_or(type = 'ticket_created')
),

final as (
    select * from named
    union
    select * from uncreated
)

select * from final
