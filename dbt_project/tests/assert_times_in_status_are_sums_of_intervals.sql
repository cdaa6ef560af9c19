-- A ticket's seconds in its statuses are those of its stretches, added up and then truncated; NULL
-- exactly while one of the statuses lasts.
with

summed as (
    select
        f.ticket_key,
        v.what,
        v.seconds,
        trunc(
            coalesce(sum(i.duration_calendar_seconds) filter (where i.status = any(v.statuses)), 0)
        )::bigint as summed_seconds,
        f.ended_at is null and f.status = any(v.statuses) as is_running
    from {{ ref('fct_tickets') }} as f
    left join {{ ref('fct_ticket_intervals') }} as i on f.ticket_key = i.ticket_key
    cross join lateral (
        values
        ('requester_wait', f.requester_wait_calendar_seconds, array['new', 'open', 'hold']),
        ('agent_work', f.agent_work_calendar_seconds, array['new', 'open']),
        ('agent_wait', f.agent_wait_calendar_seconds, array['pending']),
        ('on_hold', f.on_hold_calendar_seconds, array['hold'])
    ) as v (what, seconds, statuses)
    group by f.ticket_key, f.ended_at, f.status, v.what, v.seconds, v.statuses
)

select *
from summed
where seconds is distinct from case when not is_running then summed_seconds end
