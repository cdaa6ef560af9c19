{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({
        'changed_segments': ref('fct_sla_segments'),
        'changed_ordered_events': ref('int_ticket_events_ordered'),
    }) }}",
    indexes=[
        {
            'columns': ['ticket_key', 'metric', 'activation', 'judged_from'],
            'unique': true,
        },
        {'columns': ['metric', 'started_at']},
    ],
    meta={
        'secured_by': 'ticket',
        'judged': true,
        'identities': {
            'sla_states_partition': ['fct_sla_segments', 'fct_sla_instances'],
            'sla_elapsed_as_measured': [
                'fct_tickets', 'fct_reply_streaks', 'fct_sla_instances'
            ],
        },
    },
) }}
{% do ref('int_tickets_changed') %}{% do ref('fct_tickets') %}
{% do ref('fct_reply_streaks') %}
{% set openings = ref('int_calendar_openings') %}
{% set clock = 'partition by ticket_key, metric, activation' %}
{% set by_number = clock ~ ' order by number' %}
-- One row per SLA instance and stretch of as_of in which it is judged the same:
-- METRICS.md § 5. What is decided has one; a clock that goes on has one until its due
-- instant passes, and one from then.
with

measured as (
    select
        *,
        target_seconds * 1000000 as target,
        case hours
            when 'business' then business_microseconds_from
            else calendar_microseconds_from
        end as elapsed_from,
        case hours
            when 'business' then business_microseconds_to
            else calendar_microseconds_to
        end as elapsed_to
    from {{ bound('changed_segments', ref('fct_sla_segments')) }}
),

held as (
    select
        *,
        coalesce(elapsed_from > target, false) as is_exceeded_before,
        coalesce(
            elapsed_from <= target
            and is_counting
            and (segment_to is null or elapsed_to > target),
            false
        ) as is_exceeded_within
    from measured
),

found as (
    select
        *,
        min(number) filter (where is_exceeded_before or is_exceeded_within)
            over ({{ clock }}) as breach_number,
        max(number) over ({{ clock }}) as last_number,
        max(number) filter (where target is not null)
            over ({{ by_number }}) as target_number,
        min(number) filter (where is_tail) over ({{ clock }}) as tail_number,
        max(calendar_microseconds_to) over ({{ clock }}) as calendar_at_end,
        max(business_microseconds_to) over ({{ clock }}) as business_at_end
    from held
),

-- What is told of a cancelled one is the last target that stood.
told as (
    select
        *,
        lag(target_seconds, (number - target_number)::integer)
            over ({{ by_number }}) as told_seconds,
        lag(hours, (number - target_number)::integer)
            over ({{ by_number }}) as told_hours,
        lag(policy_id, (number - target_number)::integer)
            over ({{ by_number }}) as told_policy_id,
        max(calendar_microseconds_from) filter (where number = tail_number)
            over ({{ clock }}) as calendar_at_tail,
        max(business_microseconds_from) filter (where number = tail_number)
            over ({{ clock }}) as business_at_tail,
        max(open_microseconds) filter (where number = tail_number)
            over ({{ clock }}) as open_at_tail,
        bool_or(is_counting) filter (where number = tail_number)
            over ({{ clock }}) as is_counting_at_tail,
        max(calendar_id) filter (where number = tail_number)
            over ({{ clock }}) as calendar_id_at_tail
    from found
),

-- The rows to be: up to a breach, and from it.
verdicts as (
    select
        t.*,
        v.state
    from told as t
    cross join
        lateral (
            values
            (case when t.number = t.breach_number then 'breached' end),
            (
                case
                    when t.target_number is null or t.number > t.breach_number then null
                    when t.is_tail and t.is_exceeded_before then null
                    when t.is_tail and t.target is null then 'cancelled'
                    when t.is_tail then 'active'
                    when
                        t.breach_number is not null
                        or t.stopped_at is null
                        or t.number < t.last_number then null
                    when t.over_at is not null and t.target is not null then 'met'
                    else 'cancelled'
                end
            )
        ) as v (state)
    where v.state is not null
),

-- Where to measure on from: what is met from where it was over, all else from where the
-- segment begins, unless the target had been reached before it.
asked as (
    select
        *,
        case
            when state = 'breached' then not is_exceeded_before
            else state in ('active', 'met') and is_counting
        end as is_due,
        state = 'met' and elapsed_to < target as is_from_end,
        (extract(epoch from segment_to) * 1000000)::bigint as to_microseconds
    from verdicts
),

based as (
    select
        a.*,
        a.is_due and a.target > 0 as is_asked,
        case
            when e.ticket_key is not null then e.segment_from
            when a.is_from_end then a.segment_to
            else a.segment_from
        end as base_at,
        coalesce(e.calendar_id, a.calendar_id) as base_calendar_id,
        case
            when e.ticket_key is not null then e.open_microseconds
            when a.is_from_end and a.is_gap
                then {{ open_time('f', 'a.to_microseconds') }}
            when a.is_from_end
                then
                    a.open_microseconds
                    + a.business_microseconds_to
                    - a.business_microseconds_from
            else a.open_microseconds
        end as base_open,
        case
            when e.ticket_key is not null
                then
                    case a.hours
                        when 'business' then e.business_microseconds_from
                        else e.calendar_microseconds_from
                    end
            when a.is_from_end then a.elapsed_to
            else a.elapsed_from
        end as base_elapsed
    from asked as a
    left join lateral (
        select s.*
        from {{ bound('changed_segments', ref('fct_sla_segments')) }} as s
        where
            a.is_due
            and a.target > 0
            and a.elapsed_from >= a.target
            and not a.is_from_end
            and s.ticket_key = a.ticket_key
            and s.metric = a.metric
            and s.activation = a.activation
            and s.number < a.number
            and case a.hours
                when 'business' then s.business_microseconds_to
                else s.calendar_microseconds_to
            end >= a.target
        order by s.number
        limit 1
    ) as e on true
    {{ join_open_time(
        'f', openings, 'case when a.is_from_end and a.is_gap then a.calendar_id end',
        'a.to_microseconds'
    ) }}
),

