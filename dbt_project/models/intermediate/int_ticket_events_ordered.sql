{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({'changed_events': ref('stg_ticket_events')}) }}",
    indexes=[{'columns': ['ticket_key', 'position'], 'unique': true}],
) }}
{% do ref('int_tickets_changed') %}{% do ref('stg_ticket_events') %}
{% set names = ref('stg_calendar_names') %}
{% set openings = ref('int_calendar_openings') %}
{% set by_event = 'order by happened_at, creation_last, seq, event_id' %}
{% set in_order = 'partition by ticket_key ' ~ by_event %}
{% set before = in_order ~ ' rows between unbounded preceding and 1 preceding' %}
{% set at_instant = 'partition by ticket_key order by happened_at' %}
{% set before_instant = (
    at_instant ~ ' groups between unbounded preceding and 1 preceding'
) %}
-- One row per event that counts, in its ticket's order, with the ticket's lines as they
-- stand at its instant, and two clocks: the calendar's and the opening hours'. All that
-- METRICS.md § 2.1 (order), 2.2 (lines), 2.4 (human), 2.5 (business time) and 2.7
-- (merged, deleted) say of events is said here; what reads it adds up and picks out.
with

-- The creation is the first in order of those received; without one, the first event
-- begins.
begun as (
    select
        *,
        first_value(occurred_at) over creation_first as created_at,
        row_number() over creation_first as creation_rank
    from {{ bound('changed_events', ref('stg_ticket_events')) }}
    window creation_first as (
        partition by ticket_key
        order by type <> 'ticket_created', occurred_at, seq, event_id
    )
),

-- What is dated before the creation is taken at the creation's instant.
dated as (
    select
        *,
        greatest(occurred_at, created_at) as happened_at,
        type = 'ticket_created' as is_creation,
        (type <> 'ticket_created')::integer as creation_last
    from begun
    where type <> 'ticket_created' or creation_rank = 1
),

-- An account marked as a bot is one, whatever its events say. A calendar is what the
-- ticket names, at its creation in want of that the channel's of then; what is not
-- configured is the default.
known as (
    select
        d.*,
        case when a.is_bot then 'bot' else d.actor_kind end as kind,
        case
            when d.is_creation or d.calendar_id is not null
                then coalesce(n.calendar_id, {{ default_calendar(names) }})
        end as named_calendar_id,
        row_number() over ({{ in_order }}) as place
    from dated as d
    left join {{ ref('stg_accounts') }} as a
        on
            d.source = a.source
            and d.actor_id = a.account_id
            and d.happened_at >= a.valid_from
            and d.happened_at < a.valid_to
    left join {{ names }} as n
        on
            n.kind = case when d.calendar_id is null then 'channel' else 'calendar' end
            and n.name = coalesce(
                d.calendar_id,
                case when d.is_creation then coalesce(d.channel, 'unknown') end
            )
),

-- The last of deletions and restorations before an event decides: odd is a deletion.
lived as (
    select
        *,
        coalesce(
            max(2 * place + (type = 'deleted')::integer)
            filter (where type in ('deleted', 'restored')) over ({{ before }})
            % 2 = 1,
            false
        ) as is_while_deleted
    from known
),

-- Nothing counts while deleted, and a merge meets the ticket alive or not at all.
alive as (
    select
        *,
        type = 'restored' and is_while_deleted as is_restoration,
        min(place) filter (where type = 'merged')
            over (partition by ticket_key) as merged_place,
        min(happened_at) filter (where type = 'merged')
            over (partition by ticket_key) as merged_at
    from lived
    where not is_while_deleted or type = 'restored'
),

-- What a single event is, in the words of the rules.
counted as (
    select
        *,
        kind = 'agent' and not via_automation as is_human,
        kind = 'customer'
        and not via_automation
        and (is_creation or type = 'public_reply') as is_customer_message,
        type = 'public_reply'
        and kind = 'agent'
        and not via_automation as is_human_reply,
        type = 'public_reply'
        and (kind in ('bot', 'system') or (kind = 'agent' and via_automation))
            as is_automated_reply,
        -- A status set at the instant of the merge is ignored.
        is_creation
        or (type = 'status_changed' and happened_at is distinct from merged_at)
            as sets_status,
        (extract(epoch from happened_at) * 1000000)::bigint as instant_microseconds,
        row_number() over ({{ in_order }}) as position
    from alive
    where merged_place is null or place <= merged_place
),

