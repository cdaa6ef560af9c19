{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook=[
        "{{ make_new_months() }}",
        "{{ bind_zone() }}",
        "{{ bind_changed({
            'changed_ordered_events': ref('int_ticket_events_ordered'),
            'changed_facts': ref('fct_tickets'),
            'changed_streaks': ref('fct_reply_streaks'),
            'changed_intervals': ref('fct_ticket_intervals'),
            'changed_satisfaction': ref('customer_satisfaction'),
            'changed_sla_instances': ref('fct_sla_instances'),
        }) }}",
    ],
    post_hook=[
        "create table if not exists {{ schema_of('core') }}.metrics_changes as
            select 0::bigint as build_id, 0::bigint as sign, * from {{ this }} where false",
        "{{ index_what_counts_later() }}",
    ],
    indexes=[
        {'columns': ['ticket_key']},
        {'columns': ['timestamp']},
        {'columns': ['agent_id', 'timestamp']},
        {'columns': ['channel', 'team_id', 'timestamp']},
    ],
    meta={
        'secured_by': 'team',
        'up_to_as_of': 'counts_from',
        'by_month': 'timestamp',
        'changes_to': 'metrics_changes',
        'identities': {
            'measured_as_stated': [
                'fct_tickets', 'fct_reply_streaks', 'fct_sla_instances', 'metrics_raw'
            ],
        },
    },
) }}
{% do ref('int_tickets_changed') %}{% do ref('stg_ticket_events') %}
-- One row per measurement: a dated number of one ticket, with who is credited and where
-- the ticket stood at that instant. A function of the ticket's facts alone; rollups are
-- sums of these rows.
with

-- A ticket's first resolution carries when it was reopened: whether that was by an
-- as_of is for its reader to judge.
reopenings as (
    select
        ticket_key,
        min(happened_at) as reopened_at
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
    where transition = 'reopening'
    group by ticket_key
),

-- What an event of a countable ticket measures; a ticket that ended measures its end
-- alone.
of_events as (
    select
        e.ticket_key,
        e.source,
        e.ticket_id,
        e.created_at,
        e.happened_at as measured_at,
        m.metric_type,
        case m.metric_type
            when 'first_reply' then e.microseconds_since_first_message / 1000000
            when 'first_response_any' then e.microseconds_since_first_message / 1000000
            when 'first_assignment' then e.age_microseconds / 1000000
            when 'first_resolution' then e.age_microseconds / 1000000
            when 'full_resolution' then e.age_microseconds / 1000000
            else 1
        end as value,
        case m.metric_type
            when 'first_reply'
                then e.business_microseconds_since_first_message / 1000000
            when 'first_resolution' then e.business_age_microseconds / 1000000
            when 'full_resolution' then e.business_age_microseconds / 1000000
        end as business_value,
        case
            when m.metric_type in ('agent_reply', 'first_reply') then e.actor_id
            when
                m.metric_type in (
                    'resolution', 'first_resolution', 'full_resolution', 'reopen',
                    'zero_touch', 'one_touch', 'two_touch', 'multi_touch'
                )
                then e.transition_agent_id
        end as account_id,
        case when m.metric_type = 'reopen' then e.credited_at else e.happened_at end
            as credited_at,
        e.team_id,
        e.channel,
        e.priority,
        e.status,
        case
            when m.metric_type = 'first_resolution' and r.reopened_at is not null
                then jsonb_build_object('reopened_at', {{ written('r.reopened_at') }})
            else '{}'::jsonb
        end as metadata
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }} as e
    inner join {{ bound('changed_facts', ref('fct_tickets')) }} as f
        on e.ticket_key = f.ticket_key
    left join reopenings as r on e.ticket_key = r.ticket_key
    cross join
        lateral unnest(
            case
                when f.is_countable
                    then
                        array[
                            case when e.position = 1 then 'created' end,
                            case when e.is_customer_message then 'customer_message' end,
                            case when e.is_human_reply then 'agent_reply' end,
                            case when e.is_automated_reply then 'automated_reply' end,
                            case when e.is_first_reply then 'first_reply' end,
                            case when e.is_first_response then 'first_response_any' end,
                            case when e.is_first_assigned then 'first_assignment' end,
                            case e.transition
                                when 'resolution' then 'resolution' when
                                    'reopening'
                                    then 'reopen'
                            end,
                            case when e.is_first_resolution then 'first_resolution' end,
                            case
                                when e.is_last_resolution and f.resolved_at is not null
                                    then 'full_resolution'
                            end,
                            case
                                when not e.is_last_resolution then null
                                when f.is_zero_touch then 'zero_touch'
                                when f.is_one_touch then 'one_touch'
                                when f.is_two_touch then 'two_touch'
                                when f.is_multi_touch then 'multi_touch'
                            end
                        ]
                when
                    e.is_last
                    then
                        array[case when e.type in ('merged', 'deleted') then e.type end]
            end
        ) as m (metric_type)
    where m.metric_type is not null
),

