-- A ticket with an event has a row, and no other has one.
with

named as (
    select distinct ticket_key from {{ ref('stg_ticket_events') }}
),

known as (
    select ticket_key from {{ ref('fct_tickets') }}
)

{{ only_on_one_side('named', 'known', 'ticket') }}
