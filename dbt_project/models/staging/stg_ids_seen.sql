{{ config(
    materialized='incremental',
    incremental_strategy='keep_first',
    pre_hook="{{ bind_staged_events() }}",
    indexes=[{'columns': ['kind', 'source', 'id'], 'unique': true}],
) }}
-- One row per account, team, channel and calendar that events have named.
with

named as (
    select
        e.source,
        v.kind,
        v.id
    from {{ bound('staged_events', ref('stg_ticket_events')) }} as e
    cross join
        lateral (
            values
            ('agent', case when e.actor_kind in ('agent', 'bot') then e.actor_id end),
            ('agent', e.assignee_id),
            ('team', e.team_id),
            ('channel', e.channel),
            ('calendar', e.calendar_id),
            ('channel', case when e.type = 'channel_changed' then e.to_value end)
        ) as v (kind, id)
    where v.id is not null
),

seen as (
    select distinct
        kind,
        source,
        id
    from named
)

select * from seen