-- The wait of a streak that a reply ended, at the reply.
of_streaks as (
    select
        s.ticket_key,
        s.source,
        s.ticket_id,
        e.created_at,
        s.ended_at as measured_at,
        case
            when s.is_first_contact then 'opening_reply_wait' else 'next_reply_wait'
        end
            as metric_type,
        s.wait_calendar_seconds as value,
        s.wait_business_seconds as business_value,
        s.replier_id as account_id,
        s.ended_at as credited_at,
        e.team_id,
        e.channel,
        e.priority,
        e.status,
        jsonb_build_object('streak_number', s.streak_number) as metadata
    from {{ bound('changed_streaks', ref('fct_reply_streaks')) }} as s
    inner join
        {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }} as e
        on
            s.ticket_key = e.ticket_key
            and s.ended_at = e.happened_at
            and e.is_last_of_instant
    inner join {{ bound('changed_facts', ref('fct_tickets')) }} as f
        on s.ticket_key = f.ticket_key
    where s.ended_by = 'reply' and f.is_countable
),

-- A breach that no event will tell of counts once as_of has passed its due instant.
of_sla as (
    select
        s.ticket_key,
        s.source,
        s.ticket_id,
        f.created_at,
        case s.state when 'met' then s.over_at else s.breached_at end as measured_at,
        'sla_' || s.state as metric_type,
        1 as value,
        null::bigint as business_value,
        s.account_id,
        coalesce(s.over_at, s.breached_at) as credited_at,
        s.team_id,
        s.channel,
        s.priority,
        s.status,
        jsonb_build_object(
            'sla_metric', s.metric,
            'activation', s.activation,
            'policy_id', s.policy_id,
            'hours', s.hours
        ) as metadata,
        nullif(s.judged_from, '-infinity') as counts_from
    from {{ bound('changed_sla_instances', ref('fct_sla_instances')) }} as s
    inner join {{ bound('changed_facts', ref('fct_tickets')) }} as f
        on s.ticket_key = f.ticket_key
    where s.state in ('met', 'breached') and f.is_countable
),

named as (
    select
        *,
        null::timestamptz as counts_from
    from of_events
    union all
    select
        *,
        null::timestamptz as counts_from
    from of_streaks
    union all
    select * from of_sla
),

credited as (
    select
        n.measured_at as "timestamp",
        n.metric_type,
        n.value::numeric as value,
        n.business_value::numeric as business_value,
        n.ticket_key,
        n.source,
        n.ticket_id,
        {{ person('p', 'n.source', 'n.account_id') }} as agent_id,
        {{ team('t', 'n.source', 'n.team_id') }} as team_id,
        n.channel,
        coalesce(n.priority, 'none') as priority,
        n.status,
        n.created_at,
        null::text as age_band,
        n.metadata,
        n.counts_from
    from named as n
    {{ join_person('p', 'n.source', 'n.account_id', 'n.credited_at') }}
    {{ join_team('t', 'n.source', 'n.team_id', 'n.measured_at') }}
),

