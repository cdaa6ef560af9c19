{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook=[
        "{{ make_new_months() }}",
        "{{ bind_changed({
            'changed_ordered_events': ref('int_ticket_events_ordered'),
            'changed_facts': ref('fct_tickets'),
            'changed_streaks': ref('fct_reply_streaks'),
            'changed_intervals': ref('fct_ticket_intervals'),
            'changed_satisfaction': ref('customer_satisfaction'),
        }) }}",
    ],
    post_hook="create table if not exists {{ schema_of('core') }}.metrics_changes as
        select 0::bigint as build_id, 0::bigint as sign, * from {{ this }} where false",
    indexes=[
        {'columns': ['ticket_key']},
        {'columns': ['timestamp']},
        {'columns': ['agent_id', 'timestamp']},
        {'columns': ['channel', 'team_id', 'timestamp']},
    ],
    meta={
        'secured_by': 'team',
        'up_to_as_of': true,
        'by_month': 'timestamp',
        'changes_to': 'metrics_changes',
    },
) }}
{% do ref('int_tickets_changed') %}{% do ref('stg_ticket_events') %}
-- One row per measurement: a dated number of one ticket, with who is credited and where the ticket
-- stood at that instant. A function of the ticket's facts alone; rollups are sums of these rows.
with

-- A reopening is credited to whom the resolution that it undoes was: who that is, is who it was then.
events as (
    select
        e.*,
        f.is_countable,
        f.is_merged,
        f.is_deleted,
        f.has_full_resolution,
        case
            when e.transition = 'resolution' then e.resolution_agent_id
            when e.transition = 'reopening'
                then
                    lag(e.resolution_agent_id) over (
                        partition by e.ticket_key, e.transition is null order by e.position
                    )
        end as transition_agent_id,
        case
            when e.transition = 'reopening'
                then
                    lag(e.happened_at) over (
                        partition by e.ticket_key, e.transition is null order by e.position
                    )
            else e.happened_at
        end as credited_at
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }} as e
    inner join (
        select
            ticket_key,
            is_countable,
            is_merged,
            is_deleted,
            resolved_at is not null as has_full_resolution
        from {{ bound('changed_facts', ref('fct_tickets')) }}
    ) as f
        on e.ticket_key = f.ticket_key
),

of_events as (
    select
        e.ticket_key,
        e.source,
        e.ticket_id,
        e.created_at,
        e.happened_at as measured_at,
        e.credited_at,
        m.metric_type,
        m.value,
        m.account_id,
        e.team_id,
        e.channel,
        e.priority,
        e.status,
        '{}'::jsonb as metadata
    from events as e
    cross join lateral (
        values
        ('created', case when e.position = 1 then 1 end, null),
        ('customer_message', case when e.is_customer_message then 1 end, null),
        ('agent_reply', case when e.is_human_reply then 1 end, e.actor_id),
        ('automated_reply', case when e.is_automated_reply then 1 end, null),
        (
            'first_reply',
            case when e.is_first_reply then e.microseconds_since_first_message / 1000000 end,
            e.actor_id
        ),
        (
            'first_response_any',
            case when e.is_first_response then e.microseconds_since_first_message / 1000000 end,
            null
        ),
        (
            'first_assignment',
            case when e.is_first_assigned then e.age_microseconds / 1000000 end,
            null
        ),
        (
            'resolution',
            case when e.transition = 'resolution' then 1 end,
            e.transition_agent_id
        ),
        (
            'first_resolution',
            case when e.is_first_resolution then e.age_microseconds / 1000000 end,
            e.transition_agent_id
        ),
        (
            'full_resolution',
            case
                when e.is_last_resolution and e.has_full_resolution then e.age_microseconds / 1000000
            end,
            e.transition_agent_id
        ),
        ('reopen', case when e.transition = 'reopening' then 1 end, e.transition_agent_id)
    ) as m (metric_type, value, account_id)
    where e.is_countable and m.value is not null
),

of_ends as (
    select
        ticket_key,
        source,
        ticket_id,
        created_at,
        happened_at as measured_at,
        happened_at as credited_at,
        type as metric_type,
        1 as value,
        null as account_id,
        team_id,
        channel,
        priority,
        status,
        '{}'::jsonb as metadata
    from events
    where is_last and ((type = 'merged' and is_merged) or (type = 'deleted' and is_deleted))
),

-- The wait of a streak that a reply ended, at the reply.
of_streaks as (
    select
        s.ticket_key,
        s.source,
        s.ticket_id,
        e.created_at,
        s.ended_at as measured_at,
        s.ended_at as credited_at,
        case when s.is_first_contact then 'opening_reply_wait' else 'next_reply_wait' end
            as metric_type,
        s.wait_calendar_seconds as value,
        s.replier_id as account_id,
        e.team_id,
        e.channel,
        e.priority,
        e.status,
        jsonb_build_object('streak_number', s.streak_number) as metadata
    from {{ bound('changed_streaks', ref('fct_reply_streaks')) }} as s
    inner join {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }} as e
        on
            s.ticket_key = e.ticket_key
            and s.ended_at = e.happened_at
            and e.is_last_of_instant
    inner join {{ bound('changed_facts', ref('fct_tickets')) }} as f
        on s.ticket_key = f.ticket_key
    where s.ended_by = 'reply' and f.is_countable
),

