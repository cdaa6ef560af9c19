{{ config(tags=['tickets']) }}
-- A ticket's seconds in its statuses are those of its stretches, added up and then truncated; NULL
-- exactly while one of the statuses lasts.
{{ identity_times_in_status({
    'fct_tickets': ref('fct_tickets'),
    'fct_ticket_intervals': ref('fct_ticket_intervals'),
}) }}
