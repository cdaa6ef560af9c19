-- A ticket's stretches follow each other from its creation to its end, and are as long as they say.
-- The only holes are those from a deletion to its restoration, or to the end.
with

stretches as (
    select
        f.ticket_key,
        f.ended_at,
        i.valid_from,
        i.valid_to,
        i.duration_calendar_seconds,
        case
            when row_number() over in_order = 1 then f.created_at
            else lag(i.valid_to) over in_order
        end as free_from,
        row_number() over in_order = count(*) over (partition by f.ticket_key) as is_last
    from {{ ref('fct_tickets') }} as f
    left join {{ ref('fct_ticket_intervals') }} as i on f.ticket_key = i.ticket_key
    window in_order as (partition by f.ticket_key order by i.valid_from)
),

-- From where nothing is to where something is again; a ticket that ended at its creation has none.
holes as (
    select
        ticket_key,
        free_from as hole_from,
        valid_from as hole_to
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
    from {{ ref('int_ticket_events_ordered') }}
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
    )
