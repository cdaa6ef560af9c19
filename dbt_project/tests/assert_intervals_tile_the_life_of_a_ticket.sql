{{ config(tags=['tickets']) }}
-- A ticket's stretches follow each other from its creation to its end, and are as long as they say.
-- The only holes are those from a deletion to its restoration, or to the end.
{{ identity_intervals_tile({
    'fct_tickets': ref('fct_tickets'),
    'fct_ticket_intervals': ref('fct_ticket_intervals'),
    'int_ticket_events_ordered': ref('int_ticket_events_ordered'),
}) }}