-- The ticket's own clock stands still between a deletion and its restoration: that time
-- is added up as deletions (minus) and restorations (plus), the deletion itself being
-- before it.
clocked as (
    select
        *,
        instant_microseconds
        - (extract(epoch from created_at) * 1000000)::bigint
        - coalesce(
            sum(
                case
                    when is_restoration then instant_microseconds
                    when type = 'deleted' then -instant_microseconds
                end
            ) over ({{ in_order }}),
            0
        )::bigint
        - case when type = 'deleted' then instant_microseconds else 0 end
            as age_microseconds
    from counted
),

-- Where in the ticket each line was last set, up to and including the instant.
lined as (
    select
        *,
        max(position) over ({{ at_instant }}) = position as is_last_of_instant,
        max(position) over (partition by ticket_key) = position as is_last,
        max(position) filter (where sets_status) over ({{ at_instant }}) as status_set,
        max(position) filter (where sets_status)
            over ({{ before_instant }})
            as status_set_before,
        max(position) filter (where is_creation or type = 'priority_changed')
            over ({{ at_instant }}) as priority_set,
        max(position) filter (where is_creation or type = 'channel_changed')
            over ({{ at_instant }}) as channel_set,
        max(position) filter (where is_creation or type = 'team_changed')
            over ({{ at_instant }}) as team_set,
        max(position) filter (where is_creation or type = 'assignee_changed')
            over ({{ at_instant }}) as assignee_set,
        max(position) filter (where is_creation or type = 'calendar_changed')
            over ({{ at_instant }}) as calendar_set,
        max(named_calendar_id) filter (where is_creation)
            over (partition by ticket_key) as first_calendar_id,
        min(position) filter (where is_customer_message)
            over (partition by ticket_key) as first_customer_position,
        min(age_microseconds) filter (where is_customer_message)
            over (partition by ticket_key) as first_customer_age,
        max(2 * position + is_customer_message::integer)
        filter (where is_customer_message or is_human_reply) over ({{ before }})
        % 2 = 1 as follows_customer,
        lead(age_microseconds) over ({{ in_order }})
        - age_microseconds as microseconds_to_next
    from clocked
),

-- A line's value is that of the event that set it: so many events back, or ahead in the
-- instant.
valued as (
    select
        *,
        coalesce(
            lag(
                case when is_creation then coalesce(status, 'new') else to_value end,
                (position - status_set)::integer
            ) over ({{ in_order }}),
            'new'
        ) as status_now,
        case
            when happened_at > created_at
                then coalesce(
                    lag(
                        case
                            when is_creation then coalesce(status, 'new') else to_value
                        end,
                        (position - status_set_before)::integer
                    ) over ({{ in_order }}),
                    'new'
                )
        end as status_before,
        lag(case when is_human then actor_id end, (position - status_set)::integer)
            over ({{ in_order }}) as status_actor_id,
        lag(
            case when is_creation then priority else to_value end,
            (position - priority_set)::integer
        ) over ({{ in_order }}) as priority_now,
        coalesce(
            lag(
                case when is_creation then channel else to_value end,
                (position - channel_set)::integer
            ) over ({{ in_order }}),
            'unknown'
        ) as channel_now,
        lag(team_id, (position - team_set)::integer) over ({{ in_order }}) as team_now,
        lag(assignee_id, (position - assignee_set)::integer)
            over ({{ in_order }})
            as assignee_now,
        -- Changed to none it is again that of the creation.
        coalesce(
            lag(named_calendar_id, (position - calendar_set)::integer)
                over ({{ in_order }}),
            first_calendar_id,
            {{ calendar_of_unknown(names) }}
        ) as calendar_now
    from lined
),

followed as (
    select
        *,
        lag(type) over ({{ in_order }}) as type_before,
        nullif(lag(calendar_now) over ({{ in_order }}), calendar_now)
            as other_calendar_before
    from valued
),

-- The open time before each event, by the calendar in force from it on, and by the one
-- in force up to it where that is another.
opened as (
    select
        f.*,
        {{ open_time('at_event', 'f.instant_microseconds') }} as open_microseconds,
        case
            when f.other_calendar_before is not null
                then {{ open_time('up_to_event', 'f.instant_microseconds') }}
        end as other_open_microseconds
    from followed as f
    {{ join_open_time(
        'at_event', openings, 'f.calendar_now', 'f.instant_microseconds'
    ) }}
    {{ join_open_time(
        'up_to_event', openings, 'f.other_calendar_before', 'f.instant_microseconds'
    ) }}
),