reached as (
    select
        b.*,
        case
            when not b.is_due then null
            when b.target = 0 then b.started_at
            when b.hours = 'business'
                then {{ instant_of(reached('r')) }}
            else
                b.base_at
                + (b.target - b.base_elapsed) * interval '1 microsecond'
        end as reached_at,
        case
            when not b.is_tail or b.is_exceeded_before then null
            when b.hours = 'business'
                then {{ instant_of(reached('x')) }}
            else
                b.segment_from
                + (b.target - b.elapsed_from) * interval '1 microsecond'
        end as passed_at
    from based as b
    {{ join_reaching(
        'r', openings,
        "case when b.is_asked and b.hours = 'business' then b.base_calendar_id end",
        'b.base_open + b.target - b.base_elapsed'
    ) }}
    {{ join_passing(
        'x', openings,
        "case when b.is_tail and b.is_exceeded_within and b.hours = 'business'"
        ~ " then b.calendar_id end",
        'b.open_microseconds + b.target - b.elapsed_from'
    ) }}
),

dated as (
    select
        *,
        case
            when state <> 'breached' then null
            when is_exceeded_before then segment_from
            else greatest(target_since, reached_at)
        end as breached_at,
        case
            when state = 'breached' and is_exceeded_before then segment_from
            when is_due then greatest(target_since, reached_at)
        end as due_at,
        case
            when not is_tail then '-infinity'
            when state <> 'breached' and number = tail_number then '-infinity'
            when state <> 'breached' or is_exceeded_before
                then
                    case
                        when number = tail_number then '-infinity' else segment_from
                    end
            else passed_at + interval '1 microsecond'
        end::timestamptz as judged_from,
        case
            when not is_tail or state = 'breached' then 'infinity'
            when is_exceeded_within
                then
                    coalesce(
                        passed_at + interval '1 microsecond', segment_to, 'infinity'
                    )
            else coalesce(segment_to, 'infinity')
        end::timestamptz as judged_to,
        case
            when stopped_at is not null then null
            when told_hours = 'business' then business_at_tail
            else calendar_at_tail
        end as elapsed_at_tail
    from reached
),

-- Where the ticket stood when it was decided, or stands.
placed as (
    select
        d.*,
        p.team_id,
        p.channel,
        p.priority,
        p.status,
        case
            when d.state not in ('met', 'breached') then null
            when d.over_at is null then p.assignee_id
            when d.state = 'met' then coalesce(d.replier_id, s.transition_agent_id)
            else coalesce(d.replier_id, s.transition_agent_id, p.assignee_id)
        end as account_id
    from dated as d
    left join lateral (
        select e.*
        from
            {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
                as e
        where
            e.ticket_key = d.ticket_key
            and e.happened_at <= case d.state
                when 'met' then d.over_at
                when 'breached' then d.breached_at
                else 'infinity'
            end
        order by e.position desc
        limit 1
    ) as p on true
    left join lateral (
        select e.transition_agent_id
        from
            {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
                as e
        where
            e.ticket_key = d.ticket_key
            and e.happened_at = d.stopped_by_at
            and e.transition = 'resolution'
    ) as s on true
    where d.judged_from < d.judged_to
),

stated as (
    select
        *,
        case
            when state in ('active', 'breached') then elapsed_at_tail
        end as elapsed_microseconds
    from placed
),

final as (
    select
        -- ids
        ticket_key,
        source,
        ticket_id,
        metric,
        activation,
        streak_number,

        -- the target
        told_policy_id as policy_id,
        told_hours as hours,
        told_seconds as target_seconds,

        -- the clock and its verdict
        started_at,
        over_at,
        state,
        due_at,
        breached_at,
        case
            when over_at is null or state = 'cancelled' then null
            when told_hours = 'business' then business_at_end / 1000000
            else calendar_at_end / 1000000
        end as elapsed_seconds,

        -- how far it is: at the ticket's last event, to readers at as_of
        {{ sla_running_seconds('elapsed_microseconds') }} as running_seconds,
        {{ sla_remaining_seconds('state', 'told_seconds', 'elapsed_microseconds') }}
            as remaining_seconds,
        {{ sla_is_at_risk('state', 'told_seconds', 'elapsed_microseconds') }}
            as is_at_risk,

        -- whose it is
        account_id,
        team_id,
        channel,
        priority,
        status,

        -- for which as_of, and what counts on from the last event
        judged_from,
        judged_to,
        elapsed_microseconds,
        elapsed_microseconds is not null and is_counting_at_tail as is_counting,
        calendar_id_at_tail as calendar_id,
        case told_hours
            when 'business' then open_at_tail
            else (extract(epoch from last_event_at) * 1000000)::bigint
        end as counted_from_microseconds
    from stated
)

select * from final
