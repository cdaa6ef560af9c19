{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({'changed_ordered_events': ref('int_ticket_events_ordered')}) }}",
    indexes=[
        {'columns': ['ticket_key', 'valid_from'], 'unique': true},
        {'columns': ['valid_from']},
        {'columns': ['assignee_id', 'valid_from']},
        {'columns': ['channel', 'valid_from']},
    ],
    meta={
        'secured_by': 'ticket',
        'identities': {
            'intervals_tile': ['fct_tickets', 'fct_ticket_intervals', 'int_ticket_events_ordered'],
            'times_in_status': ['fct_tickets', 'fct_ticket_intervals'],
        },
    },
) }}
{% do ref('int_tickets_changed') %}{% do ref('fct_tickets') %}
{% set in_order = 'partition by ticket_key order by happened_at' %}
-- One row per stretch of a ticket's life with constant status, assignee, team, priority
-- and channel.
with

instants as (
    select
        *,
        type in ('merged', 'deleted') as is_end,
        lag(type in ('merged', 'deleted')) over ({{ in_order }}) as follows_end,
        lag(status) over ({{ in_order }}) as last_status,
        lag(assignee_id) over ({{ in_order }}) as last_assignee_id,
        lag(team_id) over ({{ in_order }}) as last_team_id,
        lag(priority) over ({{ in_order }}) as last_priority,
        lag(channel) over ({{ in_order }}) as last_channel
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
    where is_last_of_instant
),

-- An end cuts, and what comes after a deletion begins anew; else a stretch goes on.
cuts as (
    select *
    from instants
    where
        is_end
        or coalesce(follows_end, true)
        or status is distinct from last_status
        or assignee_id is distinct from last_assignee_id
        or team_id is distinct from last_team_id
        or priority is distinct from last_priority
        or channel is distinct from last_channel
),

stretches as (
    select
        *,
        lead(happened_at) over ({{ in_order }}) as valid_to,
        lead(age_microseconds) over ({{ in_order }}) - age_microseconds as microseconds,
        lead(business_age_microseconds) over ({{ in_order }})
        - business_age_microseconds as business_microseconds
    from cuts
),

final as (
    select
        ticket_key,
        source,
        ticket_id,
        happened_at as valid_from,
        valid_to,
        status,
        assignee_id,
        team_id,
        priority,
        channel,
        round(microseconds::numeric / 1000000, 6) as duration_calendar_seconds,
        round(business_microseconds::numeric / 1000000, 6) as duration_business_seconds,
        age_microseconds
    from stretches
    where not is_end
)

select * from final
