{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({
        'changed_ordered_events': ref('int_ticket_events_ordered'),
        'changed_tickets_facts': ref('fct_tickets'),
    }) }}",
    indexes=[
        {'columns': ['ticket_key'], 'unique': true},
        {'columns': ['timestamp']},
        {'columns': ['agent_id', 'timestamp']},
        {'columns': ['channel', 'timestamp']},
    ],
    meta={'secured_by': 'ticket'},
) }}
{% do ref('int_tickets_changed') %}
-- One row per countable ticket that was offered or given a rating, in the bucket of its
-- offer.
with

asked as (
    select
        f.ticket_key,
        f.source,
        f.ticket_id,
        f.created_at,
        f.csat_offered_at,
        f.csat_rated_at,
        f.csat_score,
        f.csat_scale,
        f.is_csat_positive,
        f.is_first_csat_positive,
        f.csat_agent_id,
        f.csat_credited_at,
        e.team_id,
        e.channel,
        e.priority,
        e.status
    from {{ bound('changed_tickets_facts', ref('fct_tickets')) }} as f
    inner join
        {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }} as e
        on
            f.ticket_key = e.ticket_key
            and f.csat_offered_at = e.happened_at
            and e.is_last_of_instant
    where f.is_countable
),

final as (
    select
        a.ticket_key,
        a.source,
        a.ticket_id,
        a.csat_offered_at as "timestamp",
        a.csat_rated_at as rated_at,
        a.csat_score as score,
        a.csat_scale as scale,
        a.is_csat_positive as is_positive,
        a.is_first_csat_positive as is_first_positive,
        a.is_csat_positive and not a.is_first_csat_positive as is_bad_to_good,
        a.is_first_csat_positive and not a.is_csat_positive as is_good_to_bad,
        {{ person('p', 'a.source', 'a.csat_agent_id') }} as agent_id,
        {{ team('t', 'a.source', 'a.team_id') }} as team_id,
        a.channel,
        coalesce(a.priority, 'none') as priority,
        a.status,
        a.created_at
    from asked as a
    {{ join_person('p', 'a.source', 'a.csat_agent_id', 'a.csat_credited_at') }}
    {{ join_team('t', 'a.source', 'a.team_id', 'a.csat_offered_at') }}
)

select * from final
