{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({
        'changed_ordered_events': ref('int_ticket_events_ordered'),
        'changed_streaks': ref('fct_reply_streaks'),
        'changed_targets': ref('int_sla_targets'),
    }) }}",
    indexes=[
        {'columns': ['ticket_key', 'metric', 'activation', 'number'], 'unique': true},
    ],
    meta={
        'secured_by': 'ticket',
        'identities': {
            'sla_segments_tile': ['fct_sla_segments'],
        },
    },
) }}
{% do ref('int_tickets_changed') %}{% do ref('fct_tickets') %}
{% set clock = 'partition by ticket_key, metric, activation' %}
{% set in_order = clock ~ ' order by happened_at, is_step, set_at' %}
{% set by_number = clock ~ ' order by number' %}
-- One row per stretch of an SLA clock in which it counts or stands still, by one
-- calendar, towards one target: METRICS.md § 5. The clock of a reply is that of a
-- streak, the others are of the ticket's states.
with

life as (
    select
        ticket_key,
        min(source) as source,
        min(ticket_id) as ticket_id,
        min(created_at) as created_at,
        max(happened_at) filter (where is_last_resolution) as last_resolved_at,
        max(happened_at) filter (where is_last and type in ('merged', 'deleted'))
            as ended_at,
        bool_or(is_last and is_resolved) as is_resolved,
        {{ time_in("'new', 'open', 'hold'", 'microseconds_to_next') }} as waited,
        {{ time_in("'new', 'open'", 'microseconds_to_next') }} as worked,
        {{ time_in("'new', 'open', 'pending', 'hold'", 'microseconds_to_next') }}
            as unresolved
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
    group by ticket_key
),

-- One that never ran was over where it started.
clocks_of_states as (
    select
        l.ticket_key,
        l.source,
        l.ticket_id,
        m.metric,
        1::bigint as activation,
        null::bigint as streak_number,
        false as is_of_reply,
        m.counts,
        l.created_at as started_at,
        case
            when not l.is_resolved then null
            when m.ran = 0 then l.created_at
            else l.last_resolved_at
        end as over_at,
        case
            when not l.is_resolved then l.ended_at
            when m.ran = 0 then l.created_at
            else l.last_resolved_at
        end as stopped_at,
        case when l.is_resolved then l.last_resolved_at end as stopped_by_at,
        null as replier_id
    from life as l
    cross join
        lateral (
            values
            ('requester_wait', array['new', 'open', 'hold'], l.waited),
            ('agent_work', array['new', 'open'], l.worked),
            ('resolution', array['new', 'open', 'pending', 'hold'], l.unresolved)
        ) as m (metric, counts, ran)
),

clocks_of_replies as (
    select
        ticket_key,
        source,
        ticket_id,
        case when is_first_contact then 'first_reply' else 'next_reply' end as metric,
        row_number() over (
            partition by ticket_key, is_first_contact order by streak_number
        ) as activation,
        streak_number,
        true as is_of_reply,
        null::text[] as counts,
        waiting_since as started_at,
        case when ended_by in ('reply', 'resolution') then ended_at end as over_at,
        ended_at as stopped_at,
        case when ended_by = 'resolution' then ended_at end as stopped_by_at,
        replier_id
    from {{ bound('changed_streaks', ref('fct_reply_streaks')) }}
),

-- Those that ever had a target.
clocks as not materialized (
    select c.*
    from (
        select * from clocks_of_states
        union all
        select * from clocks_of_replies
    ) as c
    where exists (
        select
        from {{ bound('changed_targets', ref('int_sla_targets')) }} as t
        where
            t.ticket_key = c.ticket_key
            and t.metric = c.metric
            and t.target_seconds is not null
    )
),

instants as (
    select
        ticket_key,
        happened_at,
        status,
        type,
        is_last,
        calendar_id,
        age_microseconds,
        business_age_microseconds,
        open_microseconds,
        lag(status) over in_order as last_status,
        lag(type) over in_order as last_type,
        lag(calendar_id) over in_order as last_calendar_id
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
    where is_last_of_instant
    window in_order as (partition by ticket_key order by happened_at)
),