stepped as (
    select
        *,
        case
            when type_before <> 'deleted'
                then
                    coalesce(other_open_microseconds, open_microseconds)
                    - lag(open_microseconds) over ({{ in_order }})
        end as business_microseconds_since_last
    from opened
),

worked as (
    select
        *,
        coalesce(sum(business_microseconds_since_last) over ({{ in_order }}), 0)::bigint
            as business_age_microseconds
    from stepped
),

-- At one instant messages come before the change of status; a change is the instant's
-- last event's.
changed as (
    select
        *,
        status_now in ('solved', 'closed') as is_resolved,
        status_before in ('solved', 'closed') and status_now in ('solved', 'closed')
            as is_staying_resolved,
        case
            when not is_last_of_instant then null
            when
                status_now in ('solved', 'closed')
                and coalesce(status_before not in ('solved', 'closed'), true)
                then 'resolution'
            when
                status_now not in ('solved', 'closed')
                and status_before in ('solved', 'closed') then 'reopening'
        end as transition
    from worked
),

-- The first and the last of what a ticket is measured by.
picked as (
    select
        *,
        min(position) filter (
            where is_human_reply and position > first_customer_position
        )
            over (partition by ticket_key) as first_reply_position,
        min(position) filter (
            where (is_human_reply or is_automated_reply)
            and position > first_customer_position
        ) over (partition by ticket_key) as first_response_position,
        min(position) filter (where is_last_of_instant and assignee_now is not null)
            over (partition by ticket_key) as first_assigned_position,
        min(position) filter (where transition = 'resolution')
            over (partition by ticket_key) as first_resolution_position,
        max(position) filter (where transition = 'resolution')
            over (partition by ticket_key) as last_resolution_position,
        max(position) filter (where transition = 'resolution')
            over ({{ before }}) as undone_position,
        min(business_age_microseconds) filter (where is_customer_message)
            over (partition by ticket_key) as first_customer_business_age,
        lead(business_age_microseconds) over ({{ in_order }})
        - business_age_microseconds as business_microseconds_to_next
    from changed
),

final as (
    select
        -- ids
        ticket_key,
        source,
        ticket_id,
        actor_id,
        requester_id,

        -- when, on the wall and on the ticket's own clocks
        created_at,
        happened_at,
        position,
        age_microseconds,
        business_age_microseconds,
        age_microseconds - first_customer_age as microseconds_since_first_message,
        business_age_microseconds
        - first_customer_business_age as business_microseconds_since_first_message,
        microseconds_to_next,
        business_microseconds_to_next,
        open_microseconds,
        is_last_of_instant,
        is_last,

        -- what
        type,
        to_value,
        score,
        scale,
        sla_metric,
        sla_target_seconds,
        sla_hours,
        sla_policy_id,
        tags,
        custom_fields,
        is_restoration,
        is_customer_message,
        is_human_reply,
        is_automated_reply,
        is_staying_resolved,
        transition,
        -- A reopening is credited to whom the resolution that it undoes was, as of
        -- then.
        case transition
            when 'resolution' then coalesce(status_actor_id, assignee_now)
            when 'reopening'
                then
                    lag(
                        coalesce(status_actor_id, assignee_now),
                        (position - undone_position)::integer
                    ) over ({{ in_order }})
        end as transition_agent_id,
        case transition
            when 'reopening'
                then
                    lag(happened_at, (position - undone_position)::integer)
                        over ({{ in_order }})
            else happened_at
        end as credited_at,
        coalesce(position = first_customer_position, false)
            as is_first_customer_message,
        coalesce(is_human_reply and follows_customer, false) as is_touch,
        coalesce(position = first_reply_position, false) as is_first_reply,
        coalesce(position = first_response_position, false) as is_first_response,
        coalesce(position = first_assigned_position, false) as is_first_assigned,
        coalesce(position = first_resolution_position, false) as is_first_resolution,
        coalesce(position = last_resolution_position, false) as is_last_resolution,

        -- the lines at the instant
        status_now as status,
        is_resolved,
        priority_now as priority,
        channel_now as channel,
        team_now as team_id,
        assignee_now as assignee_id,
        calendar_now as calendar_id
    from picked
)

select * from final
