{# Identities of tickets, each written once, over the relations that `of` names: the rows that break
   it, with their ticket_key. dbt's tests hold them over whole tables (dbt_project/tests, where each
   is told in a sentence), and each build over the tickets that it changed (hold_identities). #}

{% macro identity_one_touch_class(of) %}
with

classed as (
    select
        ticket_key,
        is_countable and status in ('solved', 'closed') and customer_message_count > 0
            as is_classed,
        num_nonnulls(is_zero_touch, is_one_touch, is_two_touch, is_multi_touch) as answered_count,
        coalesce(is_zero_touch, false)::integer + coalesce(is_one_touch, false)::integer
        + coalesce(is_two_touch, false)::integer + coalesce(is_multi_touch, false)::integer
            as class_count
    from {{ of.fct_tickets }}
)

select *
from classed
where (answered_count, class_count) <> case when is_classed then (4, 1) else (0, 0) end
{% endmacro %}

{# Opening hours are part of all hours, and known where those are. #}
{% macro not_business_of(business, calendar) -%}
    (
        {{ business }} < 0
        or {{ business }} > {{ calendar }}
        or ({{ business }} is null) <> ({{ calendar }} is null)
    )
{%- endmacro %}

{% macro identity_nothing_before_creation(of) %}
select
    ticket_key,
    created_at,
    first_reply_at,
    first_resolved_at,
    resolved_at,
    ended_at
from {{ of.fct_tickets }}
where
    first_reply_at < created_at
    or first_resolved_at < created_at
    or resolved_at < first_resolved_at
    or ended_at < created_at
    or csat_rated_at < csat_offered_at
    or least(first_response_any_calendar_seconds, first_assignment_calendar_seconds) < 0
    {% for name in [
        'first_reply', 'first_resolution', 'full_resolution', 'requester_wait', 'agent_work',
        'agent_wait', 'on_hold',
    ] %}
    or {{ not_business_of(name ~ '_business_seconds', name ~ '_calendar_seconds') }}
    {% endfor %}
    or first_response_any_calendar_seconds > first_reply_calendar_seconds
    or first_resolution_calendar_seconds > full_resolution_calendar_seconds
    or (resolved_at is not null and resolution_count = 0)
    or reopen_count > resolution_count and not is_merged
    or touch_count > agent_reply_count
{% endmacro %}

{% macro identity_intervals_tile(of) %}
with

stretches as (
    select
        f.ticket_key,
        f.ended_at,
        i.valid_from,
        i.valid_to,
        i.duration_calendar_seconds,
        i.duration_business_seconds,
        case
            when row_number() over in_order = 1 then f.created_at
            else lag(i.valid_to) over in_order
        end as free_from,
        row_number() over in_order = count(*) over (partition by f.ticket_key) as is_last
    from {{ of.fct_tickets }} as f
    left join {{ of.fct_ticket_intervals }} as i on f.ticket_key = i.ticket_key
    window in_order as (partition by f.ticket_key order by i.valid_from)
),

-- From where nothing is to where something is again; a ticket that ended at its creation has none.
holes as (
    select
        ticket_key,
        free_from as hole_from,
        coalesce(valid_from, ended_at) as hole_to
    from stretches
    where free_from is distinct from coalesce(valid_from, ended_at)
    union all
    select
        ticket_key,
        valid_to,
        ended_at
    from stretches
    where is_last and valid_from is not null and valid_to is distinct from ended_at
),

ends as (
    select
        ticket_key,
        happened_at,
        bool_or(type = 'deleted') as is_deletion,
        bool_or(is_restoration) as is_restoration
    from {{ of.int_ticket_events_ordered }}
    where type in ('deleted', 'restored')
    group by ticket_key, happened_at
)

select
    h.ticket_key,
    'a hole or an overlap' as what,
    h.hole_from,
    h.hole_to
from holes as h
left join ends as b on h.ticket_key = b.ticket_key and h.hole_from = b.happened_at
left join ends as e on h.ticket_key = e.ticket_key and h.hole_to = e.happened_at
where
    (
        h.hole_from < h.hole_to
        and b.is_deletion
        and (e.is_restoration or e.is_deletion)
    ) is not true
union all
select
    ticket_key,
    'not as long as it says',
    valid_from,
    valid_to
from stretches
where
    valid_from is not null
    and (
        valid_from >= valid_to
        or extract(epoch from valid_to - valid_from) is distinct from duration_calendar_seconds
        or {{ not_business_of('duration_business_seconds', 'duration_calendar_seconds') }}
    )
{% endmacro %}

{% macro identity_times_in_status(of) %}
with

summed as (
    select
        f.ticket_key,
        v.what,
        v.calendar_seconds,
        v.business_seconds,
        trunc(
            coalesce(sum(i.duration_calendar_seconds) filter (where i.status = any(v.statuses)), 0)
        )::bigint as summed_calendar_seconds,
        trunc(
            coalesce(sum(i.duration_business_seconds) filter (where i.status = any(v.statuses)), 0)
        )::bigint as summed_business_seconds,
        f.ended_at is null and f.status = any(v.statuses) as is_running
    from {{ of.fct_tickets }} as f
    left join {{ of.fct_ticket_intervals }} as i on f.ticket_key = i.ticket_key
    cross join lateral (
        values
        {% for name, statuses in {
            'requester_wait': "'new', 'open', 'hold'", 'agent_work': "'new', 'open'",
            'agent_wait': "'pending'", 'on_hold': "'hold'",
        }.items() %}
        (
            '{{ name }}', f.{{ name }}_calendar_seconds, f.{{ name }}_business_seconds,
            array[{{ statuses }}]
        ){{ ',' if not loop.last }}
        {% endfor %}
    ) as v (what, calendar_seconds, business_seconds, statuses)
    group by
        f.ticket_key, f.ended_at, f.status, v.what, v.calendar_seconds, v.business_seconds,
        v.statuses
)

select *
from summed
where
    calendar_seconds is distinct from case when not is_running then summed_calendar_seconds end
    or business_seconds is distinct from case when not is_running then summed_business_seconds end
{% endmacro %}

{% macro identity_streaks_follow(of) %}
with

followed as (
    select
        s.*,
        row_number() over in_order as place,
        lag(s.ended_at, 1, '-infinity') over in_order as free_from,
        floor(extract(epoch from s.ended_at - s.waiting_since)) as seconds
    from {{ of.fct_reply_streaks }} as s
    window in_order as (partition by s.ticket_key order by s.streak_number)
),

ever_deleted as (
    select distinct ticket_key
    from {{ of.int_ticket_events_ordered }}
    where type = 'deleted'
)

select
    f.ticket_key,
    f.streak_number,
    f.waiting_since,
    f.ended_at,
    f.ended_by,
    f.wait_calendar_seconds
from followed as f
left join ever_deleted as d on f.ticket_key = d.ticket_key
where
    f.streak_number <> f.place
    or (f.waiting_since >= f.free_from) is not true
    or f.ended_at < f.waiting_since
    or (f.ended_at is null) <> (f.ended_by is null)
    or (f.wait_calendar_seconds is null) <> (f.ended_by is distinct from 'reply')
    or {{ not_business_of('f.wait_business_seconds', 'f.wait_calendar_seconds') }}
    or f.wait_calendar_seconds > f.seconds
    or (f.wait_calendar_seconds < f.seconds and d.ticket_key is null)
    or (f.is_first_contact and f.place > 1)
{% endmacro %}

{% macro identity_measured_as_stated(of) %}
{% set counts = {
    'created': '1', 'customer_message': 'customer_message_count',
    'agent_reply': 'agent_reply_count', 'automated_reply': 'automated_reply_count',
    'resolution': 'resolution_count', 'reopen': 'reopen_count', 'csat_offered': '(csat_offered_at is not null)::integer',
    'csat_rated': '(csat_rated_at is not null)::integer',
    'csat_positive': 'coalesce(is_csat_positive, false)::integer',
    'csat_bad_to_good': 'coalesce(is_csat_positive and not is_first_csat_positive, false)::integer',
    'csat_good_to_bad': 'coalesce(is_first_csat_positive and not is_csat_positive, false)::integer',
    'zero_touch': 'coalesce(is_zero_touch, false)::integer', 'one_touch': 'coalesce(is_one_touch, false)::integer',
    'two_touch': 'coalesce(is_two_touch, false)::integer', 'multi_touch': 'coalesce(is_multi_touch, false)::integer',
    'sla_met': 'coalesce(p.met_count, 0)', 'sla_breached': 'coalesce(p.breached_count, 0)',
} %}
{% set values = {
    'first_reply': 'first_reply_calendar_seconds',
    'first_response_any': 'first_response_any_calendar_seconds',
    'first_assignment': 'first_assignment_calendar_seconds',
    'first_resolution': 'first_resolution_calendar_seconds',
    'full_resolution': 'full_resolution_calendar_seconds',
} %}
{% set of_opening_hours = ['first_reply', 'first_resolution', 'full_resolution'] %}
with

waits as (
    select
        ticket_key,
        count(*) as wait_count,
        sum(wait_calendar_seconds) as wait_seconds,
        sum(wait_business_seconds) as wait_business_seconds
    from {{ of.fct_reply_streaks }}
    where ended_by = 'reply'
    group by ticket_key
),

promises as (
    select
        ticket_key,
        count(*) filter (where state = 'met') as met_count,
        count(*) filter (where state = 'breached') as breached_count
    from {{ of.fct_sla_instances }}
    group by ticket_key
),

stated as (
    select
        f.ticket_key,
        {% for name, formula in counts.items() %}
        case when f.is_countable then {{ formula }} else 0 end::bigint as {{ name }}_count,
        {% endfor %}
        {% for name, formula in values.items() %}
        case when f.is_countable then {{ formula }} end::numeric as {{ name }}_value,
        {% endfor %}
        {% for name in of_opening_hours %}
        case when f.is_countable then {{ name }}_business_seconds end::numeric as {{ name }}_business,
        {% endfor %}
        case when f.is_countable then coalesce(w.wait_business_seconds, 0) else 0 end as wait_business,
        case when f.is_countable then coalesce(w.wait_count, 0) else 0 end as wait_count,
        case when f.is_countable then coalesce(w.wait_seconds, 0) else 0 end as wait_seconds,
        f.is_merged::integer::bigint as merged_count,
        f.is_deleted::integer::bigint as deleted_count,
        (f.is_countable and f.status not in ('solved', 'closed'))::integer::bigint as standing_count
    from {{ of.fct_tickets }} as f
    left join waits as w on f.ticket_key = w.ticket_key
    left join promises as p on f.ticket_key = p.ticket_key
),

measured as (
    select
        f.ticket_key,
        {% for name in counts %}
        count(*) filter (where m.metric_type = '{{ name }}') as {{ name }}_count,
        {% endfor %}
        {% for name in values %}
        sum(m.value) filter (where m.metric_type = '{{ name }}') as {{ name }}_value,
        {% endfor %}
        {% for name in of_opening_hours %}
        sum(m.business_value) filter (where m.metric_type = '{{ name }}') as {{ name }}_business,
        {% endfor %}
        coalesce(
            sum(m.business_value)
            filter (where m.metric_type in ('opening_reply_wait', 'next_reply_wait')),
            0
        ) as wait_business,
        count(*) filter (where m.metric_type in ('opening_reply_wait', 'next_reply_wait'))
            as wait_count,
        coalesce(
            sum(m.value) filter (where m.metric_type in ('opening_reply_wait', 'next_reply_wait')),
            0
        ) as wait_seconds,
        count(*) filter (where m.metric_type = 'merged') as merged_count,
        count(*) filter (where m.metric_type = 'deleted') as deleted_count,
        count(*) filter (where m.metric_type = 'backlog_entered')
        - count(*) filter (where m.metric_type = 'backlog_left') as standing_count
    from {{ of.fct_tickets }} as f
    left join {{ of.metrics_raw }} as m on f.ticket_key = m.ticket_key
    group by f.ticket_key
)

select
    d.row_found ->> 'ticket_key' as ticket_key,
    d.only_in,
    d.row_found
from (
    {{ only_on_one_side('stated', 'measured', 'ticket') }}
) as d
{% endmacro %}

{% macro identity_sla_segments_tile(of) %}
with

followed as (
    select
        *,
        row_number() over in_order as place,
        lead(number) over in_order is null as is_last,
        lag(segment_to, 1, started_at) over in_order as free_from,
        lag(calendar_microseconds_to, 1, 0::bigint) over in_order as calendar_before,
        lag(business_microseconds_to, 1, 0::bigint) over in_order as business_before,
        calendar_microseconds_to - calendar_microseconds_from as calendar_microseconds,
        business_microseconds_to - business_microseconds_from as business_microseconds
    from {{ of.fct_sla_segments }}
    window in_order as (partition by ticket_key, metric, activation order by number)
)

select
    ticket_key,
    metric,
    activation,
    number,
    segment_from,
    segment_to,
    calendar_microseconds,
    business_microseconds
from followed
where
    number <> place
    or segment_from is distinct from free_from
    or (is_last and segment_to is distinct from stopped_at)
    -- One that is over where it starts is the only one without length.
    or (segment_from >= segment_to and started_at is distinct from stopped_at)
    or calendar_microseconds_from is distinct from calendar_before
    or business_microseconds_from is distinct from business_before
    or (segment_to is null) <> (calendar_microseconds is null)
    or (segment_to is null) <> (business_microseconds is null)
    or calendar_microseconds <> case
        when is_counting and not is_gap
            then (extract(epoch from segment_to - segment_from) * 1000000)::bigint
        else 0
    end
    or business_microseconds not between 0 and calendar_microseconds
    or target_since not between started_at and segment_from
{% endmacro %}

{% macro identity_sla_states_partition(of) %}
with

-- Those that had a target; one given by a policy's date alone is told of from then.
clocks as (
    select
        ticket_key,
        metric,
        activation,
        count(stopped_at) = 0 as is_going_on,
        case
            when
                count(stopped_at) = 0
                and min(segment_from) filter (where target_seconds is not null)
                > min(last_event_at)
                then min(segment_from) filter (where target_seconds is not null)
            else '-infinity'
        end as told_from,
        max(calendar_microseconds_to) / 1000000 as calendar_seconds,
        max(business_microseconds_to) / 1000000 as business_seconds
    from {{ of.fct_sla_segments }}
    group by ticket_key, metric, activation
    having count(target_seconds) > 0
),

told as (
    select
        *,
        lag(judged_to) over in_order as free_from,
        lead(judged_from) over in_order as next_from
    from {{ of.fct_sla_instances }}
    window in_order as (partition by ticket_key, metric, activation order by judged_from)
)

select
    coalesce(c.ticket_key, t.ticket_key) as ticket_key,
    coalesce(c.metric, t.metric) as metric,
    coalesce(c.activation, t.activation) as activation,
    t.state,
    t.started_at,
    t.over_at,
    t.due_at,
    t.breached_at,
    t.elapsed_seconds
from clocks as c
full join told as t
    on c.ticket_key = t.ticket_key and c.metric = t.metric and c.activation = t.activation
where
    t.judged_from is distinct from coalesce(t.free_from, c.told_from)
    or t.judged_from >= t.judged_to
    or (t.next_from is null and t.judged_to < 'infinity')
    or case t.state
        when 'met'
            then
                t.over_at is not null
                and t.elapsed_seconds <= t.target_seconds
                and t.breached_at is null
        when 'breached'
            then
                t.breached_at = t.due_at
                and t.breached_at >= t.started_at
                and t.judged_to = 'infinity'
                and (t.over_at is null) = (t.elapsed_seconds is null)
                and coalesce(t.breached_at <= t.over_at, true)
                and coalesce(t.elapsed_seconds >= t.target_seconds, true)
        when 'active'
            then
                num_nulls(t.over_at, t.breached_at, t.elapsed_seconds, t.account_id) = 4
                and t.remaining_seconds >= 0
        when 'cancelled'
            then num_nulls(t.due_at, t.breached_at, t.elapsed_seconds, t.account_id) = 4
    end is not true
    or num_nonnulls(t.remaining_seconds, t.is_at_risk)
    <> case t.state when 'active' then 2 else 0 end
    or (t.running_seconds is not null)
    <> (t.state in ('active', 'breached') and c.is_going_on)
    or t.elapsed_seconds
    <> case t.hours when 'business' then c.business_seconds else c.calendar_seconds end
{% endmacro %}

{% macro identity_sla_elapsed_as_measured(of) %}
with

measured as (
    select
        i.ticket_key,
        i.metric,
        i.activation,
        i.elapsed_seconds,
        i.started_at,
        i.over_at,
        i.metric in ('first_reply', 'next_reply') as is_of_reply,
        i.metric = 'first_reply' as is_first_reply,
        s.is_first_contact,
        s.waiting_since,
        s.ended_at,
        s.ended_by,
        {% for hours in ['calendar', 'business'] %}
        case i.metric
            when 'requester_wait' then f.requester_wait_{{ hours }}_seconds
            when 'agent_work' then f.agent_work_{{ hours }}_seconds
            when 'resolution'
                then f.requester_wait_{{ hours }}_seconds + f.agent_wait_{{ hours }}_seconds
            else s.wait_{{ hours }}_seconds
        end as {{ hours }}_seconds,
        {% endfor %}
        i.hours
    from {{ of.fct_sla_instances }} as i
    inner join {{ of.fct_tickets }} as f on i.ticket_key = f.ticket_key
    left join {{ of.fct_reply_streaks }} as s
        on i.ticket_key = s.ticket_key and i.streak_number = s.streak_number
)

select
    ticket_key,
    metric,
    activation,
    elapsed_seconds,
    calendar_seconds,
    business_seconds
from measured
where
    -- The unresolved statuses are two sums of whole seconds, which may miss one together.
    case
        when elapsed_seconds is null or (is_of_reply and ended_by <> 'reply') then false
        else
            (
                elapsed_seconds
                - case hours when 'business' then business_seconds else calendar_seconds end
                between 0 and case metric when 'resolution' then 1 else 0 end
            ) is not true
    end
    or (
        is_of_reply
        and (
            is_first_reply = is_first_contact
            and started_at = waiting_since
            and coalesce(over_at = ended_at, true)
            and (over_at is null) = (ended_by is null or ended_by in ('merge', 'deletion'))
        ) is not true
    )
{% endmacro %}
