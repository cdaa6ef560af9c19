{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({'changed_ordered_events': ref('int_ticket_events_ordered')}) }}",
    indexes=[{'columns': ['ticket_key', 'metric', 'set_at'], 'unique': true}],
) }}
{% do ref('int_tickets_changed') %}{% do ref('stg_sla_policies') %}
{% set openings = ref('int_calendar_openings') %}
-- One row per ticket, SLA metric and instant from which its target is another one; no
-- target_seconds: none. METRICS.md § 5: where the ticket ever got a target for the
-- metric these events alone, else the policies.
with

events as not materialized (
    select *
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
),

of_events as (
    select
        ticket_key,
        sla_metric as metric,
        happened_at as set_at,
        position,
        true as is_of_event,
        sla_target_seconds as target_seconds,
        sla_hours as hours,
        sla_policy_id as policy_id,
        is_resolved,
        calendar_id,
        age_microseconds,
        business_age_microseconds,
        open_microseconds
    from events
    where type in ('sla_target_set', 'sla_target_cleared')
),

-- What policies ask for, from when to when; nothing where there are no policies.
placed as (
    select
        ticket_key,
        source,
        happened_at,
        priority,
        channel,
        team_id,
        lag(priority) over in_order as last_priority,
        lag(channel) over in_order as last_channel,
        lag(team_id) over in_order as last_team_id
    from events
    where is_last_of_instant and exists (select from {{ ref('stg_sla_policies') }})
    window in_order as (partition by ticket_key order by happened_at)
),

-- The first has no channel before it.
stays as (
    select
        *,
        coalesce(
            lead(happened_at) over (partition by ticket_key order by happened_at),
            'infinity'
        ) as stays_until
    from placed
    where
        priority is distinct from last_priority
        or channel is distinct from last_channel
        or team_id is distinct from last_team_id
),

-- From one change of what policies ask for, or of the policies of a metric, to the
-- next.
pieces as (
    select
        s.ticket_key,
        s.priority,
        s.channel,
        {{ team('t', 's.source', 's.team_id') }} as team_id,
        d.metric,
        d.valid_from,
        greatest(s.happened_at, t.valid_from, d.valid_from) as set_at
    from stays as s
    left join {{ ref('stg_teams') }} as t
        on
            s.source = t.source
            and s.team_id = t.source_team_id
            and s.happened_at < t.valid_to
            and s.stays_until > t.valid_from
    cross join {{ ref('int_sla_policy_periods') }} as d
    where
        greatest(s.happened_at, t.valid_from) < d.valid_to
        and least(s.stays_until, t.valid_to) > d.valid_from
),

-- The first match of each metric.
matched as (
    select
        c.ticket_key,
        c.set_at,
        c.metric,
        p.target_seconds,
        p.hours,
        p.policy_id
    from pieces as c
    left join
        lateral (
            select q.*
            from {{ ref('stg_sla_policies') }} as q
            where
                q.metric = c.metric
                and q.valid_from <= c.valid_from
                and coalesce(q.priority = c.priority, q.priority is null)
                and coalesce(q.channel = c.channel, q.channel is null)
                and coalesce(q.team_id = c.team_id, q.team_id is null)
            order by q.position
            limit 1
        ) as p
        on true
),

-- How the ticket stood then: as its last event up to it left it, and so much later.
of_policies as (
    select
        m.ticket_key,
        m.metric,
        m.set_at,
        e.position,
        false as is_of_event,
        m.target_seconds,
        m.hours,
        m.policy_id,
        e.is_resolved,
        e.calendar_id,
        e.age_microseconds
        + case when e.type = 'deleted' then 0 else e.microseconds_later end
            as age_microseconds,
        e.business_age_microseconds
        + case
            when e.type = 'deleted' then 0
            else {{ open_time('f', 'e.set_microseconds') }} - e.open_microseconds
        end as business_age_microseconds,
        {{ open_time('f', 'e.set_microseconds') }} as open_microseconds
    from matched as m
    cross join
        lateral (
            select
                o.*,
                (extract(epoch from m.set_at) * 1000000)::bigint as set_microseconds,
                (extract(epoch from m.set_at - o.happened_at) * 1000000)::bigint
                    as microseconds_later
            from
                {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
                    as o
            where o.ticket_key = m.ticket_key and o.happened_at <= m.set_at
            order by o.position desc
            limit 1
        ) as e
    {{ join_open_time('f', openings, 'e.calendar_id', 'e.set_microseconds') }}
),

steps as (
    select * from of_events
    union all
    select * from of_policies
),

-- Of those set at one instant the last stands.
standing as (
    select
        *,
        bool_or(is_of_event and target_seconds is not null)
            over (partition by ticket_key, metric) as has_own,
        row_number() over (
            partition by ticket_key, metric, set_at, is_of_event order by position desc
        ) as nth_last
    from steps
),

followed as (
    select
        *,
        lag(set_at) over in_order as last_set_at,
        lag(target_seconds) over in_order as last_target_seconds,
        lag(hours) over in_order as last_hours,
        lag(policy_id) over in_order as last_policy_id
    from standing
    where nth_last = 1 and is_of_event = has_own
    window in_order as (partition by ticket_key, metric order by set_at)
),

final as (
    select
        ticket_key,
        metric,
        set_at,
        target_seconds,
        hours,
        policy_id,
        is_resolved,
        calendar_id,
        age_microseconds,
        business_age_microseconds,
        open_microseconds
    from followed
    where
        last_set_at is null
        or target_seconds is distinct from last_target_seconds
        or hours is distinct from last_hours
        or policy_id is distinct from last_policy_id
)

select * from final