-- An unresolved ticket stands in the backlog, a merged one until its merge, a deleted
-- one never. It moves there when anything about it changes, also on the date from which
-- its account is another person's or its team part of another.
stretches as (
    select
        i.*,
        f.created_at,
        f.is_merged,
        i.valid_from - i.age_microseconds * interval '1 microsecond' as born_at,
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

-- An instant sees what was strictly before it. So that one at which a ticket is as old
-- as a band's bound sees it in the next, it goes there a microsecond earlier.
aged as (
    select
        s.*,
        b.age_band,
        greatest(s.entered_at, s.born_at + b.from_age - interval '1 microsecond')
            as band_entered_at,
        least(s.left_at, s.born_at + b.to_age - interval '1 microsecond')
            as band_left_at
    from stretches as s
    cross join {{ age_bands() }}
    where
        greatest(s.entered_at, s.born_at + b.from_age - interval '1 microsecond')
        < least(s.left_at, s.born_at + b.to_age - interval '1 microsecond')
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
        s.is_merged,
        s.age_band,
        m.what,
        sum(m.direction) as direction
    from aged as s
    cross join
        lateral (
            values
            (
                1,
                s.band_entered_at,
                case
                    when s.band_entered_at > s.entered_at then 'age_band' else 'backlog'
                end
            ),
            (
                -1,
                s.band_left_at,
                case
                    when s.band_left_at < s.left_at then 'age_band' else 'backlog'
                end
            )
        ) as m (direction, moved_at, what)
    where m.moved_at < 'infinity'
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
        s.status,
        s.is_merged,
        s.age_band,
        m.what
    having sum(m.direction) <> 0
),

of_backlog as (
    select
        moved_at as "timestamp",
        what || case direction when 1 then '_entered' else '_left' end as metric_type,
        case when is_merged then 0 else 1 end::numeric as value,
        null::numeric as business_value,
        ticket_key,
        source,
        ticket_id,
        person_id as agent_id,
        part_of_team_id as team_id,
        channel,
        coalesce(priority, 'none') as priority,
        status,
        created_at,
        age_band,
        '{}'::jsonb as metadata,
        null::timestamptz as counts_from
    from moves
),

of_satisfaction as (
    select
        c."timestamp",
        m.metric_type,
        m.value,
        null::numeric as business_value,
        c.ticket_key,
        c.source,
        c.ticket_id,
        c.agent_id,
        c.team_id,
        c.channel,
        c.priority,
        c.status,
        c.created_at,
        null::text as age_band,
        jsonb_strip_nulls(jsonb_build_object('score', c.score, 'scale', c.scale))
            as metadata,
        null::timestamptz as counts_from
    from {{ bound('changed_satisfaction', ref('customer_satisfaction')) }} as c
    cross join
        lateral (
            values
            ('csat_offered', 1::numeric),
            ('csat_rated', case when c.rated_at is not null then 1 end),
            ('csat_positive', case when c.is_positive then 1 end),
            (
                'csat_uncredited',
                case when c.rated_at is not null and c.agent_id = 'none' then 1 end
            ),
            ('csat_score', round((c.score - 1) / (c.scale - 1), 12)),
            ('csat_bad_to_good', case when c.is_bad_to_good then 1 end),
            ('csat_good_to_bad', case when c.is_good_to_bad then 1 end)
        ) as m (metric_type, value)
    where m.value is not null
),

measurements as (
    select * from credited
    union all
    select * from of_backlog
    union all
    select * from of_satisfaction
),

-- Hours are looked up by their local name, which asks for the zone once a row; what is
-- dated beyond the known ones is worked out.
final as (
    select
        m."timestamp",
        coalesce(h."timestamp", ops.hour_start(m."timestamp", z.name)) as hour_start,
        coalesce(h.day_start, ops.day_start(m."timestamp", z.name)) as day_start,
        m.metric_type,
        m.value,
        m.business_value,
        m.ticket_key,
        m.source,
        m.ticket_id,
        m.agent_id,
        m.team_id,
        m.channel,
        m.priority,
        m.status,
        m.created_at,
        m.age_band,
        m.metadata,
        m.counts_from
    from measurements as m
    cross join {{ reporting_zone() }} as z
    left join {{ ref('dim_hours') }} as h
        on
            date_trunc('hour', m."timestamp" at time zone z.name) = h.local_hour
            and m."timestamp" at time zone z.name - m."timestamp" at time zone 'UTC'
            = h.utc_offset
)

select * from final
