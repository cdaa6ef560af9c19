{{ config(tags=['tickets']) }}
-- What happened to a ticket is in the order in which it can happen, and no duration is negative.
{{ identity_nothing_before_creation({
    'fct_tickets': ref('fct_tickets'),
}) }}
