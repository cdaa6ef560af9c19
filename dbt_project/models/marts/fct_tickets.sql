{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({'changed_ordered_events': ref('int_ticket_events_ordered')}) }}",
    indexes=[
        {'columns': ['ticket_key'], 'unique': true},
        {'columns': ['created_at']},
        {'columns': ['assignee_id', 'created_at']},
        {'columns': ['channel', 'created_at']},
    ],
    meta={
        'secured_by': 'teams_ever',
        'identities': {
            'one_touch_class': ['fct_tickets'],
            'nothing_before_creation': ['fct_tickets'],
        },
    },
) }}
{% do ref('int_tickets_changed') %}{% do ref('stg_teams') %}
{% set requester_wait = "'new', 'open', 'hold'" %}
{% set agent_work = "'new', 'open'" %}
{% set agent_wait = "'pending'" %}
{% set on_hold = "'hold'" %}
-- One row per ticket: METRICS.md § 3.
with

events as (
    select *
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
),

-- Changes to a team or an assignee other than the last one that was somebody.
holders as (
    select
        e.ticket_key,
        e.position,
        h.line,
        h.holder,
        lag(h.holder)
            over (partition by e.ticket_key, h.line order by e.position)
            as last_holder
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }} as e
    cross join
        lateral (
            values ('assignee', e.assignee_id), ('team', e.team_id)
        ) as h (line, holder)
    where e.is_last_of_instant and h.holder is not null
),

handovers as (
    select
        ticket_key,
        count(*) filter (where line = 'assignee' and holder <> last_holder)
            as reassignment_count,
        count(*) filter (where line = 'team' and holder <> last_holder)
            as team_change_count
    from holders
    group by ticket_key
),

-- A rating answers the last offer before it, and is credited to the human who replied
-- last before that offer (without one: before the rating), else to who was assigned
-- then.
asked as (
    select
        ticket_key,
        position,
        happened_at,
        type,
        score,
        scale,
        score >= 0.8 * scale as is_positive,
        assignee_id,
        actor_id,
        is_human_reply,
        row_number() over (partition by ticket_key order by position) as place
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
    where is_human_reply or type in ('csat_offered', 'csat_rated')
),

numbered as (
    select
        *,
        max(place) filter (where is_human_reply)
            over (partition by ticket_key order by position) as replied_at_place,
        max(place) filter (where type = 'csat_offered')
            over (partition by ticket_key order by position) as offered_at_place
    from asked
),

credited as (
    select
        *,
        coalesce(
            lag(actor_id, (place - replied_at_place)::integer)
                over (partition by ticket_key order by position),
            assignee_id
        ) as agent_id,
        case
            when
                lag(actor_id, (place - replied_at_place)::integer)
                    over (partition by ticket_key order by position)
                is not null
                then lag(happened_at, (place - replied_at_place)::integer)
                    over (partition by ticket_key order by position)
            else happened_at
        end as credited_at
    from numbered
),

answered as (
    select
        *,
        coalesce(
            lag(happened_at, (place - offered_at_place)::integer)
                over (partition by ticket_key order by position),
            happened_at
        ) as offered_at,
        case
            when offered_at_place is null then agent_id
            else
                lag(agent_id, (place - offered_at_place)::integer)
                    over (partition by ticket_key order by position)
        end as csat_agent_id,
        case
            when offered_at_place is null then credited_at
            else
                lag(credited_at, (place - offered_at_place)::integer)
                    over (partition by ticket_key order by position)
        end as csat_credited_at
    from credited
),

chosen as (
    select
        *,
        row_number() over (
            partition by ticket_key order by type = 'csat_rated' desc, position desc
        ) as choice,
        first_value(is_positive) over (
            partition by ticket_key order by type = 'csat_rated' desc, position
        ) as is_first_positive
    from answered
    where type in ('csat_offered', 'csat_rated')
),

satisfaction as (
    select
        ticket_key,
        offered_at as csat_offered_at,
        case when type = 'csat_rated' then happened_at end as csat_rated_at,
        score as csat_score,
        scale as csat_scale,
        is_positive as is_csat_positive,
        is_first_positive as is_first_csat_positive,
        csat_agent_id,
        csat_credited_at
    from chosen
    where choice = 1
),

