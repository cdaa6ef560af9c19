{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ bind_touched_tickets() }}",
    indexes=[{'columns': ['build_id']}],
) }}
{% do ref('stg_ticket_events') %}{% do ref('stg_config_changes') %}
{% do ref('int_ticket_calendar_changes') %}
{% do ref('stg_sla_changes') %}{% do ref('stg_teams') %}
-- One row per build and ticket that the build must compute again, whatever the reason.
with

tickets as (
    select
        b.build_id,
        t.ticket_key
    from touched_tickets as t
    cross join this_build as b
)

select * from tickets
