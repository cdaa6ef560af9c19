{{ config(tags=['tickets']) }}
-- Countable, resolved and with a customer's message: in one class; any other ticket in none.
{{ identity_one_touch_class({
    'fct_tickets': ref('fct_tickets'),
}) }}
