-- What happened to a ticket is in the order in which it can happen, and no duration is negative.
select
    ticket_key,
    created_at,
    first_reply_at,
    first_resolved_at,
    resolved_at,
    ended_at
from {{ ref('fct_tickets') }}
where
    first_reply_at < created_at
    or first_resolved_at < created_at
    or resolved_at < first_resolved_at
    or ended_at < created_at
    or csat_rated_at < csat_offered_at
    or least(
        first_reply_calendar_seconds, first_response_any_calendar_seconds,
        first_assignment_calendar_seconds, first_resolution_calendar_seconds,
        full_resolution_calendar_seconds, requester_wait_calendar_seconds,
        agent_work_calendar_seconds, agent_wait_calendar_seconds, on_hold_calendar_seconds
    ) < 0
    or first_response_any_calendar_seconds > first_reply_calendar_seconds
    or first_resolution_calendar_seconds > full_resolution_calendar_seconds
    or (resolved_at is not null and resolution_count = 0)
    or reopen_count > resolution_count and not is_merged
    or touch_count > agent_reply_count
