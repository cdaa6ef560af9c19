-- Of what was accepted up to the build's position each event is in the log, under its key, once.
with

accepted as (
    select distinct
        e.ticket_key,
        e.event_id
    from {{ source('raw', 'ticket_events') }} as e
    inner join {{ source('raw', 'batches') }} as b on e.batch_id = b.batch_id
    where
        b.position <= (
            select o.to_position from ops.builds as o
            inner join {{ schema_of('core') }}.marks as m on o.build_id = m.build_id
            where m.model = 'stg_ticket_events'
        )
),

staged as (
    select
        ticket_key,
        event_id
    from {{ ref('stg_ticket_events') }}
)

{{ only_on_one_side('accepted', 'staged', 'event') }}