-- Every team it was ever with, as teams.csv names them at the time.
stretches as (
    select
        ticket_key,
        source,
        team_id,
        happened_at as valid_from,
        coalesce(
            lead(happened_at) over (partition by ticket_key order by happened_at),
            'infinity'
        ) as valid_to
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
    where is_last_of_instant
),

memberships as (
    select
        s.ticket_key,
        array_agg(
            distinct coalesce(t.team_id, s.source || ':' || s.team_id)
            order by coalesce(t.team_id, s.source || ':' || s.team_id)
        ) as teams_ever
    from stretches as s
    left join {{ ref('stg_teams') }} as t
        on
            s.source = t.source
            and s.team_id = t.source_team_id
            and s.valid_from < t.valid_to
            and s.valid_to > t.valid_from
    where s.team_id is not null
    group by s.ticket_key
),

summed as (
    select
        ticket_key,
        min(source) as source,
        min(ticket_id) as ticket_id,
        min(created_at) as created_at,
        max(requester_id) as requester_id,

        max(channel) filter (where is_last) as channel,
        max(priority) filter (where is_last) as priority,
        max(status) filter (where is_last) as status,
        max(team_id) filter (where is_last) as team_id,
        max(assignee_id) filter (where is_last) as assignee_id,
        bool_or(is_last and is_resolved) as is_resolved,
        bool_or(type = 'merged') as is_merged,
        bool_or(type = 'deleted' and is_last) as is_deleted,
        max(to_value) filter (where type = 'merged') as merged_into_ticket_id,
        max(happened_at) filter (where is_last and type in ('merged', 'deleted'))
            as ended_at,

        max(happened_at) filter (where is_first_reply) as first_reply_at,
        max(actor_id) filter (where is_first_reply) as first_replier_id,
        max(microseconds_since_first_message) filter (where is_first_reply)
            as first_reply_microseconds,
        max(business_microseconds_since_first_message) filter (where is_first_reply)
            as first_reply_business_microseconds,
        max(microseconds_since_first_message) filter (where is_first_response)
            as first_response_microseconds,
        max(age_microseconds) filter (where is_first_assigned)
            as first_assignment_microseconds,

        max(happened_at) filter (where is_first_resolution) as first_resolved_at,
        max(age_microseconds) filter (where is_first_resolution)
            as first_resolution_microseconds,
        max(business_age_microseconds) filter (where is_first_resolution)
            as first_resolution_business_microseconds,
        max(happened_at) filter (where is_last_resolution) as resolved_at,
        max(transition_agent_id) filter (where is_last_resolution) as resolver_id,
        max(age_microseconds) filter (where is_last_resolution)
            as full_resolution_microseconds,
        max(business_age_microseconds) filter (where is_last_resolution)
            as full_resolution_business_microseconds,
        count(*) filter (where transition = 'resolution') as resolution_count,
        count(*) filter (where transition = 'reopening') as reopen_count,

        {{ time_in(requester_wait, 'microseconds_to_next') }}
            as requester_wait_microseconds,
        {{ time_in(requester_wait, 'business_microseconds_to_next') }}
            as requester_wait_business_microseconds,
        {{ time_in(agent_work, 'microseconds_to_next') }}
            as agent_work_microseconds,
        {{ time_in(agent_work, 'business_microseconds_to_next') }}
            as agent_work_business_microseconds,
        {{ time_in(agent_wait, 'microseconds_to_next') }}
            as agent_wait_microseconds,
        {{ time_in(agent_wait, 'business_microseconds_to_next') }}
            as agent_wait_business_microseconds,
        {{ time_in(on_hold, 'microseconds_to_next') }}
            as on_hold_microseconds,
        {{ time_in(on_hold, 'business_microseconds_to_next') }}
            as on_hold_business_microseconds,

        count(*) filter (where is_customer_message) as customer_message_count,
        count(*) filter (where is_human_reply) as agent_reply_count,
        count(*) filter (where is_automated_reply) as automated_reply_count,
        count(*) filter (where type = 'internal_note') as internal_note_count,
        count(*) filter (where is_touch) as touch_count
    from events
    group by ticket_key
),