-- A target that is set while the ticket is resolved waits for the reopening, unless it
-- is the one that a clock starts with; clocks of replies never run then.
targets as (
    select
        t.ticket_key,
        t.metric,
        t.set_at,
        t.target_seconds,
        t.hours,
        t.policy_id,
        t.is_resolved,
        coalesce(r.happened_at, t.set_at) as happened_at,
        coalesce(r.calendar_id, t.calendar_id) as calendar_id,
        coalesce(r.age_microseconds, t.age_microseconds) as age_microseconds,
        coalesce(r.business_age_microseconds, t.business_age_microseconds)
            as business_age_microseconds,
        coalesce(r.open_microseconds, t.open_microseconds) as open_microseconds
    from {{ bound('changed_targets', ref('int_sla_targets')) }} as t
    left join lateral (
        select e.*
        from
            {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
                as e
        where
            t.is_resolved
            and t.metric not in ('first_reply', 'next_reply')
            and t.set_at > e.created_at
            and e.ticket_key = t.ticket_key
            and e.happened_at > t.set_at
            and e.transition = 'reopening'
        order by e.position
        limit 1
    ) as r on true
),

moments as (
    select
        c.*,
        i.happened_at,
        false as is_step,
        '-infinity'::timestamptz as set_at,
        i.is_last,
        i.type = 'deleted' as is_gap,
        i.status,
        i.calendar_id,
        i.age_microseconds,
        i.business_age_microseconds,
        i.open_microseconds,
        null::bigint as target_seconds,
        null as hours,
        null as policy_id
    from clocks as c
    inner join instants as i
        on
            c.ticket_key = i.ticket_key
            and c.started_at <= i.happened_at
            and i.happened_at <= coalesce(c.stopped_at, 'infinity')
            and (
                i.is_last
                or i.happened_at in (c.started_at, c.stopped_at)
                or 'deleted' in (i.type, i.last_type)
                or i.calendar_id is distinct from i.last_calendar_id
                or (not c.is_of_reply and i.status is distinct from i.last_status)
            )
    union all
    -- Of those up to its start a clock takes the last.
    select
        c.*,
        greatest(t.happened_at, c.started_at) as happened_at,
        true as is_step,
        t.set_at,
        false as is_last,
        null as is_gap,
        null as status,
        t.calendar_id,
        case
            when t.happened_at > c.started_at then t.age_microseconds
        end as age_microseconds,
        t.business_age_microseconds,
        t.open_microseconds,
        t.target_seconds,
        t.hours,
        t.policy_id
    from clocks as c
    inner join targets as t
        on
            c.ticket_key = t.ticket_key
            and c.metric = t.metric
            and (
                c.started_at >= t.happened_at
                or t.happened_at < coalesce(c.stopped_at, 'infinity')
            )
            -- Without a reopening it waits for ever.
            and (
                c.is_of_reply
                or not t.is_resolved
                or t.happened_at > t.set_at
                or c.started_at >= t.set_at
            )
),

placed as (
    select
        *,
        row_number() over ({{ in_order }}) as place,
        max(happened_at) filter (where is_last) over ({{ clock }}) as last_event_at,
        lead(happened_at) over ({{ in_order }}) as next_at
    from moments
),

set_where as (
    select
        *,
        max(place) filter (where not is_step)
            over ({{ clock }} order by place) as state_place,
        max(place) filter (where age_microseconds is not null)
            over ({{ clock }} order by place) as age_place,
        max(place) filter (where is_step)
            over ({{ clock }} order by place) as step_place
    from placed
),

known as (
    select
        *,
        lag(status, (place - state_place)::integer)
            over ({{ clock }} order by place) as status_now,
        lag(is_gap, (place - state_place)::integer)
            over ({{ clock }} order by place) as is_gap_now,
        lag(calendar_id, (place - age_place)::integer)
            over ({{ clock }} order by place) as calendar_now,
        lag(age_microseconds, (place - age_place)::integer)
            over ({{ clock }} order by place) as age_now,
        lag(business_age_microseconds, (place - age_place)::integer)
            over ({{ clock }} order by place) as business_age_now,
        lag(open_microseconds, (place - age_place)::integer)
            over ({{ clock }} order by place) as open_now,
        lag(target_seconds, (place - step_place)::integer)
            over ({{ clock }} order by place) as target_now,
        lag(hours, (place - step_place)::integer)
            over ({{ clock }} order by place) as hours_now,
        lag(policy_id, (place - step_place)::integer)
            over ({{ clock }} order by place) as policy_now
    from set_where
),

numbered as (
    select
        *,
        is_of_reply or status_now = any(counts) as is_counting,
        row_number() over ({{ clock }} order by place) as number
    from known
    where next_at is distinct from happened_at
),

counted as (
    select
        *,
        lead(happened_at) over ({{ by_number }}) as segment_to,
        case
            when is_counting then lead(age_now) over ({{ by_number }}) - age_now
            when lead(age_now) over ({{ by_number }}) is not null then 0
        end as microseconds,
        case
            when is_counting
                then lead(business_age_now) over ({{ by_number }}) - business_age_now
            when lead(age_now) over ({{ by_number }}) is not null then 0
        end as business_microseconds,
        lag(target_now) over ({{ by_number }}) as last_target,
        lag(hours_now) over ({{ by_number }}) as last_hours,
        lag(policy_now) over ({{ by_number }}) as last_policy
    from numbered
),

summed as (
    select
        *,
        coalesce(
            sum(microseconds) over (
                {{ by_number }} rows between unbounded preceding and 1 preceding
            ),
            0
        )::bigint as calendar_from,
        coalesce(
            sum(business_microseconds) over (
                {{ by_number }} rows between unbounded preceding and 1 preceding
            ),
            0
        )::bigint as business_from,
        max(happened_at) filter (
            where number = 1
            or target_now is distinct from last_target
            or hours_now is distinct from last_hours
            or policy_now is distinct from last_policy
        ) over ({{ by_number }}) as target_since,
        -- Where it stopped nothing goes on, unless it started there.
        happened_at = started_at or stopped_at is null or happened_at < stopped_at
            as is_segment
    from counted
),

final as (
    select
        ticket_key,
        source,
        ticket_id,
        metric,
        activation,
        streak_number,
        started_at,
        over_at,
        stopped_at,
        stopped_by_at,
        replier_id,
        last_event_at,
        number,
        happened_at as segment_from,
        case when happened_at = stopped_at then stopped_at else segment_to end
            as segment_to,
        stopped_at is null and happened_at >= last_event_at as is_tail,
        is_counting,
        is_gap_now as is_gap,
        calendar_now as calendar_id,
        open_now as open_microseconds,
        calendar_from as calendar_microseconds_from,
        business_from as business_microseconds_from,
        calendar_from
        + case when happened_at = stopped_at then 0 else microseconds end::bigint
            as calendar_microseconds_to,
        business_from
        + case
            when happened_at = stopped_at then 0
            else business_microseconds
        end::bigint as business_microseconds_to,
        target_now as target_seconds,
        hours_now as hours,
        policy_now as policy_id,
        target_since
    from summed
    where is_segment
)

select * from final
