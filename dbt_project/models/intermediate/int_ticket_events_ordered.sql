{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({'changed_events': ref('stg_ticket_events')}) }}",
    indexes=[{'columns': ['ticket_key', 'position'], 'unique': true}],
) }}
{% do ref('int_tickets_changed') %}{% do ref('stg_ticket_events') %}
{% set names = ref('stg_calendar_names') %}
{% set openings = ref('int_calendar_openings') %}
{% set received = 'order by happened_at, creation_last, seq, event_id' %}
{% set as_received = 'partition by ticket_key ' ~ received %}
{% set before = as_received ~ ' rows between unbounded preceding and 1 preceding' %}
{% set at_instant = 'partition by ticket_key order by happened_at' %}
{% set in_order = 'partition by ticket_key order by position' %}
-- One row per event that counts, in its ticket's order, with the ticket's lines as they
-- stand at its instant, and two clocks: the calendar's and the opening hours'. All that
-- METRICS.md § 2.1 (order), 2.2 (lines), 2.4 (human), 2.5 (business time) and 2.7
-- (merged, deleted) say of events is said here; what reads it adds up and picks out.
-- A step over windows is a pass over all columns that later ones read: few of them, and
-- joins where rows are sorted anew anyway, make it quick.
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
        (type <> 'ticket_created')::integer as creation_last,
        coalesce(case type when 'ticket_created' then channel end, 'unknown')
            as first_channel
    from begun
    where type <> 'ticket_created' or creation_rank = 1
),

-- An account marked as a bot is one, whatever its events say. A calendar is what the
-- ticket names, in want of that its channel's at the creation; what is not configured
-- is the default.
known as (
    select
        e.*,
        case when a.is_bot then 'bot' else e.actor_kind end as kind,
        case
            when e.is_creation or e.type = 'calendar_changed'
                then {{ calendar_named(names, 'calendar', 'e.calendar_id') }}
        end as given_calendar_id,
        case
            when e.creation_rank = 1
                then {{ calendar_named(names, 'channel', 'e.first_channel') }}
        end as channel_calendar_id,
        row_number() over ({{ as_received }}) as place
    from dated as e
    left join {{ ref('stg_accounts') }} as a
        on
            e.source = a.source
            and e.actor_id = a.account_id
            and e.happened_at >= a.valid_from
            and e.happened_at < a.valid_to
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
        (extract(epoch from happened_at) * 1000000)::bigint as instant_microseconds,
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
        row_number() over ({{ as_received }}) as position
    from alive
    where merged_place is null or place <= merged_place
),

-- Where in the ticket each line was last set, up to and including the instant.
lined as (
    select
        *,
        rank() over ({{ at_instant }}) as instant_begins,
        max(position) over ({{ at_instant }}) = position as is_last_of_instant,
        max(position) filter (where sets_status) over ({{ at_instant }}) as status_set,
        max(position) filter (where is_creation or type = 'priority_changed')
            over ({{ at_instant }}) as priority_set,
        max(position) filter (where is_creation or type = 'channel_changed')
            over ({{ at_instant }}) as channel_set,
        max(position) filter (where is_creation or type = 'team_changed')
            over ({{ at_instant }}) as team_set,
        max(position) filter (where is_creation or type = 'assignee_changed')
            over ({{ at_instant }}) as assignee_set,
        max(position) filter (where is_creation or type = 'calendar_changed')
            over ({{ at_instant }}) as calendar_set
    from counted
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
        -- Changed to none it is again that of the first event.
        coalesce(
            lag(given_calendar_id, (position - calendar_set)::integer)
                over ({{ in_order }}),
            lag(
                coalesce(
                    case when is_creation then given_calendar_id end,
                    channel_calendar_id
                ),
                (position - 1)::integer
            ) over ({{ in_order }})
        ) as calendar_now
    from lined
),

followed as (
    select
        *,
        lag(status_now, (position - instant_begins + 1)::integer)
            over ({{ in_order }})
            as status_before,
        nullif(lag(calendar_now) over ({{ in_order }}), calendar_now)
            as other_calendar_before
    from valued
),