named as (
    select * from of_events
    union all
    select * from of_ends
    union all
    select * from of_streaks
),

credited as (
    select
        n.measured_at as "timestamp",
        n.metric_type,
        n.value::numeric as value,
        n.ticket_key,
        n.source,
        n.ticket_id,
        {{ person('p', 'n.source', 'n.account_id') }} as agent_id,
        {{ team('t', 'n.source', 'n.team_id') }} as team_id,
        n.channel,
        coalesce(n.priority, 'none') as priority,
        n.status,
        n.created_at,
        n.metadata
    from named as n
    {{ join_person('p', 'n.source', 'n.account_id', 'n.credited_at') }}
    {{ join_team('t', 'n.source', 'n.team_id', 'n.measured_at') }}
),

-- An unresolved ticket stands in the backlog, a merged one until its merge, a deleted one never. It
-- moves there when anything about it changes, also on the date from which its account is another
-- person's or its team part of another.
stretches as (
    select
        i.*,
        f.created_at,
        {{ person('p', 'i.source', 'i.assignee_id') }} as person_id,
        {{ team('t', 'i.source', 'i.team_id') }} as part_of_team_id,
        greatest(i.valid_from, p.valid_from, t.valid_from) as entered_at,
        least(coalesce(i.valid_to, 'infinity'), p.valid_to, t.valid_to) as left_at
    from {{ bound('changed_intervals', ref('fct_ticket_intervals')) }} as i
    inner join {{ bound('changed_facts', ref('fct_tickets')) }} as f
        on i.ticket_key = f.ticket_key
    left join {{ ref('stg_accounts') }} as p
        on
            i.source = p.source
            and i.assignee_id = p.account_id
            and coalesce(i.valid_to, 'infinity') > p.valid_from
            and i.valid_from < p.valid_to
    left join {{ ref('stg_teams') }} as t
        on
            i.source = t.source
            and i.team_id = t.source_team_id
            and coalesce(i.valid_to, 'infinity') > t.valid_from
            and i.valid_from < t.valid_to
    where i.status not in ('solved', 'closed') and not f.is_deleted
),

-- What leaves a group and enters it again at once did not move.
moves as (
    select
        s.ticket_key,
        s.source,
        s.ticket_id,
        s.created_at,
        m.moved_at,
        s.person_id,
        s.part_of_team_id,
        s.channel,
        s.priority,
        s.status,
        sum(m.direction) as direction
    from stretches as s
    cross join lateral (values (1, s.entered_at), (-1, s.left_at)) as m (direction, moved_at)
    where s.entered_at < s.left_at and m.moved_at < 'infinity'
    group by
        s.ticket_key,
        s.source,
        s.ticket_id,
        s.created_at,
        m.moved_at,
        s.person_id,
        s.part_of_team_id,
        s.channel,
        s.priority,
        s.status
    having sum(m.direction) <> 0
),

of_backlog as (
    select
        moved_at as "timestamp",
        case direction when 1 then 'backlog_entered' else 'backlog_left' end as metric_type,
        1::numeric as value,
        ticket_key,
        source,
        ticket_id,
        person_id as agent_id,
        part_of_team_id as team_id,
        channel,
        coalesce(priority, 'none') as priority,
        status,
        created_at,
        '{}'::jsonb as metadata
    from moves
),

of_satisfaction as (
    select
        c."timestamp",
        m.metric_type,
        m.value,
        c.ticket_key,
        c.source,
        c.ticket_id,
        c.agent_id,
        c.team_id,
        c.channel,
        c.priority,
        c.status,
        c.created_at,
        jsonb_strip_nulls(jsonb_build_object('score', c.score, 'scale', c.scale)) as metadata
    from {{ bound('changed_satisfaction', ref('customer_satisfaction')) }} as c
    cross join lateral (
        values
        ('csat_offered', 1::numeric),
        ('csat_rated', case when c.rated_at is not null then 1 end),
        ('csat_positive', case when c.is_positive then 1 end),
        ('csat_score', (c.score - 1) / (c.scale - 1)),
        ('csat_bad_to_good', case when c.is_bad_to_good then 1 end),
        ('csat_good_to_bad', case when c.is_good_to_bad then 1 end)
    ) as m (metric_type, value)
    where m.value is not null
),

final as (
    select * from credited
    union all
    select * from of_backlog
    union all
    select * from of_satisfaction
)

select * from final
