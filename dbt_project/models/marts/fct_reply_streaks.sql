{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({'changed_ordered_events': ref('int_ticket_events_ordered')}) }}",
    indexes=[
        {'columns': ['ticket_key', 'streak_number'], 'unique': true},
        {'columns': ['waiting_since']},
        {'columns': ['replier_id', 'ended_at']},
    ],
    meta={
        'secured_by': 'ticket',
        'identities': {
            'streaks_follow': ['fct_reply_streaks', 'int_ticket_events_ordered'],
        },
    },
) }}
{% do ref('int_tickets_changed') %}{% do ref('fct_tickets') %}
{% set in_order = 'partition by ticket_key order by happened_at, phase, position' %}
-- One row per waiting streak: from a customer's message, or a reopening after one, to
-- the human reply or what else ends it.
with

-- What starts or ends waiting. At one instant messages come first, then the change of
-- status, then the ticket's end. A message on a ticket that stays resolved (`thanks`)
-- waits for a reopening.
steps as (
    select
        e.ticket_key,
        e.source,
        e.ticket_id,
        e.happened_at,
        e.position,
        e.age_microseconds,
        e.business_age_microseconds,
        e.actor_id,
        e.is_first_customer_message,
        s.phase,
        s.step
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }} as e
    cross join
        lateral (
            values
            (
                0,
                case
                    when e.is_human_reply then 'reply'
                    when e.is_customer_message and e.is_staying_resolved then 'thanks'
                    when e.is_customer_message then 'message'
                end
            ),
            (1, e.transition),
            (
                2,
                case
                    when e.type = 'merged' then 'merge'
                    when e.type = 'deleted' and e.is_last then 'deletion'
                end
            )
        ) as s (phase, step)
    where s.step is not null
),

followed as (
    select
        *,
        lag(step) over ({{ in_order }}) as last_step
    from steps
),

marked as (
    select
        *,
        step = 'message' or (step = 'reopening' and last_step = 'thanks') as is_asking,
        step in ('reply', 'resolution', 'merge', 'deletion') as is_answering
    from followed
),

turns as (
    select
        *,
        coalesce(lag(is_answering) over ({{ in_order }}), true) as follows_answer
    from marked
    where is_asking or (is_answering is true)
),

-- The first to ask, and the first to answer it.
bounds as (
    select * from turns
    where is_asking = follows_answer
),

streaks as (
    select
        *,
        lead(happened_at) over ({{ in_order }}) as ended_at,
        lead(step) over ({{ in_order }}) as ended_by,
        lead(actor_id) over ({{ in_order }}) as answerer_id,
        lead(age_microseconds) over ({{ in_order }})
        - age_microseconds as wait_microseconds,
        lead(business_age_microseconds) over ({{ in_order }})
        - business_age_microseconds as wait_business_microseconds
    from bounds
),

final as (
    select
        ticket_key,
        source,
        ticket_id,
        row_number() over (partition by ticket_key order by happened_at, position)
            as streak_number,
        happened_at as waiting_since,
        ended_at,
        ended_by,
        case when ended_by = 'reply' then answerer_id end as replier_id,
        case when ended_by = 'reply' then wait_microseconds / 1000000 end
            as wait_calendar_seconds,
        case when ended_by = 'reply' then wait_business_microseconds / 1000000 end
            as wait_business_seconds,
        step = 'message' and is_first_customer_message as is_first_contact
    from streaks
    where is_asking
)

select * from final