-- The open time before each event, by the calendar in force from it on, and by the one
-- in force up to it where that is another.
opened as (
    select
        f.*,
        coalesce(
            {{ open_time_before('day', 'f.instant_microseconds') }},
            {{ open_time('at_event', 'f.instant_microseconds') }}
        ) as open_microseconds,
        case
            when f.other_calendar_before is not null
                then {{ open_time('up_to_event', 'f.instant_microseconds') }}
        end as other_open_microseconds
    from followed as f
    left join {{ ref('int_calendar_days') }} as day
        on
            f.calendar_now = day.calendar_id
            and f.instant_microseconds / {{ day_microseconds() }} = day.utc_day
            and f.instant_microseconds >= day.from_microseconds
            and f.instant_microseconds < day.to_microseconds
    {{ join_open_time(
        'at_event',
        openings,
        'case when day.calendar_id is null then f.calendar_now end',
        'f.instant_microseconds',
    ) }}
    {{ join_open_time(
        'up_to_event', openings, 'f.other_calendar_before', 'f.instant_microseconds'
    ) }}
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
    from opened
),

-- The ticket's own clocks are the calendar's less what does not count: all before its
-- first event, what lies between a deletion and its restoration (the deletion itself
-- being before it), and of opening hours what another calendar adds or leaves out.
clocked as (
    select
        *,
        instant_microseconds
        - first_value(instant_microseconds) over ({{ in_order }})
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
            as age_microseconds,
        open_microseconds
        - first_value(open_microseconds) over ({{ in_order }})
        - coalesce(
            sum(
                case
                    when is_restoration then open_microseconds
                    when type = 'deleted'
                        then -coalesce(other_open_microseconds, open_microseconds)
                    else open_microseconds - other_open_microseconds
                end
            ) over ({{ in_order }}),
            0
        )::bigint
        - case when type = 'deleted' then open_microseconds else 0 end
            as business_age_microseconds,
        min(position) filter (where is_customer_message)
            over ({{ in_order }})
            as first_customer_position,
        max(2 * position + is_customer_message::integer)
        filter (where is_customer_message or is_human_reply) over ({{ in_order }})
        % 2 = 1 as is_customer_last,
        max(position) filter (where transition = 'resolution')
            over ({{ in_order }})
            as undone_position
    from changed
),

-- The first and the last of what a ticket is measured by; a first one is known as such
-- when it comes.
picked as (
    select
        *,
        lead(age_microseconds) over ({{ in_order }})
        - age_microseconds as microseconds_to_next,
        lead(business_age_microseconds) over ({{ in_order }})
        - business_age_microseconds as business_microseconds_to_next,
        lead(true) over ({{ in_order }}) is null as is_last,
        lag(is_customer_last) over ({{ in_order }}) as follows_customer,
        min(age_microseconds) filter (where is_customer_message)
            over ({{ in_order }})
            as first_customer_age,
        min(business_age_microseconds) filter (where is_customer_message)
            over ({{ in_order }})
            as first_customer_business_age,
        min(position) filter (
            where is_human_reply and position > first_customer_position
        ) over ({{ in_order }}) as first_reply_position,
        min(position) filter (
            where (is_human_reply or is_automated_reply)
            and position > first_customer_position
        ) over ({{ in_order }}) as first_response_position,
        min(position) filter (where is_last_of_instant and assignee_now is not null)
            over ({{ in_order }})
            as first_assigned_position,
        min(position) filter (where transition = 'resolution')
            over ({{ in_order }})
            as first_resolution_position,
        max(position) filter (where transition = 'resolution')
            over (partition by ticket_key) as last_resolution_position,
        -- A reopening undoes the resolution before it.
        lag(
            coalesce(status_actor_id, assignee_now),
            (position - undone_position)::integer
        ) over ({{ in_order }}) as undone_agent_id,
        lag(happened_at, (position - undone_position)::integer)
            over ({{ in_order }})
            as undone_at
    from clocked
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
            when 'reopening' then undone_agent_id
        end as transition_agent_id,
        case transition
            when 'reopening' then undone_at
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
