-- One waits at a time: a streak begins when the one before is over, and only the last is open. It
-- is as long as its bounds, less what of it the ticket was deleted.
with

followed as (
    select
        s.*,
        row_number() over in_order as place,
        lag(s.ended_at, 1, '-infinity') over in_order as free_from,
        floor(extract(epoch from s.ended_at - s.waiting_since)) as seconds
    from {{ ref('fct_reply_streaks') }} as s
    window in_order as (partition by s.ticket_key order by s.streak_number)
),

ever_deleted as (
    select distinct ticket_key
    from {{ ref('int_ticket_events_ordered') }}
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
    or f.wait_calendar_seconds > f.seconds
    or (f.wait_calendar_seconds < f.seconds and d.ticket_key is null)
    or (f.is_first_contact and f.place > 1)
