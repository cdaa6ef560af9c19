{{ config(tags=['tickets']) }}
-- One waits at a time: a streak begins when the one before is over, and only the last is open. It
-- is as long as its bounds, less what of it the ticket was deleted.
{{ identity_streaks_follow({
    'fct_reply_streaks': ref('fct_reply_streaks'),
    'int_ticket_events_ordered': ref('int_ticket_events_ordered'),
}) }}