joined as (
    select
        s.*,
        coalesce(h.reassignment_count, 0) as reassignment_count,
        coalesce(h.team_change_count, 0) as team_change_count,
        coalesce(m.teams_ever, '{}') as teams_ever,
        c.csat_offered_at,
        c.csat_rated_at,
        c.csat_score,
        c.csat_scale,
        c.is_csat_positive,
        c.is_first_csat_positive,
        c.csat_agent_id,
        c.csat_credited_at,
        not s.is_merged and not s.is_deleted as is_countable,
        not s.is_merged
        and not s.is_deleted
        and s.is_resolved
        and s.customer_message_count > 0
            as is_classed
    from summed as s
    left join handovers as h on s.ticket_key = h.ticket_key
    left join memberships as m on s.ticket_key = m.ticket_key
    left join satisfaction as c on s.ticket_key = c.ticket_key
),

-- A merged ticket has no resolution; a clock that runs has no value, and one of a
-- ticket that ended does not run.
final as (
    select
        -- ids
        ticket_key,
        source,
        ticket_id,

        -- what it is
        created_at,
        channel,
        priority,
        status,
        team_id,
        assignee_id,
        requester_id,
        teams_ever,

        -- replies
        first_reply_at,
        first_replier_id,
        first_reply_microseconds / 1000000 as first_reply_calendar_seconds,
        first_reply_business_microseconds / 1000000 as first_reply_business_seconds,
        first_response_microseconds / 1000000 as first_response_any_calendar_seconds,
        first_assignment_microseconds / 1000000 as first_assignment_calendar_seconds,

        -- resolutions
        case when not is_merged then first_resolved_at end as first_resolved_at,
        case when not is_merged then first_resolution_microseconds / 1000000 end
            as first_resolution_calendar_seconds,
        case
            when not is_merged then first_resolution_business_microseconds / 1000000
        end as first_resolution_business_seconds,
        case when is_resolved and not is_merged then resolved_at end as resolved_at,
        case when is_resolved and not is_merged then resolver_id end as resolver_id,
        case
            when
                is_resolved and not is_merged
                then full_resolution_microseconds / 1000000
        end
            as full_resolution_calendar_seconds,
        case
            when
                is_resolved and not is_merged
                then full_resolution_business_microseconds / 1000000
        end
            as full_resolution_business_seconds,
        case when is_merged then 0 else resolution_count end as resolution_count,
        reopen_count,

        -- times in status
        {{ seconds_in(requester_wait, 'requester_wait_microseconds') }}
            as requester_wait_calendar_seconds,
        {{ seconds_in(requester_wait, 'requester_wait_business_microseconds') }}
            as requester_wait_business_seconds,
        {{ seconds_in(agent_work, 'agent_work_microseconds') }}
            as agent_work_calendar_seconds,
        {{ seconds_in(agent_work, 'agent_work_business_microseconds') }}
            as agent_work_business_seconds,
        {{ seconds_in(agent_wait, 'agent_wait_microseconds') }}
            as agent_wait_calendar_seconds,
        {{ seconds_in(agent_wait, 'agent_wait_business_microseconds') }}
            as agent_wait_business_seconds,
        {{ seconds_in(on_hold, 'on_hold_microseconds') }}
            as on_hold_calendar_seconds,
        {{ seconds_in(on_hold, 'on_hold_business_microseconds') }}
            as on_hold_business_seconds,

        -- counts
        reassignment_count,
        team_change_count,
        customer_message_count,
        agent_reply_count,
        automated_reply_count,
        internal_note_count,
        touch_count,

        -- satisfaction
        csat_offered_at,
        csat_rated_at,
        csat_score,
        csat_scale,
        is_csat_positive,
        is_first_csat_positive,
        csat_agent_id,
        csat_credited_at,

        -- ends
        is_merged,
        merged_into_ticket_id,
        is_deleted,
        ended_at,
        is_countable,

        -- touches
        case when is_classed then touch_count = 0 end as is_zero_touch,
        case when is_classed then touch_count = 1 end as is_one_touch,
        case when is_classed then touch_count = 2 end as is_two_touch,
        case when is_classed then touch_count > 2 end as is_multi_touch
    from joined
)

select * from final
