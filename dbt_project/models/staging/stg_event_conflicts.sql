{{ config(
    materialized='incremental',
    incremental_strategy='keep_first',
    pre_hook="{{ bind_arrived_events() }}",
    indexes=[{'columns': ['ticket_key', 'event_id', 'batch_id', 'line_number'], 'unique': true}],
) }}
{% do source('raw', 'ticket_events') %}{% do source('raw', 'batches') %}
-- One row per redelivery whose content is not that of the first received, which stands.
with

arrived as (
    select
        ticket_key,
        event_id,
        batch_id,
        line_number,
        {{ event_content() }} as content
    from {{ bound('arrived_events', source('raw', 'ticket_events')) }}
),

conflicts as (
    select
        a.ticket_key,
        a.event_id,
        a.batch_id,
        a.line_number
    from arrived as a
    inner join {{ ref('stg_ticket_events') }} as s
        on a.ticket_key = s.ticket_key and a.event_id = s.event_id
    where a.content <> s.content
)

select * from conflicts
