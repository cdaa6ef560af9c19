{{ config(tags=['tickets']) }}
-- Two roads to one number, ticket by ticket: its row, and its measurements. What is not countable
-- measures its end alone, and a merged ticket its time in the backlog.
{{ identity_measured_as_stated({
    'fct_tickets': ref('fct_tickets'),
    'fct_reply_streaks': ref('fct_reply_streaks'),
    'fct_sla_instances': ref('fct_sla_instances'),
    'metrics_raw': ref('metrics_raw'),
}) }}
